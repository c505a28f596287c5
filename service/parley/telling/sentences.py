"""Facts as sentences: who did what to whom. One arm a family, total by types.

The words of the record stand behind a colon, without quotation marks: only a source's `quote` is somebody's words.
"""

from typing import Final, assert_never

from rich.text import Text

from negotiation.envelope import AnyFact
from negotiation.events.agreements import Consent, Outcome, PartyWithdrew, Performance, Status, Vote
from negotiation.events.parties import (
    Delegation,
    MemberJoined,
    Membership,
    Office,
    OfficeLeft,
    OfficeTaken,
    Participation,
    PartyIdentified,
    PartyInvited,
    PartyReclassified,
    PartyRenamed,
    PartySplit,
    PartySucceeded,
)
from negotiation.events.positions import (
    Answer,
    Commitment,
    CommitmentCourse,
    ConditionStated,
    Conduct,
    Demand,
    DemandCourse,
    DemandSettled,
    Disclosure,
    Document,
    Statement,
    WarningIssued,
)
from negotiation.events.procedure import (
    AgendaItemSet,
    BodyEstablished,
    Deadline,
    NegotiationOpened,
    Proceedings,
    RoundCancelled,
    RoundConcluded,
    Schedule,
    Talks,
)
from negotiation.events.texts import Endorsement, EntryConditions, ExistingAgreement, TextCorrection, TextState
from negotiation.references import Assessor, Duration, Term, Threshold
from negotiation.state.grounds import codes_named
from negotiation.streams import stream
from parley.telling import dates
from parley.telling.phrases import (
    Names,
    Piece,
    count,
    deed,
    how_long,
    how_many,
    listed,
    named,
    said,
    say,
    sentence,
    thing,
)
from parley.telling.words import ANSWERS, WORDS


def tell(event: AnyFact, occurred: str, stream_name: str, names: Names) -> Text:
    """A fact as one sentence. ``occurred``: its EDTF date; what was already so is told as standing, not as done."""
    return sentence(phrase(event, occurred, stream_name, names))


def phrase(event: AnyFact, occurred: str, stream_name: str, names: Names) -> Text:
    """As `tell`, to stand within a sentence."""
    told = _told(event, occurred, stream(stream_name).part, names)
    return told if isinstance(event, ConditionStated) else say(told, names.around(event))


