"""How facts read after a correction, and what another account gives instead. No fact becomes one that is refused."""

from typing import Any

from msgspec.structs import replace

from bench.generator.dice import Dice
from bench.generator.vocabulary import UNTIL
from negotiation.envelope import AnyFact
from negotiation.events.agreements import Outcome, Vote
from negotiation.events.positions import Answer, Commitment, Demand, Statement
from negotiation.events.procedure import Talks
from negotiation.references import Counts, Duration


def corrected(event: AnyFact, occurred: str, dice: Dice) -> tuple[AnyFact, str]:
    """A fact's new content and date: the same type, the same names introduced and used."""
    match event:
        case Answer(answer="accept" | "reject" | "defer"):
            return replace(event, answer=_other_answer(event, dice)), occurred
        case Talks():
            return replace(event, duration=Duration(exactly=_length(dice))), occurred
        case Vote(counts=Counts() as counts):
            return replace(event, counts=replace(counts, abstaining=counts.abstaining + dice.between(1, 3))), occurred
        case Demand() | Commitment() | Statement():
            return replace(event, text=_reworded(event.text, dice)), occurred
        case Outcome(text=str() as text):
            return replace(event, text=_reworded(text, dice)), occurred
        case _:
            return event, _later_known(occurred)


def differing(event: AnyFact, dice: Dice) -> dict[str, Any]:
    """The values that an account gives instead."""
    match event:
        case Answer(answer="accept" | "reject" | "defer"):
            return {"answer": _other_answer(event, dice)}
        case Talks():
            return {"duration": {"about": _length(dice)}}
        case Vote(counts=Counts() as counts):
            return {"counts": {"for": counts.in_favour, "against": counts.against + dice.between(1, 3)}}
        case Demand() | Commitment() | Statement():
            return {"text": _reworded(event.text, dice)}
        case _:
            return {"occurred": "XXXX"}


def _other_answer(event: Answer, dice: Dice) -> Any:
    return dice.pick([answer for answer in ("accept", "reject", "defer", "no-objection") if answer != event.answer])


def _length(dice: Dice) -> str:
    return f"PT{dice.between(1, 11)}H{dice.pick(('', '30M', '15M'))}"


def _reworded(text: str, dice: Dice) -> str:
    return f"{text[:1000]} This is meant {dice.pick(UNTIL)}."


def _later_known(occurred: str) -> str:
    """A date that turns out to be known less exactly; one that was not known exactly stays as it is."""
    return f"[..{occurred}]" if len(occurred) == len("2004-03-09") and occurred[4] == "-" else occurred
