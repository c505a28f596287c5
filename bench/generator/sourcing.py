"""Where generated facts are told: outlets, offices, words."""

from typing import Final

from bench.generator.days import DAY, day_text, moment_text
from bench.generator.dice import Dice
from bench.generator.vocabulary import FIRST_NAMES, LAST_NAMES, OFFICES, PUBLISHERS
from negotiation.dates import Instant
from negotiation.sources import Source

_SITES: Final = {
    publisher: f"https://{publisher.lower().replace(' ', '-')}.example/" for publisher in (*PUBLISHERS, *OFFICES)
}


def person(dice: Dice) -> str:
    """Somebody."""
    return f"{dice.pick(FIRST_NAMES)} {dice.pick(LAST_NAMES)}"


def sources(
    at: Instant, recorded: Instant, dice: Dice, words: str = "", speaker: str | None = None
) -> tuple[Source, ...]:
    """One to three sources of a fact: the first reported it ``at`` once, the others until it was ``recorded``.

    Where a ``speaker`` said something (``words``), the first may quote it.
    """
    first = quote(at, dice, words, speaker) if words and speaker and dice.chance(0.5) else outlet(at, dice)
    if dice.chance(0.75):
        return (first,)
    later = min(at + dice.between(0, 3) * DAY, recorded)
    second = official(later, dice) if dice.chance(0.4) else outlet(later, dice)
    return (first, second) if dice.chance(0.8) else (first, second, outlet(later, dice))


def outlet(at: Instant, dice: Dice) -> Source:
    """A newspaper, a station, an agency; now and then one of which only the day of reading is known, or a leak."""
    publisher = dice.pick(PUBLISHERS)
    day = day_text(at)
    chance = dice.below(20)
    if chance == 0:
        return Source(publisher=publisher, kind="leak", published=day, attribution="unnamed")
    if chance == 1:
        return Source(publisher=publisher, kind="outlet", retrieved=day)
    if chance == 2:
        return Source(publisher=publisher, kind="paraphrase", published=moment_text(at), speaker=person(dice))
    if chance < 9:
        return Source(publisher=publisher, kind="outlet", published=day)
    url = f"{_SITES[publisher]}{day}/{dice.below(100_000)}"
    return Source(publisher=publisher, kind="outlet", title="Talks continue", url=url, published=day)


def official(at: Instant, dice: Dice) -> Source:
    """An office's own word."""
    publisher, day = dice.pick(OFFICES), day_text(at)
    url = f"{_SITES[publisher]}{day}"
    return Source(publisher=publisher, kind="official", url=url, published=day, locator=f"section {dice.between(1, 9)}")


def quote(at: Instant, dice: Dice, words: str, speaker: str) -> Source:
    """A speaker's words."""
    return Source(
        publisher=dice.pick(PUBLISHERS),
        kind="quote",
        published=day_text(at),
        attribution="named",
        speaker=speaker,
        quote=words[:300],
    )