def _told(event: AnyFact, occurred: str, here: str, names: Names) -> Text:  # noqa: C901, PLR0911, PLR0912, PLR0915 - one arm a family
    match event:
        case PartyIdentified():
            return _identified(event)
        case PartyRenamed():
            return say(thing(event.party), deed(" took the name "), Text(event.name, "party"))
        case PartyReclassified():
            return _reclassified(event, names)
        case PartySplit() | PartySucceeded():
            return say(names.party(event.party), " ", _deed(event), " ", names.parties(event.into))
        case Membership():
            belongs = isinstance(event, MemberJoined) and occurred.startswith("../")
            done = deed("is a member of") if belongs else _deed(event)
            return say(names.party(event.member), " ", done, " ", names.party(event.group))
        case Participation():
            return _participation(event, here, names)
        case Delegation():
            return _delegation(event, here, names)
        case Office():
            return _office(event, occurred, names)
        case NegotiationOpened():
            rule = f", deciding by {event.decision_rule}" if event.decision_rule else None
            return say("the negotiation ", deed("was opened"), rule, said(event.title))
        case BodyEstablished():
            under = say(" under the body ", thing(event.parent)) if event.parent else None
            return say(f"the {_words(event.kind)} ", thing(event.body), deed(" was established"), under,
                       names.by(event.by), said(event.mandate))  # fmt: skip
        case AgendaItemSet():
            return say(
                "agenda item ", thing(event.item), " is ", deed(event.status), names.by(event.by), said(event.text)
            )
        case Schedule():
            return _schedule(event, names)
        case Proceedings():
            return say(_proceeding(event, here), _deed(event), names.by(event.by), said(event.reason))
        case Talks():
            return _talks(event, names)
        case Deadline():
            done = deed(f"is set for {dates.date(event.due)}" if event.due else "is lifted")
            kind = f" ({event.kind})" if event.kind else None
            on = say(", on ", names.reference(event.on)) if event.on else None
            by = names.by(event.by)
            return say("the deadline ", thing(event.deadline), " ", done, kind, on, by, said(event.what))
        case Demand():
            return _demand(event, names)
        case DemandCourse():
            return _demand_course(event, names)
        case ExistingAgreement():
            between = say(" between ", names.parties(event.authors)) if event.authors else None
            what = named("agreement" if event.kind == "agreement" else "document", event.document, event.version)
            provisions = f", with {count(len(event.provisions), 'provision')}" if event.provisions else None
            return say("the ", what, between, deed(" was there before the talks"), provisions, said(event.title))
        case Document():
            return _document(event, names)
        case Answer():
            what = names.reference(event.on)
            instead = say(" with ", names.reference(event.with_)) if event.with_ else None
            terms = say(" (", _terms(event.terms), ")") if event.terms else None
            return say(
                names.actors(event.by), " ", deed(ANSWERS[event.answer]), " ", what, instead, terms, said(event.text)
            )
        case Statement():
            done = deed("warned") if isinstance(event, WarningIssued) and event.to else _deed(event)
            to = say(" ", names.parties(event.to)) if done.plain == "warned" else names.to(event.to)
            about = listed(names.reference(ref) for ref in event.about)
            on = say(" on ", about) if about else None
            return say(names.actors(event.by) or "somebody", " ", done, to, on, said(event.text))
        case Commitment():
            who = names.actors(event.by) or "a party"
            due = f", due {dates.date(event.due)}" if event.due else None
            again = f", every {how_long(Duration(exactly=event.every))}" if event.every else None
            until = f", until {dates.date(event.until)}" if event.until else None
            under = say(" under ", names.reference(event.under)) if event.under else None
            name = say(" (", thing(event.commitment), ")")
            return say(
                who, deed(" committed itself"), names.to(event.to), under, name, due, again, until, said(event.text)
            )
        case CommitmentCourse():
            until = f", until {dates.date(event.until)}" if event.until else None
            what = say("the commitment ", thing(event.commitment))
            done = deed(WORDS[type(event)].deed)
            return say(what, " ", done, names.by(event.by), names.to(event.to), until, said(event.text))
        case Disclosure():
            return _disclosure(event, names)
        case Conduct():
            kind = "conduct" if event.kind == "other" else event.kind
            by = say(names.actors(event.by), ": ") if event.by else None
            linked = listed(names.reference(ref) for ref in event.linked_to)
            over = say(", over ", linked) if linked else None
            return say(by, deed(f"{kind} {event.phase or 'reported'}"), over, " (", thing(event.conduct), ")",
                       said(event.text))  # fmt: skip
        case Vote():
            return _vote(event, names)
        case Consent():
            attached = listed(Text(text, "said") for text in event.attached)
            with_ = say(", attaching: ", attached) if attached else None
            what = say("document ", thing(event.document), f", version {event.version}")
            return say(names.parties(event.parties), " ", _deed(event), " the ", what, with_)
        case Status():
            return _status(event, names)
        case TextState():
            return _text_state(event, names)
        case TextCorrection():
            where = named("document", event.document, event.version, event.provision)
            return say("the ", where, deed(" was corrected"), names.by(event.by), _rewritten(event))
        case EntryConditions():
            return _entry_conditions(event, names)
        case Endorsement():
            who = say("the body ", thing(event.body)) if event.body else names.actors(event.by)
            what = named("document", event.document, event.version)
            return say(who, deed(" endorsed"), " the ", what, said(event.text))
        case Outcome():
            of = names.reference(event.of) if event.of else _place(here)
            return say(names.assessor(event.assessed_by), " ", _deed(event), " in ", of, said(event.text))
        case Performance():
            found = f" as {_words(event.finding)}"
            who = names.assessor(event.assessed_by)
            when = f", for {dates.date(event.occasion)}," if event.occasion else None
            return say(who, deed(" assessed "), names.reference(event.of), when, deed(found), said(event.text))
        case _:
            assert_never(event)


