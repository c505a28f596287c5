"""What held until a date: read models follow when something later is recorded, wherever that is."""

import msgspec

from parley.recording import Recording
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold
from tests.record.world import GENEVA, TALKS, entry, request, retracted

GAZETTE = {"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-22"}


async def test_record_something_later_ends_what_held_until_then_and_withdrawing_it_brings_it_back(
    talks: Recording,
) -> None:
    """The status is of the negotiation; what passed it was recorded in a round."""
    treaty = entry(TALKS, {"type": "DocumentTabled", "document": "treaty", "kind": "draft"}, occurred="2021-12")
    applied = entry(
        TALKS, {"type": "ProvisionallyApplied", "document": "treaty", "until": "2022-01-20"}, occurred="2021-12-15"
    )
    held = {"type": "TalksHeld", "session": "day-9"}
    late = entry(GENEVA, held, occurred="2022-01-21", sources=[GAZETTE])

    told = []
    for one in (request(treaty, applied), request(late), request(retracted(late))):
        await talks.record(one)
        document = await talks.live.negotiation(TALKS)
        assert document is not None
        [shown] = msgspec.json.decode(document.body)["documents"]["shown"]
        told.append([len(shown["status"]["shown"][0].get(name, ())) for name in ("values", "ended")])
        await assert_equals_fold(talks.pool)
        await assert_documents_equal_fold(talks.pool)

    assert told == [[1, 0], [0, 1], [1, 0]]
