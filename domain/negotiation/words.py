"""Words as a search takes them: without case and accents, in any language; and what somebody looks for.

The words of a text are letters of any script, or digits: "F16" and "F-16" are the same two words. Chinese, Japanese,
Thai, Lao, Khmer and Burmese are written without spaces between words, so each of their characters is a word of its own;
several in a row are looked for together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Final, NamedTuple, TypeAlias
from unicodedata import category, combining, decimal, normalize

SHORTEST_BEGINNING: Final = 4
"""A word of so many letters finds every word that begins with it: "sanction" finds "sanctions"."""

LONGEST: Final = 64
"""Letters of a word that count."""

_ASCII: Final = re.compile("[a-z]+|[0-9]+")
_OTHER: Final = re.compile("[0-9]+|[^0-9 ]+")
_LETTERS: Final = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h", "ŧ": "t",
}  # fmt: skip
"""Letters that Unicode does not take apart, as they are written where they cannot be."""
_BY_CHARACTER: Final = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    *((0xF900, 0xFAFF), (0x20000, 0x323AF)),
)
"""The code points, first to last, of which each is a word."""
_DROPPED: Final = ((0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670))
"""Accents of Latin, Greek and Cyrillic letters, and the points of Hebrew and Arabic, which most writers leave out."""


class _Folds(dict[int, str]):
    """What a character, by its code point, reads as: letters, nothing, or a space where it stands between words."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = "".join(_folded(one) for one in normalize("NFKD", character.casefold()))
        text = normalize("NFC", folded.replace(" ", "")) or folded[:1]
        if _is_in(code, _BY_CHARACTER) and text.strip() and not combining(character):
            text = f" {text} "
        if len(self) < _MOST:
            self[code] = text
        return text


_MOST: Final = 65_536


def _folded(character: str) -> str:
    if _is_in(ord(character), _DROPPED):
        return ""
    kind = category(character)
    if kind == "Nd":
        return str(decimal(character))
    if kind == "Cf":  # shown as nothing
        return ""
    return _LETTERS.get(character, character) if kind[0] in "LNM" else " "


def _is_in(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= code <= last for first, last in ranges)


_FOLDS: Final = _Folds()


def words(text: str) -> str:
    """The words of a text, with single spaces between."""
    found = _ASCII.findall(text.lower()) if text.isascii() else _OTHER.findall(_in_folds(text))
    if max(map(len, found), default=0) > LONGEST:
        found = [word[:LONGEST] for word in found]
    return " ".join(found)


def _in_folds(text: str) -> str:
    return normalize("NFC", text).translate(_FOLDS)


class Place(NamedTuple):
    """A word where it stands in a text: from a character up to another."""

    word: str
    begins: int
    ends: int


def places(text: str) -> Iterator[Place]:
    """The words of a text in NFC, each with its place."""
    word, begins = "", 0
    for at, character in enumerate(text):
        folded = _FOLDS[ord(character)]
        if not word:
            begins = at
        apart = folded[:1] == " "
        if word and (apart or (folded and _is_number(word) != _is_number(folded))):
            yield Place(word[:LONGEST], begins, at)
            word, begins = "", at
        if not apart:
            word += folded
        elif folded.strip():
            yield Place(folded.strip(), at, at + 1)
    if word:
        yield Place(word[:LONGEST], begins, len(text))


def _is_number(word: str) -> bool:
    return "0" <= word[0] <= "9"


# -- what is looked for


class Part(NamedTuple):
    """A word that is looked for, or the beginning of one."""

    word: str
    begins: bool

    def is_met(self, by: str) -> bool:
        """Whether a word is one that is looked for."""
        return by.startswith(self.word) if self.begins else by == self.word


class Term(NamedTuple):
    """Words in a row. ``near``: words that are taken for the only one of them; ``out``: they must not be there."""

    parts: tuple[Part, ...]
    near: tuple[str, ...] = ()
    out: bool = False
    exact: bool = False

    @property
    def can_be_mistyped(self) -> bool:
        """Whether another word may be meant: it is one by itself, long enough, and no number."""
        (first, *more) = self.parts
        is_one = not (self.out or self.exact or more)
        return is_one and len(first.word) >= SHORTEST_BEGINNING and not _is_number(first.word)

    def met_in(self, text: Sequence[str]) -> Iterator[int]:
        """Where the words stand in a text, given as its words: the number of each of them."""
        first, *more = self.parts
        for at, word in enumerate(text):
            if word in self.near:
                yield at
            elif first.is_met(word):
                row = text[at + 1 : at + 1 + len(more)]
                if len(row) == len(more) and all(part.is_met(by) for part, by in zip(more, row, strict=True)):
                    yield from range(at, at + 1 + len(more))


class Fault(Enum):
    """Why nothing can be looked for."""

    NO_WORD = "write at least one word to look for"
    ONLY_OUT = "write a word to look for, besides what is to be left out"
    TOO_MANY = "write at most 20 words"


MOST_TERMS: Final = 20
_TERM: Final = re.compile(r'(-?)(?:"([^"]*)(?:"|$)|(\S+))')