def _deed(event: AnyFact) -> Text:
    return deed(WORDS[type(event)].deed)


def _place(here: str) -> Text:
    return say("the round ", thing(here)) if here else Text("the negotiation")


def _words(slug: str) -> str:
    return slug.replace("-", " ")


def _identified(event: PartyIdentified) -> Text:
    kind = _kind(event.kind)
    codes = event.codes and (event.codes.iso3166 or event.codes.cameo or event.codes.wikidata)
    known = None if event.party == event.name.lower().replace(" ", "-") else say(", here ", thing(event.party))
    return say(Text(event.name, "party"), ": ", kind, f" ({codes})" if codes else None, known)


def _kind(kind: str) -> str:
    article = "an" if kind[0] in "aeiou" else "a"
    return "another kind of party" if kind == "other" else f"{article} {_words(kind)}"


def _reclassified(event: PartyReclassified, names: Names) -> Text:
    codes = listed(f"{code} ({scheme})" for scheme, code, _ in codes_named(event.codes))
    became = say(deed("became"), " ", _kind(event.kind)) if event.kind else None
    got = say(deed("got the code"), " ", codes) if codes else None
    return say(names.party(event.party), " ", listed([became, got]))


def _participation(event: Participation, here: str, names: Names) -> Text:
    where = _place("" if event.scope == "negotiation" else here)
    itself = not isinstance(event, PartyInvited) and {actor.party for actor in event.by} == {event.party}
    role = None if event.role in {None, "party"} else f" as {event.role}"
    until = f", until {dates.date(event.until)}" if event.until else None
    by = None if itself else names.by(event.by)
    return say(names.party(event.party), " ", deed(WORDS[type(event)].deed), " ", where, role, until, by)


def _delegation(event: Delegation, here: str, names: Names) -> Text:
    whole = " for the whole negotiation" if not here or event.scope == "negotiation" else None
    where = say(" to the body ", thing(event.body)) if event.body else whole
    until = f", until {dates.date(event.until)}" if event.until else None
    members = listed(f"{member.person} ({member.capacity})" for member in event.members)
    done = say(names.party(event.party), deed(" named its delegation"), where, until)
    return say(done, members and say(": ", members))


def _office(event: OfficeTaken | OfficeLeft, occurred: str, names: Names) -> Text:
    who = names.assessor(Assessor(party=event.party, person=event.person))
    holds = isinstance(event, OfficeTaken) and occurred.startswith("../")
    until = f", until {dates.date(event.until)}" if isinstance(event, OfficeTaken) and event.until else None
    office = say(f" the office of {event.office} of the body ", thing(event.body))
    return say(who, " ", deed("holds") if holds else _deed(event), office, until)


def _schedule(event: Schedule, names: Names) -> Text:
    when = f" for {dates.date(event.starts)}" if event.starts else ", without a date"
    until = f" to {dates.date(event.ends)}" if event.ends else None
    more: list[Piece] = [_FORMATS.get(event.format or "", event.format), event.track and f"track {event.track}"]
    kind = listed(more, last=", ")
    return say(
        "the round ", thing(event.round), deed(" was scheduled"), when, until,
        f" in {event.venue}" if event.venue else None,
        kind and say(", ", kind), names.by(event.by), said(event.forum),
    )  # fmt: skip


_FORMATS: Final = {"proximity": "in proximity", "written": "in writing", "consultation": "as a consultation"}


def _proceeding(event: Proceedings, here: str) -> Text:
    whole = not here or event.scope == "negotiation"
    what = _place("" if whole else here)
    itself = whole or isinstance(event, RoundConcluded | RoundCancelled)
    return say(what, " was ") if itself else say("talks in ", what, " were ")


