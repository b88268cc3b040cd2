"""Make the whole demo world from a seed, a size and a day: one call, the same result every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dealercrm.demo.world.after import answers_after, recalls_of
from dealercrm.demo.world.bookings import booked_visits
from dealercrm.demo.world.brands import STORES
from dealercrm.demo.world.cars import cars_get_papers
from dealercrm.demo.world.contacts import Talk, complaints_of
from dealercrm.demo.world.covers import covers_begin
from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.dirt import ROLLED_BACK, written_down
from dealercrm.demo.world.driving import Ints, Odometers
from dealercrm.demo.world.filing import Filing
from dealercrm.demo.world.owners import Spells, cars_find_owners
from dealercrm.demo.world.people import people_are_filed, prospects_ask
from dealercrm.demo.world.records import (
    Answer,
    Booking,
    Car,
    Complaint,
    Contact,
    Cover,
    Drive,
    Person,
    Recall,
    Refusal,
    Spell,
    Visit,
)
from dealercrm.demo.world.sales import BRAND_LIST, Fleet, cars_come
from dealercrm.demo.world.service import MAINTENANCE, Life, lives
from dealercrm.demo.world.truth import EMAIL_BRINGS, Truth, chance_that_a_call_brings
from dealercrm.demo.world.workshop import Upkeep, works_of_a_visit

YEARS = 10
AHEAD_DAYS = 180  # the world goes on after today, so that the truth knows who comes anyway
SISTER_STORE = 0.02  # visits at the group's other store


@dataclass(frozen=True)
class World:
    """Everything the two stores have on file, and (in `truth`, `fleet`, `spells_true`, `life`) what is so."""

    seed: int
    today: date
    people: list[Person]
    cars: list[Car]
    spells: list[Spell]
    visits: list[Visit]
    covers: list[Cover]
    bookings: list[Booking]
    contacts: list[Contact]
    complaints: list[Complaint]
    refusals: list[Refusal]
    answers: list[Answer]
    recalls: list[Recall]
    drives: list[Drive]
    truth: Truth
    fleet: Fleet
    spells_true: Spells
    life: Life


def make_world(*, vehicles: int, seed: int, today: date, part: int = 0) -> World:
    """`vehicles` cars with ten years of history up to yesterday.

    `part` makes further worlds of the same seed whose codes and order numbers do not clash: a large export is
    written part by part, in the memory of one.
    """
    themes = np.random.SeedSequence([seed, part]).spawn(14)
    rngs = iter([np.random.default_rng(theme) for theme in themes[:12]])
    days = YEARS * 365 + 2
    first = today - timedelta(days=days)
    horizon = days + AHEAD_DAYS
    fleet = cars_come(next(rngs), vehicles, first=first, today=today)
    spells = cars_find_owners(next(rngs), fleet, horizon=horizon)
    odometers = Odometers(next(rngs), first=first, days=horizon, yearly=fleet.yearly, km0=fleet.km0, day0=fleet.day)
    life = lives(next(rngs), fleet, spells, odometers, horizon=horizon)
    code_from = part * 1_000_000 + 1
    people, card_of, second_card = people_are_filed(next(rngs), spells, first=first, today=today, code_from=code_from)
    cars = cars_get_papers(next(rngs), fleet)
    filing = Filing(next(rngs), fleet, spells, people, card_of, second_card, today)
    known, true_spell = filing.ownerships()
    visits, planned, true_km = _visits(
        next(rngs), fleet, spells, life, odometers, known, true_spell, filing, today, number_from=code_from
    )
    covers = covers_begin(next(rngs), fleet, spells, known, true_spell, today=today)
    bookings = booked_visits(next(rngs), planned, today=today)
    left = {
        number: first + timedelta(days=int(life.left_day[row]))
        for number, row in enumerate(true_spell)
        if life.left_day[row] >= 0
    }
    talk_rng = next(rngs)
    talk = _talk(talk_rng, people, known, visits, covers, left, today)
    complaints = complaints_of(talk_rng, visits, today=today)
    truth = _truth(next(rngs), fleet, spells, life, people, cars, known, true_spell, visits, true_km, today)
    asking_rng, after_rng = themes[12:]  # what was added later draws by itself, so that older worlds stay as they are
    asking, drives = prospects_ask(
        np.random.default_rng(asking_rng),
        vehicles=vehicles,
        today=today,
        code_from=code_from + len(people),
        number_from=len(people),
    )
    after = Dice(np.random.default_rng(after_rng))
    answers = answers_after(after, visits, today=today)
    recalls = recalls_of(after, cars, known, today=today)
    return World(
        seed, today, [*people, *asking], cars, known, visits, covers, bookings, talk.contacts, complaints,
        talk.refusals, answers, recalls, drives, truth, fleet, spells, life,
    )  # fmt: skip


def _visits(
    rng: np.random.Generator,
    fleet: Fleet,
    spells: Spells,
    life: Life,
    odometers: Odometers,
    known: list[Spell],
    true_spell: list[int],
    filing: Filing,
    today: date,
    *,
    number_from: int,
) -> tuple[list[Visit], list[tuple[int, int, int, date, int]], list[int]]:
    """Visits on file, all appointments-to-be (also after today) and the true km of each visit."""
    number_of = np.full(len(spells), -1)
    number_of[np.array(true_spell)] = np.arange(len(true_spell))
    rows = np.flatnonzero(number_of[life.visit_spell] >= 0)
    spell_rows, day, kind = life.visit_spell[rows], life.visit_day[rows], life.visit_kind[rows]
    car = spells.car[spell_rows]
    km = odometers.at(car, day).astype(np.int64)
    written, _ = written_down(rng, km, _km_before(car, day, km))
    rolled = spells.is_second & (rng.random(len(spells)) < ROLLED_BACK)
    written = np.where(rolled[spell_rows] & (written > 70_000), written - 45_000, written)
    age = (day - fleet.day[car] + fleet.age_days[car]) / 365.25
    dice = Dice(rng)
    upkeep = Upkeep(dice)
    visits: list[Visit] = []
    planned: list[tuple[int, int, int, date, int]] = []
    true_km: list[int] = []
    numbers = [number_from - 1 for _ in STORES]
    columns = (spell_rows, day, kind, car, km, written, age)
    for row, on_day, what, of_car, at_km, shown, years in zip(*(column.tolist() for column in columns), strict=True):
        number, on = int(number_of[row]), filing.day(on_day)
        spell = known[number]
        if on != spell.started_on:  # a car bought elsewhere is known since the day of its first visit
            on = _workshop_day(dice, on, today)
        store = spell.store if not dice.chance(SISTER_STORE) else 1 - spell.store
        customer = filing.card(row, on)
        planned.append((number, customer, store, on, what))
        if on >= today:
            continue
        brand = BRAND_LIST[fleet.brand[of_car]]
        covered = years * 12 <= brand.warranty_months and at_km <= brand.warranty_km
        due = upkeep.due(of_car, years, at_km) if what == MAINTENANCE else []
        pay_type, lines = works_of_a_visit(dice, what, brand, due, year=on.year, car_age=years, in_warranty=covered)
        upkeep.done(of_car, lines, years, at_km)
        numbers[store] += 1
        advisor = "" if dice.chance(0.12) else dice.one_of(STORES[store].advisors)
        visits.append(
            Visit(
                f"ЗН{numbers[store]:07d}",
                number,
                customer,
                store,
                on,
                pay_type,
                advisor,
                None if shown < 0 else shown,
                lines,
            )
        )
        true_km.append(at_km)
    return visits, planned, true_km


def _km_before(car: Ints, day: Ints, km: Ints) -> Ints:
    """True km at the car's visit before; -1 at its first."""
    order = np.lexsort((day, car))
    before = np.full(len(car), -1, dtype=np.int64)
    same = car[order][1:] == car[order][:-1]
    before[order[1:][same]] = km[order[:-1][same]]
    return before