class Wanted(NamedTuple):
    """What somebody looks for: all of these terms."""

    terms: tuple[Term, ...]

    def is_in(self, text: Sequence[str]) -> bool:
        """Whether a text, given as its words, has what is looked for."""
        return all(any(True for _ in term.met_in(text)) != term.out for term in self.terms)

    @property
    def is_forgiving(self) -> bool:
        """Whether any word is taken for another."""
        return any(term.near for term in self.terms)

    @property
    def as_written(self) -> "Wanted":
        """The same without forgiving anything."""
        return Wanted(tuple(term._replace(near=()) for term in self.terms))

    @property
    def forgivable(self) -> Iterator[str]:
        """The words in which a typing error can be forgiven."""
        for term in self.terms:
            if term.can_be_mistyped:
                yield term.parts[0].word

    def forgiving(self, near: "Near") -> "Wanted":
        """The same, with words taken for those that are near to them, by word."""
        return Wanted(
            tuple(
                term._replace(near=tuple(near.get(term.parts[0].word, ()))) if term.can_be_mistyped else term
                for term in self.terms
            )
        )


def wanted(text: str) -> Wanted | Fault:
    """What a text asks for: words, ``"words in a row"`` exactly, ``-word`` that must not be there."""
    terms: list[Term] = []
    for out, quoted, plain in _TERM.findall(text):
        found = words(quoted or plain).split()
        last = len(found) - 1
        parts = tuple(
            Part(word, begins=not quoted and number == last and len(word) >= SHORTEST_BEGINNING)
            for number, word in enumerate(found)
        )
        if parts:
            terms.append(Term(parts, out=bool(out), exact=bool(quoted)))
    if sum(len(term.parts) for term in terms) > MOST_TERMS:
        return Fault.TOO_MANY
    if all(term.out for term in terms):
        return Fault.ONLY_OUT if terms else Fault.NO_WORD
    return Wanted(tuple(terms))


# -- typing errors


def without_a_letter(word: str) -> list[str]:
    """The word, and the word without each of its letters.

    Two words that have one of these in common differ by a letter that is wrong, missing or too much, or by two that
    are swapped (or by one missing here and another there).
    """
    return list(dict.fromkeys([word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]))


Near: TypeAlias = Mapping[str, Sequence[str]]
"""The words that can be meant where one was mistyped, by the word as it was written."""


def near_to(wanted: Wanted, texts: Iterable[str], most: int) -> Near:
    """The words in texts, given as their words, that can be meant where one was mistyped: so many of each at most."""
    asked = {word: set(without_a_letter(word)) for word in wanted.forgivable}
    known = {word for text in texts for word in text.split()} if asked else set()
    found: dict[str, list[str]] = {word: [] for word in asked}
    for one in sorted(known):
        if len(one) >= SHORTEST_BEGINNING and not _is_number(one):
            spellings = without_a_letter(one)
            for word, close in asked.items():
                if one != word and not close.isdisjoint(spellings):
                    found[word].append(one)
    return {word: sorted(near, key=lambda one: abs(len(one) - len(word)))[:most] for word, near in found.items()}


# -- what is shown

SNIPPET: Final = 200
"""About so many characters are shown of a text."""
MARK: Final = "**"
_BETWEEN: Final = 2


def snippet(text: str, looked_for: Wanted) -> tuple[str, int]:
    """The part of a text around what was looked for, with it in marks; and how many marks there are."""
    text = " ".join(normalize("NFC", text).split())
    every = list(places(text))
    found = [place.word for place in every]
    met = _together({at for term in looked_for.terms if not term.out for at in term.met_in(found)}, every)
    begins, ends = _around(text, met)
    shown, at, marks = ["…" if begins else ""], begins, 0
    for place in met:
        if begins <= place.begins < ends:
            last = min(place.ends, ends)
            shown += [text[at : place.begins], MARK, text[place.begins : last], MARK]
            at, marks = last, marks + 1
    shown += [text[at:ends], "…" if ends < len(text) else ""]
    return "".join(shown), marks


def _together(met: AbstractSet[int], every: Sequence[Place]) -> list[Place]:
    """What was met, by number: words in a row are one place, where nothing but a character or two is between them."""
    found: list[Place] = []
    for at in sorted(met):
        here = every[at]
        if at - 1 in met and here.begins - found[-1].ends <= _BETWEEN:
            found[-1] = found[-1]._replace(ends=here.ends)
        else:
            found.append(here)
    return found


def _around(text: str, met: Sequence[Place]) -> tuple[int, int]:
    """From where to where to show a text: the stretch that has the most of what was met, cut between words."""
    if len(text) <= SNIPPET:
        return 0, len(text)
    first = 0
    if met:
        reach = SNIPPET * 3 // 4
        most = [sum(one.begins <= each.begins < one.begins + reach for each in met) for one in met]
        best = met[most.index(max(most))]
        first = max(0, min(best.begins - SNIPPET // 4, len(text) - SNIPPET))
    begins = 0 if not first else text.find(" ", first, first + SNIPPET // 8) + 1 or first
    last = min(len(text), begins + SNIPPET)
    ends = last if last == len(text) else max(text.rfind(" ", last - SNIPPET // 8, last), 0) or last
    return begins, ends