def _talks(event: Talks, names: Names) -> Text:
    speakers = [actor for actor in event.by if actor.speaker]
    who: Piece = None
    if len(event.rooms) == 1:
        room = event.rooms[0]
        spoke = {actor.party: names.actor(actor) for actor in speakers if actor.party in room}
        who = listed(spoke.get(party) or names.party(party) for party in room)
        speakers = [actor for actor in speakers if actor.party not in spoke]
    held = say(who, deed(" held talks")) if who else say(deed("talks were held"))
    if len(event.rooms) > 1:
        rooms = listed((names.parties(room) for room in event.rooms), last="; and ")
        held = say(deed("talks were held"), " in separate rooms: ", rooms)
    met = listed((names.meeting(meeting) for meeting in event.meetings), last="; ", between="; ")
    return say(
        held,
        say(" in the body ", thing(event.body)) if event.body else None,
        say(" (", names.actors(speakers), ")") if speakers else None,
        f" in {event.venue}" if event.venue else None,
        f" for {how_long(event.duration)}" if event.duration else None,
        ", directly" if event.direct else None,
        ", not directly" if event.direct is False else None,
        say(", present: ", names.attendees(event.present)) if event.present else None,
        say(", with ", names.parties(event.shuttles), " going between them") if event.shuttles else None,
        say(", without ", names.parties(event.absent)) if event.absent else None,
        say(": ", met) if met else None,
    )


def _terms(terms: tuple[Term, ...]) -> Text | None:
    return listed(f"{term.name} {term.value}{' ' + term.unit if term.unit else ''}" for term in terms)


def _demand(event: Demand, names: Names) -> Text:
    terms = _terms(event.terms)
    parts = f" in {count(len(event.parts), 'part')}" if event.parts else None
    whole = ", to be answered as a whole" if event.indivisible else None
    revised = say(", revising ", thing(event.revises)) if event.revises else None
    return say(
        names.actors(event.by), deed(" tabled the demand "), thing(event.demand), names.to(event.to),
        parts, whole, revised, say(" (", terms, ")") if terms else None, said(event.text),
    )  # fmt: skip


_SETTLED: Final = {
    "met": " as met",
    "partly": " as met in part",
    "dropped": ": it was dropped",
    "overtaken": ": events overtook it",
}


def _demand_course(event: DemandCourse, names: Names) -> Text:
    what = say("the demand ", thing(event.demand))
    if isinstance(event, DemandSettled):
        how = {
            "met": " as met",
            "partly": " as met in part",
            "dropped": ": it was dropped",
            "overtaken": ": events overtook it",
        }
        done = say(what, " ", deed(WORDS[type(event)].deed), how[event.how] if event.how else None)
        return say(done, names.by(event.by), names.to(event.to), said(event.text))
    who = names.actors(event.by)
    put = say(who, deed(" put "), what) if who else say(what, deed(" was put"))
    return say(put, names.to(event.to), said(event.text))


def _document(event: Document, names: Names) -> Text:
    who = names.actors(event.by) or names.parties(event.authors)
    authors = names.parties(event.authors)
    written = say(", by ", authors) if authors and authors.plain != who.plain else None
    from_ = say(", from ", names.parties(event.from_)) if event.from_ else None
    kind = "document" if event.kind == "other" else _words(event.kind)
    what = say(f"the {kind} ", thing(event.document), f", version {event.version}" if event.version != "1" else None)
    tabled = say(who, deed(" tabled "), what) if who else say(what, deed(" was tabled"))
    counted = [count(len(event.provisions), "provision")] if event.provisions else []
    counted += map(how_many, event.figures)
    provisions = say(", with ", listed(counted)) if counted else None
    instead = say(", in place of ", names.reference(event.supersedes)) if event.supersedes else None
    return say(tabled, names.to(event.to), written, from_, instead, provisions, said(event.title))


def _disclosure(event: Disclosure, names: Names) -> Text:
    what = names.reference(event.of)
    sure = f" (authenticity {event.authentic})" if event.authentic else None
    who = names.actors(actor for actor in event.by if actor.party or actor.speaker)
    told = say(who, " ", deed(event.manner), " ", what) if who else say(what, " ", deed(f"was {event.manner}"))
    return say(told, sure, names.to(event.to))


