"""Who may call what: the one table of it. A route that is not in it cannot be made."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from parley.access.gate import Limited, Permission
from parley.http.response.renditions import FORMS
from parley.telling.tables import TABLES

_ANYBODY: Final = Permission(None)
_READS_ONE: Final = Permission("reader", Limited.PATH)
_READS_SOME: Final = Permission("reader", Limited.SHOWN)
_READS_SHARED: Final = Permission("reader", Limited.SHARED)
_RECORDS_IN_ONE: Final = Permission("recorder", Limited.PATH)
_RECORDS_FOR_ALL: Final = Permission("recorder", Limited.PARTIES)

_TABLE: Final = {
    # The record.
    "listNegotiations": _READS_SOME,
    "openNegotiation": Permission("recorder", Limited.BODY),
    "getNegotiation": _READS_ONE,
    "listNegotiationEvents": _READS_ONE,
    "recordNegotiationEvents": _RECORDS_IN_ONE,
    "listRounds": _READS_ONE,
    "scheduleRound": _RECORDS_IN_ONE,
    "getRound": _READS_ONE,
    "listRoundEvents": _READS_ONE,
    "recordRoundEvents": _RECORDS_IN_ONE,
    "listDemands": _READS_ONE,
    "getDemand": _READS_ONE,
    "listFindings": _READS_ONE,
    "diffNegotiation": _READS_ONE,
    "listMoves": _READS_ONE,
    **{f"list{table.id}": _READS_ONE for table in TABLES},
    "countTalkDays": _READS_ONE,
    "getPositionMatrix": _READS_ONE,
    "subscribeToCalendar": _READS_ONE,
    "drawTimeline": _READS_ONE,
    "citeAsCsl": _READS_ONE,
    "citeAsBibtex": _READS_ONE,
    "followAsAtom": _READS_ONE,
    "searchFacts": _READS_SOME,
    "listParties": _READS_SHARED,
    "identifyParty": _RECORDS_FOR_ALL,
    "getParty": _READS_SHARED,
    "listPartyEvents": _READS_SHARED,
    "recordPartyEvents": _RECORDS_FOR_ALL,
    "listEvents": _READS_SOME,
    "getEvent": _READS_SOME,
    "followEvents": _READS_SOME,
    "getHead": _READS_SHARED,
    "getCheckpoint": _READS_SHARED,
    # The service: what orchestrators ask, and what is the same for everybody who has this program.
    "getLiveness": _ANYBODY,
    "getReadiness": _ANYBODY,
    # Of use above all while the database is away.
    "getMetrics": Permission("admin", Limited.SHARED, as_last_known=True),
    "getOpenapi": _ANYBODY,
    "getDocs": _ANYBODY,
    "getStyle": _ANYBODY,
    "getProblem": _ANYBODY,
}

_LISTS: Final = (
    "listNegotiations",
    "listNegotiationEvents",
    "listRounds",
    "listRoundEvents",
    "listDemands",
    "listFindings",
    "diffNegotiation",
    "listMoves",
    *(f"list{table.id}" for table in TABLES),
    "searchFacts",
    "listParties",
    "listPartyEvents",
    "listEvents",
)
"""What can be had in other forms, by the same callers."""

PERMISSIONS: Final[Mapping[str, Permission]] = MappingProxyType(
    _TABLE | {name + form.id: _TABLE[name] for name in _LISTS for form in FORMS}
)
"""By the id of the operation."""


def permission_of(operation: str) -> Permission:
    """Who may call an operation; raises KeyError for one that the table does not know."""
    return PERMISSIONS[operation]
