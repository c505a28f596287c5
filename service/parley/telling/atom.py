"""What was recorded last in a negotiation as a feed (Atom, RFC 4287), each event in a sentence."""

from typing import Final
from xml.etree import ElementTree as ET

from negotiation.events.fact import Fact
from negotiation.state.dossier import Dossier
from negotiation.tables.table import told
from parley.harmless import xml_line
from parley.telling.accounts import Teller, subject_of
from parley.telling.phrases import Names
from parley.telling.titles import title_of

ENTRIES: Final = 100
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"


def atom(negotiation: str, dossier: Dossier, parties: Dossier, address: str) -> bytes:
    """The last events of the negotiation, newest first. ``address``: where the feed is read."""
    lives = dossier.history.lives
    teller = Teller(lives.events, Names(parties))
    recorded = sorted(lives.events.values(), key=lambda event: event.position, reverse=True)[:ENTRIES]
    feed = ET.Element("feed", {"xmlns": _NAMESPACE})
    _add(feed, "id", f"tag:parley.invalid,2022:{negotiation}")
    _add(feed, "title", title_of(negotiation, dossier))
    _add(feed, "updated", recorded[0].recorded_at)
    ET.SubElement(feed, "link", {"rel": "self", "href": address})
    ET.SubElement(feed, "link", {"rel": "alternate", "href": address.removesuffix("/feed.atom")})
    for event in recorded:
        about = None
        if not isinstance(event.event, Fact):
            about = subject_of(lives.root(event.event.target) or "", dossier, lives)
        sentence = teller.sentence(event, about, beside=False).plain
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", f"urn:uuid:{event.id}")
        _add(entry, "title", sentence)
        _add(entry, "updated", event.recorded_at)
        _add(ET.SubElement(entry, "author"), "name", event.recorded_by)
        ET.SubElement(entry, "link", {"rel": "alternate", "href": f"/v1/events/{event.position}"})
        ET.SubElement(entry, "category", {"term": type(event.event).__name__})
        dated = "" if event.occurred is None else f" Dated {event.occurred}."
        _add(entry, "summary", f"{sentence}{dated} Sources: {'; '.join(map(told, event.sources)) or 'none'}.")
    found: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return found


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = xml_line(text)