def _workshop_day(dice: Dice, on: date, today: date) -> date:
    """Sundays are half days and nobody works in the first week of January; history stays before today."""
    shifted = on
    if on.month == 1 and on.day <= 8:
        shifted = on.replace(day=9)
    if shifted.weekday() == 6 and dice.chance(0.75):
        shifted += timedelta(days=1)
    return on if on < today <= shifted else shifted


def _talk(
    rng: np.random.Generator,
    people: list[Person],
    known: list[Spell],
    visits: list[Visit],
    covers: list[Cover],
    left: dict[int, date],
    today: date,
) -> Talk:
    talk = Talk(rng, people, today=today)
    for number, spell in enumerate(known):
        talk.after_sale(number, spell)
        talk.they_call(number, spell)
        if number in left:
            talk.to_the_silent(number, spell, left[number])
    for visit in visits:
        talk.before_visit(visit.spell, known[visit.spell], visit)
        talk.after_visit(visit.spell, known[visit.spell], visit)
    for cover in covers:
        talk.before_expiry(known[cover.spell], cover)
    return talk


def _truth(
    rng: np.random.Generator,
    fleet: Fleet,
    spells: Spells,
    life: Life,
    people: list[Person],
    cars: list[Car],
    known: list[Spell],
    true_spell: list[int],
    visits: list[Visit],
    true_km: list[int],
    today: date,
) -> Truth:
    now = (today - fleet.first).days
    next_visit = np.full(len(spells), -1)
    late = np.zeros(len(spells), dtype=np.int64)
    for row, day in zip(life.visit_spell[::-1].tolist(), life.visit_day[::-1].tolist(), strict=True):
        if day >= now:
            next_visit[row] = day
    coming = life.services.day >= now
    late[life.services.spell[coming]] = np.maximum(now - life.services.due[coming], 0)
    rows = np.array(true_spell)
    chances = np.array(
        [
            chance_that_a_call_brings(
                is_owner=bool(spells.end[row] > now),
                days_since_left=None if life.left_day[row] < 0 else int(now - life.left_day[row]),
                days_to_visit=int(next_visit[row] - now) if next_visit[row] >= 0 else 10_000,
                days_late=int(late[row]),
            )
            for row in true_spell
        ]
    )
    draw = rng.random(len(rows))
    again = [person for person in people if person.duplicate_of is not None]
    wrong = [
        (visit, km) for visit, km in zip(visits, true_km, strict=True)
        if visit.km is not None and abs(visit.km - km) > 1000
    ]  # fmt: skip
    return Truth(
        vin=np.array([cars[spell.car].vin for spell in known]),
        started_on=np.array([spell.started_on.isoformat() for spell in known]),
        sold_on=_dates(fleet.first, np.where(spells.end[rows] < now, spells.end[rows], -1)),
        left_on=_dates(fleet.first, life.left_day[rows]),
        comes_anyway_on=_dates(fleet.first, next_visit[rows]),
        call_chance=chances,
        call_brings=draw < chances,
        email_brings=draw < chances * EMAIL_BRINGS,
        loyalty=-spells.loyalty[spells.owner[rows]],
        late_chance=spells.late_chance[spells.owner[rows]],
        duplicate_code=np.array([person.code for person in again], dtype="U16"),
        duplicate_of_code=np.array([people[person.duplicate_of or 0].code for person in again], dtype="U16"),
        reading_store=np.array([STORES[visit.store].code for visit, _ in wrong], dtype="U32"),
        reading_order=np.array([visit.number for visit, _ in wrong], dtype="U40"),
        reading_true_km=np.array([km for _, km in wrong], dtype=np.int64),
    )


def _dates(first: date, days: Ints) -> np.ndarray:
    def written() -> Iterator[str]:
        for day in days.tolist():
            yield (first + timedelta(days=day)).isoformat() if day >= 0 else ""

    return np.array(list(written()), dtype="U10")