def _vote(event: Vote, names: Names) -> Text:
    done = _done_by_vote(event)
    counts = event.counts
    figures: list[Piece] = []
    if counts:
        figures = [f"{counts.in_favour:,} for", f"{counts.against:,} against"]
        figures += [f"{counts.abstaining:,} abstaining"] * (counts.abstaining > 0)
        figures += [f"{counts.absent:,} absent"] * (counts.absent > 0)
    how: list[Piece] = [_words(one) for one in (event.rule, event.method) if one]
    counted = say(", ", listed(figures)) if figures else None
    manner = say(" (", listed(how, last=", "), ")") if how else None
    on = listed(names.reference(ref) for ref in event.every_on)
    return say(Text(event.electorate, "party"), " ", deed(done), " ", on, counted, manner, said(event.motion))


def _done_by_vote(event: Vote) -> str:
    """What the vote did, before what it was on: only a yes that adopts it has adopted it."""
    means = event.yes_means
    if means is None and event.motion is None and event.on.kind in {"document", "demand"}:
        return {"adopted": "adopted", "rejected": "rejected", "no-quorum": "had no quorum on"}[event.result]
    if means is None or means == "other":
        done = {"adopted": "carried", "rejected": "did not carry", "no-quorum": "had no quorum for"}
        return f"{done[event.result]} the motion on"
    done = {"adopted": "voted to", "rejected": "voted not to", "no-quorum": "had no quorum to"}
    return f"{done[event.result]} {means}"


def _text_state(event: TextState, names: Names) -> Text:
    version = f", version {event.version}" if event.version and event.version != "1" else None
    states = ("agreed", event.agreed), ("agreed in principle", event.agreed_in_principle), ("open", event.open_)
    told = [say(f"{state}: ", listed(map(thing, which))) for state, which in states if which]
    told += [Text(how_many(figure)) for figure in event.figures]
    who = names.actors(event.by)
    what = say("the document ", thing(event.document), version)
    done = say(who, deed(" announced"), " of ", what) if who else say(deed("it was announced"), " of ", what)
    return say(done, ": ", listed(told, "; ", "; "))


def _entry_conditions(event: EntryConditions, names: Names) -> Text:
    needed: list[Piece] = [_threshold(one, names) for one in event.thresholds]
    needed += [say("approval by ", Text(one, "party")) for one in event.approvals]
    delay = f", {dates.duration(event.delay)} after that" if event.delay else None
    what = named("document", event.document, event.version)
    return say("the ", what, deed(" enters into force"), " on: ", listed(needed, "; ", "; "), delay)


def _threshold(one: Threshold, names: Names) -> Text:
    share = f"{one.share} {one.of or 'of a share'}" if one.share else None
    every = None if one.parties or share or not one.among else "all"
    among = say(" of " if every else " among ", names.parties(one.among)) if one.among else None
    how_many_ = count(one.parties, "party", "parties") if one.parties else None
    return say(listed((every, how_many_, share)), among, f" ({listed(one.counts, ' or ')})")


def _rewritten(event: TextCorrection) -> Text:
    was = Text(" ".join((event.from_ or "").split()), "said")
    now = Text(" ".join((event.into or "").split()), "said")
    if event.from_ is None:
        return say(", adding: ", now)
    return say(", striking: ", was) if event.into is None else say(": ", was, " -> ", now)


def _status(event: Status, names: Names) -> Text:
    what = say("the document ", thing(event.document))
    until = f", until {dates.date(event.until)}" if event.until else None
    if isinstance(event, PartyWithdrew) and event.for_:
        return say(names.parties(event.for_), " ", deed("withdrew from"), " ", what, until)
    if isinstance(event, PartyWithdrew):
        return say("parties ", deed("withdrew from"), " ", what, until)
    done = deed(WORDS[type(event)].deed)
    return say(what, " ", done, say(" for ", names.parties(event.for_)) if event.for_ else None, until)
