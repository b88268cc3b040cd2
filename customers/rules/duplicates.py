"""Are these two cards one person? Evidence for and against, weighed by how rarely it agrees by chance.

The method is Fellegi and Sunter's (1969) with frequencies of the values themselves: what two cards share counts
10 log10(m/u) points, m = how often it agrees for one person, u = how often it agrees for two strangers of this
base. A rare name, a phone of one household, a birth date that is no placeholder say much; «Иванов», the switchboard
of a taxi firm and 1 January 1970 say little. Points of a pair add up, with the odds before looking, to the odds that
it is one person: 0 is even, 10 is ten to one, 20 a hundred to one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import log10
from typing import NamedTuple

from customers.rules.likeness import Name, firm_name, is_close, is_initial_of, person_name, sound_key
from dealercrm.why import Why


@dataclass(frozen=True)
class Weights:
    """What the comparison starts from. Points are tenths of a power of ten of the odds."""

    filed_twice: float = 0.05  # of persons (DOMAIN section 9: 3-8 %)
    suggest_from: float = 6.0  # points: four in five at the margin; of all that is shown 98 in 100 are right
    agrees: float = 0.9  # m of a name: spelled so that it is recognised
    contact: float = 45.0  # a phone or an email that only these two hold
    car: float = 38.0  # a car that only these two came with
    same_inn: float = 70.0
    near_birth: float = 12.0  # one digit apart, or day and month swapped
    slip: float = 12.0  # taken off a name that agrees but for a slip of the pen
    other_birth: float = -35.0
    other_middle: float = -45.0
    other_first: float = -45.0
    other_sex: float = -30.0
    other_city: float = -8.0
    other_inn: float = -90.0
    no_history: float = 0.5  # m: of second cards, those that no car and no visit ever came to
    most_in_block: int = 40  # cards that share a key; more share a switchboard, not a person


WEIGHTS = Weights()


class Card(NamedTuple):
    """What is known of one customer for comparing; `cars` and `has_history` come from the room above."""

    pk: int
    kind: str
    name: Name
    firm: str = ""
    inn: str = ""
    birth_on: date | None = None
    sex: str = ""
    city: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    cars: frozenset[int] = frozenset()
    has_history: bool = True


def card_of(
    pk: int, kind: str, last: str, first: str, middle: str, company: str = "", inn: str = "", **more: object
) -> Card:
    """A card from the fields of a customer."""
    return Card(pk, kind, person_name(last, first, middle), firm_name(company), inn, **more)  # type: ignore[arg-type]


class Reason(NamedTuple):
    """One piece of evidence and what it is worth; negative points speak against."""

    why: Why
    points: float

    def as_json(self) -> dict[str, object]:
        return {**self.why.as_json(), "points": round(self.points)}


class Match(NamedTuple):
    """Two cards and how sure it is that they are one customer; `first` has the smaller id."""

    first: int
    second: int
    points: float
    reasons: tuple[Reason, ...]

    @property
    def chance(self) -> float:
        return chance_of(self.points)


def chance_of(points: float) -> float:
    """The probability that points stand for."""
    return 1 / (1 + 10 ** (-points / 10))


@dataclass
class Base:
    """How often each value occurs in this base: what two strangers share by chance."""

    weights: Weights = WEIGHTS
    persons: int = 0
    firms: int = 0
    empty: int = 0
    words: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, ...]] = field(default_factory=Counter)
    middles: Counter[str] = field(default_factory=Counter)
    with_middle: Counter[tuple[str, str]] = field(default_factory=Counter)
    births: Counter[date] = field(default_factory=Counter)
    cities: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)  # phones, emails and cars, by their keys
    firm_names: Counter[str] = field(default_factory=Counter)

    def add(self, cards: Iterable[Card]) -> None:
        for card in cards:
            self.cities[card.city] += 1
            self.held.update(_held(card))
            if card.kind == "company":
                self.firms += 1
                self.firm_names[card.firm] += 1
                continue
            self.persons += 1
            self.empty += not card.has_history
            self.words.update(card.name.words)
            if len(card.name.words) == 2:
                self.pairs[card.name.words] += 1
            if card.name.middle:
                self.middles[card.name.middle] += 1
                self.with_middle.update((word, card.name.middle) for word in card.name.words)
            if card.birth_on:
                self.births[card.birth_on] += 1

    def name_by_chance(self, words: tuple[str, ...], middle: str) -> float:
        """Share of strangers with this name. Parts of a name go together (a woman's with a woman's, a Tatar's with
        a Tatar's), so each part is taken as seen beside the others, shrunk to its share in the whole base."""
        count = max(self.persons, 1)
        known = sorted((word for word in words if len(word) > 1), key=lambda word: self.words[word])
        if not known:
            return 1.0
        share = (self.words[known[0]] or 1) / count
        if len(known) > 1:
            # The two cards themselves are no evidence of how common their name is: both are taken out.
            seen = max(self.pairs[words] - 2, 0)
            share *= _shrunk(seen, max(self.words[known[0]] - 2, 0), (self.words[known[1]] or 1) / count)
        if middle and len(middle) > 1:
            alone = (self.middles[middle] or 1) / count
            given = max(known, key=lambda word: self.words[word])
            seen = max(self.with_middle[given, middle] - 2, 0)
            share *= _shrunk(seen, max(self.words[given] - 2, 0), alone)
        return max(share, 1e-9)

    @property
    def odds_before(self) -> float:
        """Points of a pair before looking: one card in twenty has a twin, somewhere in the base."""
        return 10 * log10(self.weights.filed_twice / max(self.persons + self.firms, 2))


def _shrunk(seen: int, of: int, prior: float, weight: float = 20.0) -> float:
    return (seen + weight * prior) / (of + weight)


def _held(card: Card) -> Iterator[str]:
    yield from card.phones
    yield from card.emails
    yield from (f"car:{car}" for car in card.cars)


def keys(card: Card) -> Iterator[str]:
    """Blocking keys: two cards are compared only where they share one."""
    yield from _held(card)
    if card.inn:
        yield f"inn:{card.inn}"
    if card.kind == "company":
        if card.firm:
            yield f"firm:{card.firm}"
        return
    if card.birth_on:
        yield f"born:{card.birth_on}"
    if not card.name.is_whole:
        return
    words = "|".join(map(sound_key, card.name.words))
    yield f"name:{words}|{card.city}"
    if card.name.middle:
        yield f"full:{words}|{sound_key(card.name.middle)}"


def candidates(cards: Mapping[int, Card], weights: Weights = WEIGHTS) -> Iterator[tuple[Card, Card]]:
    """Pairs that share a key, each once, the smaller id first.

    A block that is too large (the phone of a fleet, a placeholder birth date) is cut by the sound of the surname
    and by the city; what is still too large is left out: it would prove nothing.
    """
    blocks: dict[str, list[int]] = {}
    for card in cards.values():
        for key in keys(card):
            blocks.setdefault(key, []).append(card.pk)
    seen: set[tuple[int, int]] = set()
    for members in blocks.values():
        if len(members) < 2:
            continue
        for block in _cut(members, cards, weights.most_in_block):
            block.sort()
            for place, one in enumerate(block):
                for two in block[place + 1 :]:
                    if (one, two) not in seen:
                        seen.add((one, two))
                        yield cards[one], cards[two]


def _cut(members: list[int], cards: Mapping[int, Card], most: int) -> Iterator[list[int]]:
    if len(members) <= most:
        yield members
        return
    smaller: dict[tuple[str, ...], list[int]] = {}
    for pk in members:
        card = cards[pk]
        sound = card.firm if card.kind == "company" else "|".join(map(sound_key, (*card.name.words, card.name.middle)))
        smaller.setdefault((sound, card.city), []).append(pk)
    for block in smaller.values():
        if 2 <= len(block) <= most:
            yield block


# Namesakes of one town are many: something besides the name has to agree, however rare the name is.
_NAME_ALONE = frozenset(
    f"duplicate.{code}"
    for code in ("full_name", "name", "near_name", "initials", "firm_name", "near_firm_name", "same_city")
)


def compare(one: Card, two: Card, base: Base) -> Match | None:
    """The evidence on a pair, or None where nothing speaks for one customer."""
    if one.kind != two.kind:
        return None
    if one.pk > two.pk:
        one, two = two, one
    reasons = list(_firm(one, two, base) if one.kind == "company" else _person(one, two, base))
    if not reasons:
        return None
    reasons += _shared(one, two, base)
    if not any(reason.points > 0 and reason.why.code not in _NAME_ALONE for reason in reasons):
        return None
    points = base.odds_before + sum(reason.points for reason in reasons)
    return Match(one.pk, two.pk, points, tuple(sorted(reasons, key=lambda reason: -reason.points)))


def _person(one: Card, two: Card, base: Base) -> Iterator[Reason]:
    name = _same_name(one.name, two.name, base)
    if name is None:
        return
    yield name
    weights = base.weights
    middles = one.name.middle, two.name.middle
    if all(middles) and not (is_close(*middles) or is_initial_of(*middles)):
        yield Reason(Why("duplicate.other_middle"), weights.other_middle)
    if one.birth_on and two.birth_on:
        yield _births(one.birth_on, two.birth_on, base)
    if one.sex and two.sex and one.sex != two.sex:
        yield Reason(Why("duplicate.other_sex"), weights.other_sex)
    if one.inn and two.inn:
        same = one.inn == two.inn
        code = "duplicate.same_inn" if same else "duplicate.other_inn"
        yield Reason(Why(code), weights.same_inn if same else weights.other_inn)
    if not (one.has_history and two.has_history) and base.persons:
        share = max(2 * base.empty / base.persons, 1 / base.persons)
        points = 10 * log10(weights.no_history / min(share, weights.no_history))
        yield Reason(Why("duplicate.no_history"), points)


def _same_name(one: Name, two: Name, base: Base) -> Reason | None:
    """The name as evidence; None where the given names or surnames are not one."""
    if not (one.words and two.words):
        return None
    fuller, other = (one, two) if len("".join(one.words)) >= len("".join(two.words)) else (two, one)
    slips = initials = 0
    left = list(other.words)
    matched: list[str] = []
    for word in fuller.words:
        equal = next((own for own in left if own == word), None)
        near = equal or next((own for own in left if is_close(word, own)), None)
        initial = near or next((own for own in left if is_initial_of(word, own)), None)
        if initial is None:
            continue
        left.remove(initial)
        matched.append(word if near else initial[:1])
        slips += not equal and bool(near)
        initials += not near
    if left or len(matched) < len(fuller.words):
        return None
    middle = ""
    if one.middle and two.middle and is_close(one.middle, two.middle):
        middle = one.middle
        slips += one.middle != two.middle
    if len([word for word in matched if len(word) > 1]) < 2 and not middle and not initials:
        return None
    share = base.name_by_chance(tuple(sorted(matched)), middle) * 0.1**initials
    points = 10 * log10(base.weights.agrees / share) - slips * base.weights.slip
    if initials:
        code = "duplicate.initials"
    elif slips:
        code = "duplicate.near_name"
    else:
        code = "duplicate.full_name" if middle else "duplicate.name"
    return Reason(Why(code), points)


def _births(one: date, two: date, base: Base) -> Reason:
    weights = base.weights
    if one == two:
        share = max(base.births[one] - 1, 1) / max(sum(base.births.values()), 1)
        # A birth date is one of about fifteen thousand days, however few of them a small base holds.
        return Reason(Why("duplicate.same_birth"), -10 * log10(min(max(share, 1 / 15000), 1)))
    digits = sum(a != b for a, b in zip(one.isoformat(), two.isoformat(), strict=True))
    if digits == 1 or (one.year == two.year and (one.month, one.day) == (two.day, two.month)):
        return Reason(Why("duplicate.near_birth"), weights.near_birth)
    return Reason(Why("duplicate.other_birth"), weights.other_birth)


def _firm(one: Card, two: Card, base: Base) -> Iterator[Reason]:
    weights = base.weights
    if one.inn and two.inn and one.inn != two.inn:
        return
    if one.firm and one.firm == two.firm:
        share = max(base.firm_names[one.firm] - 1, 1) / max(base.firms, 1)
        yield Reason(Why("duplicate.firm_name"), 10 * log10(weights.agrees / max(share, 1e-4)))
    elif one.firm and two.firm and is_close(one.firm, two.firm):
        yield Reason(Why("duplicate.near_firm_name"), 10.0)
    elif not (one.inn and two.inn):
        return
    if one.inn and two.inn:
        yield Reason(Why("duplicate.same_inn"), weights.same_inn)


def _shared(one: Card, two: Card, base: Base) -> Iterator[Reason]:
    """What both cards hold; worth less the more cards hold it."""
    for code, worth, both in (
        ("duplicate.same_phone", base.weights.contact, one.phones & two.phones),
        ("duplicate.same_email", base.weights.contact, one.emails & two.emails),
        ("duplicate.same_car", base.weights.car, {f"car:{car}" for car in one.cars & two.cars}),
    ):
        if both:
            holders = min(base.held[key] for key in both)
            yield Reason(Why(code, {"number": len(both)}), max(worth - 20 * log10(max(holders, 2) / 2), 0.0))
    if one.city and two.city:
        if one.city == two.city:
            share = base.cities[one.city] / max(base.persons + base.firms, 1)
            yield Reason(Why("duplicate.same_city"), min(-10 * log10(min(max(share, 0.01), 1)), 10.0))
        else:
            yield Reason(Why("duplicate.other_city"), base.weights.other_city)


def find(cards: Mapping[int, Card], base: Base) -> Iterator[Match]:
    """Every pair of these cards that should be shown to a person."""
    for one, two in candidates(cards, base.weights):
        match = compare(one, two, base)
        if match is not None and match.points >= base.weights.suggest_from:
            yield match
