"""The course of talks, looked up by bisection, tells what comparing every date with every other tells."""

from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from negotiation.envelope import AnyEvent, Recorded
from negotiation.events.procedure import TalksBrokenOff, TalksResumed
from negotiation.findings.types import TalksAfterBreakOff
from negotiation.sources import Source
from negotiation.state.dossier import Dossier
from tests.negotiation.histories import GENEVA, event_id_of

DATES = (
    *(f"2022-01-{day:02}" for day in range(8, 15)),
    *("2022-01", "2021-12/2022-01-10", "../2022-01-10", "[..2022-01-11]", "2022-01-10~", "XXXX", "2022-01-09/.."),
    *("2022-01-10T09:00:00+01:00", "2022-01-10T20:30:00-05:00", "2022-01-11T02:30:00+03:00", "2022-01-12T23:00:00Z"),
)
SOURCES = (Source(publisher="The Gazette", kind="outlet", published="2022-01-16"),)
TYPES = ("TalksBrokenOff", "TalksBrokenOff", "TalksResumed", "TalksHeld")


def events(drawn: Iterable[tuple[str, str, str]]) -> list[Recorded]:
    """Facts of one round: type, date and scope each."""
    found = []
    for number, (type_, occurred, scope) in enumerate(drawn, 1):
        event: dict[str, Any] = {"type": type_}
        event |= {"session": f"day-{number}"} if type_ == "TalksHeld" else {"scope": scope}
        found.append(
            Recorded(
                event=msgspec.convert(event, AnyEvent),
                id=event_id_of(number),
                occurred=occurred,
                position=number,
                recorded_at="2032-01-02T00:00:00.000000Z",
                recorded_by="desk-officer",
                sources=SOURCES,
                stream=GENEVA,
                version=number,
            )
        )
    return found


@given(
    st.lists(
        st.tuples(st.sampled_from(TYPES), st.sampled_from(DATES), st.sampled_from(("round", "negotiation"))),
        max_size=14,
    ),
    st.randoms(use_true_random=False),
)
def test_find_talks_after_a_break_off_as_comparing_every_date_does(drawn: Any, random: Any) -> None:
    """In whatever order they come: broken off before, and no resumption that can lie in between."""
    facts = events(drawn)
    dossier = Dossier(knows_party=lambda _: True)
    for event in random.sample(facts, len(facts)):
        dossier.apply(event)

    known = [dossier.history.known[event.id][0] for event in facts]
    broken_off = [one.stands for one in known if isinstance(one.event, TalksBrokenOff)]
    resumed = [one.stands for one in known if isinstance(one.event, TalksResumed)]
    for one in known:
        if one.event.session is None:
            continue
        expected = any(
            broken.before(one.start) and all(one.start.before(again) or again.before(broken) for again in resumed)
            for broken in broken_off
        )
        found = [type(finding) for finding in dossier.findings.get(one.id, ())]
        assert (TalksAfterBreakOff in found) is expected, (one.occurred, drawn)
