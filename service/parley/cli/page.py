"""How a story looks: coloured and wrapped on a terminal, plain lines elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.rule import Rule
from rich.text import Text
from rich.theme import Theme

from negotiation.documents.difference import Kind
from negotiation.envelope import Recorded
from negotiation.events.catalogue import AccountAdded, EventCorrected
from negotiation.events.fact import Fact
from negotiation.findings.types import Finding
from negotiation.sources import Source
from negotiation.streams import stream
from parley.harmless import one_line
from parley.telling import dates, registers
from parley.telling.accounts import Teller
from parley.telling.order import WHO_IS_WHO, Clock, Moment
from parley.telling.phrases import Names, Piece, count, listed, say, thing
from parley.telling.standing import where_it_stands
from parley.telling.story import Step, Story

THEME: Final = Theme(
    {
        "party": "bold",
        "thing": "cyan",
        "deed": "green",
        "said": "none",
        "quote": "italic",
        "faint": "dim",
        "title": "bold",
        "new": "green",
        "changed": "yellow",
        "contested": "magenta",
        "finding": "red",
    }
)
_LOOKS: Final[dict[Kind, str]] = {
    "appeared": "new",
    "changed": "changed",
    "contested": "contested",
    "settled": "new",
    "went": "changed",
    "evidence": "faint",
}
_NARROWEST: Final = 20
_SET_IN: Final = 2
_CAST: Final = "Who is who"
_AS: Final = {
    Clock.HAPPENED: "as it happened",
    Clock.REPORTED: "as it was reported",
    Clock.RECORDED: "as it was recorded",
}


class Page:
    """A story on a console."""

    def __init__(self, console: Console, story: Story) -> None:
        self._console = console
        self._story = story
        self._names = Names(story.parties)
        self._teller = Teller(story.lives.events, self._names)
        self._heading: str | None = None
        self._gutter = 2 + len(str(max((event.position for event in story.lives.events.values()), default=1)))

    def head(self) -> None:
        """The title, what there is of it, and in which order it is told."""
        story = self._story
        told = count(story.told, "event")
        if story.told != story.total:
            told = f"{story.told:,} of {count(story.total, 'event')}"
        rounds = listed(thing(round_) for round_ in story.rounds)
        parties = listed(Text(name, "party") for name in story.cast)
        self._print(Text(" / ".join(story.titles) or story.negotiation, "title"))
        self._print(say("Parties: ", parties or "none yet"))
        self._print(say("Rounds: ", rounds or "none yet"))
        self._print(say(thing(story.negotiation), f": {told}, told {_AS[story.clock]}"))

    def step(self, step: Step) -> None:
        """One event: what happened, in whose words, who says so, and what it changed."""
        self._head_of(step.moment)
        account = isinstance(step.event.event, AccountAdded)
        told = self._teller.sentence(step.event, step.about, beside=step.beside)
        changed = registers.changes(step.changes, self._names, account=account)
        lines = [told, *_quotes(step.event), _evidence(step.event)]
        lines += [say(Text(line.plain, _LOOKS[kind])) for kind, line in changed]
        for says, look, found in (
            ("does not add up", "finding", step.raised),
            ("adds up now, no more", "new", step.gone),
        ):
            lines += [Text(f"{says}: {self._which(one, step)}{one.message}", look) for one in found]
        self._entry(f"#{step.event.position}", [line for line in lines if line])
        if step.moment != WHO_IS_WHO:
            self._print(Text())

    def _which(self, finding: Finding, step: Step) -> str:
        """The event that a finding is about, where that is another than the one that is told."""
        event = self._story.lives.events[finding.event]
        same = finding.event == self._story.lives.root(step.event.id)
        return "" if same else f"#{event.position} {type(event.event).__name__}: "

    def end(self) -> None:
        """Where it stands."""
        parts = where_it_stands(self._story.talks, self._story.findings(), self._names)
        self._rule("Where it stands")
        if not parts:
            self._print(Text("No round, demand or document by then."))
        for part in parts:
            self._print(Text(part.heading, "title"))
            for line in part.lines:
                self._entry("", [line])
            self._print(Text())

    def _head_of(self, moment: Moment) -> None:
        heading = _CAST if moment == WHO_IS_WHO else dates.last_day(moment.ends) or "Without a date"
        if heading != self._heading:
            self._rule(heading)
            self._heading = heading

    def _rule(self, heading: str) -> None:
        if self._heading in {None, _CAST}:
            self._print(Text())
        if self._console.is_terminal:
            self._console.print(Rule(Text(heading, "title"), align="left", style="dim"))
        else:
            self._print(Text(f"=== {heading} ==="))
        self._print(Text())

    def _entry(self, mark: str, lines: Sequence[Text]) -> None:
        """Lines beside a mark; on a terminal the rest of each line that is too long is indented like it."""
        left = Text(mark.ljust(self._gutter), "faint")
        for line in lines:
            for part in self._wrapped(line, self._gutter):
                self._console.print(say(left, part), soft_wrap=True)
                left = Text(" " * self._gutter)

    def _print(self, text: Text) -> None:
        """A line; on a terminal the rest of one that is too long is set in, so that it does not look like another."""
        left = Text()
        for part in self._wrapped(text, _SET_IN):
            self._console.print(say(left, part), soft_wrap=True)
            left = Text(" " * _SET_IN)

    def _wrapped(self, text: Text, indent: int = 0) -> Iterable[Text]:
        harmless = text.copy()
        harmless.plain = one_line(text.plain)
        if not self._console.is_terminal:
            return [harmless]
        lines = harmless.wrap(self._console, max(self._console.width - indent, _NARROWEST))
        for line in lines:
            line.rstrip()
        return lines


def _quotes(event: Recorded) -> Iterator[Text]:
    """The words that sources quote, each with its speaker; who published them where there are several sources."""
    fact = event.event.replacement if isinstance(event.event, EventCorrected) else event.event
    speakers = [actor.speaker for actor in fact.by if actor.speaker] if isinstance(fact, Fact) else []
    for source in event.sources:
        if source.quote:
            speaker = source.speaker or (speakers[0] if len(speakers) == 1 else None)
            where = f"in {source.publisher}" if len(event.sources) > 1 else None
            by = listed([speaker, where], between=", ", last=", ")
            yield say(Text(f'"{" ".join(source.quote.split())}"', "quote"), say(" - ", by) if by else None)


def _evidence(event: Recorded) -> Text:
    """Where, when, and by which sources: one faint line."""
    here = stream(event.stream)
    sign = f" ({gloss})" if event.occurred and (gloss := dates.gloss(event.occurred)) else ""
    where = here.part if here.is_round else None
    pieces: list[Piece] = [where, event.occurred and f"{event.occurred}{sign}", *map(_source, event.sources)]
    return Text(listed(pieces, between="; ", last="; ").plain, "faint")


def _source(source: Source) -> str:
    day = dates.date(source.published) if source.published else f"read {dates.date(source.retrieved or '')}"
    kind = {"paraphrase": "paraphrase", "official": "official", "leak": "leak"}.get(source.kind)
    of = f" of {source.speaker}" if kind == "paraphrase" and source.speaker else ""
    parts = [source.publisher, day, f"{kind}{of}" if kind else None, source.url]
    return ", ".join(part for part in parts if part)
