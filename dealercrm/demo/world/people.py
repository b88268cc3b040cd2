"""Who the customers are: names, contacts, consents, birthdays; and the same person filed twice.

All phones are in the code 975, which no operator has: they look right, parse as valid, and ring nobody.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

from dealercrm.demo.world import names
from dealercrm.demo.world.brands import STORES
from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.owners import COMPANY, Spells
from dealercrm.demo.world.records import Drive, Person

PHONE_CODE = "975"
EMAIL_HOSTS = ("example.com", "example.org", "example.net")
WITH_EMAIL = 0.48
WITH_BIRTHDAY = 0.57
WITH_CONSENT = 0.62
NO_CALLS = 0.02
FILED_TWICE = 0.05
OCCUPATIONS = (
    "инженер", "врач", "учитель", "предприниматель", "бухгалтер", "водитель", "менеджер", "программист",
    "пенсионер", "строитель", "военнослужащий", "юрист", "продавец", "госслужащий",
)  # fmt: skip


def people_are_filed(
    rng: np.random.Generator, spells: Spells, *, first: date, today: date, code_from: int = 1
) -> tuple[list[Person], dict[int, int], dict[int, int]]:
    """Every card, the card of each owner, and the second card of those filed twice (owner -> card)."""
    dice = Dice(rng)
    phones = _phones(rng, 2 * len(spells.owner_kind) + 1000)
    since: dict[int, tuple[int, int]] = {}
    for spell in np.flatnonzero(spells.is_seen):
        owner, start = int(spells.owner[spell]), int(spells.start[spell])
        if owner not in since or start < since[owner][0]:
            since[owner] = (start, int(spells.store[spell]))
    last_day = (today - first).days
    cards: list[Person] = []
    card_of: dict[int, int] = {}
    second_card: dict[int, int] = {}
    for owner, (start, store) in sorted(since.items(), key=lambda item: (item[1], item[0])):
        if start >= last_day:
            continue
        known_since = first + timedelta(days=start)
        code = f"{code_from + len(cards):09d}"
        make = _company if spells.owner_kind[owner] == COMPANY else _person
        card_of[owner] = len(cards)
        cards.append(make(dice, code, store, known_since, today, phones))
        if spells.owner_kind[owner] != COMPANY and dice.chance(FILED_TWICE) and start < last_day - 200:
            again = known_since + timedelta(days=100 + dice.below(max(last_day - start - 150, 1)))
            second_card[owner] = len(cards)
            code = f"{code_from + len(cards):09d}"
            cards.append(_filed_again(dice, cards[card_of[owner]], card_of[owner], code, again, phones))
    return cards, card_of, second_card


def prospects_ask(
    rng: np.random.Generator, *, vehicles: int, today: date, code_from: int, number_from: int
) -> tuple[list[Person], list[Drive]]:
    """People who asked in the last half year and own nothing yet; a third of them drove or will drive."""
    dice = Dice(rng)
    count = max(vehicles // 50, 4)
    phones = _phones(rng, 2 * count + 10)
    people, drives = [], []
    for number in range(count):
        store = dice.below(len(STORES))
        since = today - timedelta(days=1 + dice.below(180))
        people.append(_person(dice, f"{code_from + number:09d}", store, since, today, phones))
        if dice.chance(0.35):
            on = since + timedelta(days=2 + dice.below(14))
            status = "arrived" if on < today else "booked"
            starts_at = datetime.combine(on, time(10 + dice.below(8)))
            drives.append(Drive(number_from + number, store, starts_at, status))
    return people, drives


def _phones(rng: np.random.Generator, count: int) -> list[str]:
    numbers = rng.choice(10_000_000, size=count, replace=False)
    return [f"+7{PHONE_CODE}{number:07d}" for number in numbers.tolist()]


def _person(dice: Dice, code: str, store: int, since: date, today: date, phones: list[str]) -> Person:
    female = dice.chance(0.38)
    tatar = dice.chance(0.22 if store == 0 else 0.07)
    last = dice.one_of(names.TATAR_LAST if tatar else names.LAST)
    father = dice.one_of(names.TATAR_MALE if tatar else names.MALE)
    males, females = (names.TATAR_MALE, names.TATAR_FEMALE) if tatar else (names.MALE, names.FEMALE)
    birth = None
    if dice.chance(WITH_BIRTHDAY):
        age = 22 + dice.below(28) + dice.below(26)
        birth = date(min(since.year, today.year - 2) - age, 1, 1) + timedelta(days=dice.below(365))
    consent, no_calls = _allows(dice, since, today)
    return Person(
        code=code,
        store=store,
        kind="person",
        last=names.feminine(last) if female else last,
        first=dice.one_of(females if female else males),
        middle=names.patronymic(father, female=female),
        company="",
        inn="",
        sex="female" if female else "male",
        birth_on=birth,
        city=_town(dice, store),
        occupation=dice.one_of(OCCUPATIONS) if dice.chance(0.2) else "",
        family=dice.one_of(("single", "couple", "children", "children")) if dice.chance(0.25) else "",
        phones=(phones.pop(), phones.pop()) if dice.chance(0.12) else (phones.pop(),) if dice.chance(0.985) else (),
        email=_email(dice, last, code) if dice.chance(WITH_EMAIL) else "",
        consent_on=consent,
        no_calls_on=no_calls,
        known_since=since,
        duplicate_of=None,
    )


def _company(dice: Dice, code: str, store: int, since: date, today: date, phones: list[str]) -> Person:
    name = f"{dice.one_of(names.FIRM_FIRST)} {dice.one_of(names.FIRM_LAST)}"
    if dice.chance(0.2):
        name = dice.one_of(names.TAXI_FIRMS)
    consent, _ = _allows(dice, since, today)
    return Person(
        code=code,
        store=store,
        kind="company",
        last="",
        first="",
        middle="",
        company=f"{dice.one_of(names.FIRM_FORMS)} «{name}»",
        inn=_inn(dice, ("16", "63")[store]),
        sex="",
        birth_on=None,
        city=_town(dice, store),
        occupation="",
        family="",
        phones=(phones.pop(),),
        email=_email(dice, "office", code) if dice.chance(0.7) else "",
        consent_on=consent,
        no_calls_on=None,
        known_since=since,
        duplicate_of=None,
    )


def _filed_again(dice: Dice, person: Person, of: int, code: str, since: date, phones: list[str]) -> Person:
    """A clerk did not find the card and made another: other alphabet, name order or case, lost email, old phone."""
    last, first, middle = person.last, person.first, person.middle
    how = dice.below(5)
    if how == 0:
        last, first, middle = names.latin(last), names.latin(first), names.latin(middle)
    elif how == 1:
        last, first = first, last
    elif how == 2:
        last, first, middle = last.upper(), first.upper(), middle.upper()
    elif how == 3:
        middle = ""
    kept = person.phones if dice.chance(0.6) else (phones.pop(),)
    return person._replace(
        code=code,
        last=last,
        first=first,
        middle=middle,
        birth_on=person.birth_on if dice.chance(0.5) else None,
        phones=kept[:1],
        email=person.email if dice.chance(0.3) else "",
        occupation="",
        family="",
        consent_on=since if dice.chance(0.4) else None,
        no_calls_on=None,
        known_since=since,
        duplicate_of=of,
    )


def _allows(dice: Dice, since: date, today: date) -> tuple[date | None, date | None]:
    """When the customer signed the consent, and when they asked for no more calls."""
    consent = since if dice.chance(WITH_CONSENT) else None
    stop = None
    days = (today - since).days
    if dice.chance(NO_CALLS) and days > 60:
        stop = since + timedelta(days=30 + dice.below(days - 30))
    return consent, stop


def _town(dice: Dice, store: int) -> str:
    draw = dice.roll()
    for town, share in STORES[store].towns:
        draw -= share
        if draw < 0:
            return town
    return STORES[store].city


def _email(dice: Dice, last: str, code: str) -> str:
    return f"{names.latin(last).lower()}{int(code)}@{dice.one_of(EMAIL_HOSTS)}"


def _inn(dice: Dice, region: str) -> str:
    """Ten digits with a wrong check digit on purpose: no firm can have it."""
    digits = region + "".join(str(dice.below(10)) for _ in range(7))
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    check = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10
    return digits + str((check + 5) % 10)
