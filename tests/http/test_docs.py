"""The pages: they load nothing from another host, and name every route, event and problem."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from negotiation.events.catalogue import EVENT_TYPES
from parley.http.response.problems import NAMED
from tests.http.openapi import Described
from tests.http.test_routing import problem


class References(HTMLParser):
    """Every address that a page names, what it loads, its ids, and whether its tags are closed."""

    VOID = frozenset({"meta", "link", "br", "th"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take one tag in."""
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in {"src", "srcset", "action", "data", "poster"} or (tag == "link" and name == "href"):
                self.loaded.append(value or "")
            elif name == "href":
                self.linked.append(value or "")
            elif name == "id":
                self.ids.append(value or "")
            assert name != "style"
            assert not name.startswith("on")

    def handle_endtag(self, tag: str) -> None:
        """Close one tag."""
        if tag not in self.VOID:
            assert self.open.pop() == tag


async def test_docs_page_loads_nothing_from_another_host(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    found = References(answer.text)
    assert found.open == []
    assert not found.tags & {"script", "iframe", "object", "embed", "img", "base", "style"}
    assert found.loaded == ["/docs/style.css"]
    assert all(link.startswith(("#", "/")) and not link.startswith("//") for link in found.linked)
    style = (await client.get("/docs/style.css")).text
    assert not re.search(r"@import|url\(|https?:|//", style)


async def test_docs_page_has_every_place_that_it_links_to(client: httpx.AsyncClient) -> None:
    found = References((await client.get("/docs")).text)
    assert len(found.ids) == len(set(found.ids))
    assert {link[1:] for link in found.linked if link.startswith("#")} <= set(found.ids)
    for link in {link for link in found.linked if link.startswith("/")}:
        assert (await client.get(link)).status_code == 200


async def test_docs_page_names_every_route_event_and_problem(client: httpx.AsyncClient, described: Described) -> None:
    page = (await client.get("/docs")).text
    ids = set(References(page).ids)
    assert {operation["operationId"] for _, _, operation in described.operations()} <= ids
    assert set(EVENT_TYPES) <= ids
    for path, _, _ in described.operations():
        assert f"<code>{path}</code>" in page
    for kind in NAMED.values():
        assert f'href="{kind.uri}"' in page


async def test_pages_say_what_they_may_load(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/docs")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("name", sorted(NAMED))
async def test_every_type_of_problem_has_a_page(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/problems/{name}")
    assert answer.status_code == 200
    assert NAMED[name].title in answer.text
    found = References(answer.text)
    assert found.loaded == ["/docs/style.css"]


async def test_get_a_problem_that_is_none_is_not_found(client: httpx.AsyncClient) -> None:
    problem(await client.get("/problems/nothing"), 404, "not-found")


@pytest.mark.parametrize("path", ["/docs", "/docs/style.css", "/schema/openapi.json", "/problems/not-found"])
async def test_get_a_page_again_with_its_etag_is_not_modified(client: httpx.AsyncClient, path: str) -> None:
    tag = (await client.get(path)).headers["etag"]
    again = await client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag


async def test_openapi_document_is_served_as_json(client: httpx.AsyncClient, described: Described) -> None:
    answer = await client.get("/schema/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == described.document
