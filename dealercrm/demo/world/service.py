"""The service life of every ownership: due, late, here or elsewhere, repairs and tyres between, and leaving.

DOMAIN section 10. All ownerships take their n-th service together, so a decade of 100,000 cars is about sixty steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dealercrm.demo.world.driving import MONTH_DAYS, Bools, Floats, Ints, Odometers
from dealercrm.demo.world.owners import Spells
from dealercrm.demo.world.sales import BRAND_LIST, ELSEWHERE, Fleet

MAINTENANCE, REPAIR, TYRES = 0, 1, 2
LEAVES_IN_WARRANTY, LEAVES_FIRST_YEAR_AFTER, LEAVES_LATER = 0.055, 0.26, 0.15
LEAVES_MORE_AT_FIRST = 0.07
LEAVES_AFTER_FIRST_VISIT = 0.40  # a car seen first in the workshop, bought elsewhere
ELSEWHERE_ONCE = 0.08
RETURNS = 0.03  # of the lost, per service, by themselves
REPAIR_PER_INTERVAL = 1 / 3
TYRE_USERS, TYRES_PER_SEASON = 0.28, 0.6


@dataclass(frozen=True)
class Services:
    """Each scheduled service of each ownership, done here or not; rows in the order of the steps."""

    spell: Ints
    day: Ints
    due: Ints
    is_here: Bools
    was_customer: Bools  # came to us up to then


@dataclass(frozen=True)
class Life:
    """What happened (and, after today, what would happen if nobody called)."""

    services: Services
    visit_spell: Ints
    visit_day: Ints
    visit_kind: Ints
    left_day: Ints  # by spell; -1: still comes


def lives(rng: np.random.Generator, fleet: Fleet, spells: Spells, odometers: Odometers, *, horizon: int) -> Life:
    """Every service until `horizon`, and the visits that follow from them."""
    count = len(spells)
    is_customer = spells.is_seen.copy()
    left = np.full(count, -1, dtype=np.int64)
    first_visit = spells.is_seen & (spells.how == ELSEWHERE)
    gone = first_visit & (rng.random(count) < LEAVES_AFTER_FIRST_VISIT)
    is_customer &= ~gone
    left[gone] = spells.start[gone]
    alive = np.flatnonzero(spells.start < horizon)
    last_day = spells.start.astype(float)
    last_km = odometers.at(spells.car, last_day)
    rows: list[tuple[np.ndarray, ...]] = []
    repairs: list[tuple[Ints, Ints]] = []
    step = 0
    while len(alive):
        due = _due(fleet, spells, odometers, alive, last_day, last_km)
        late = _late(rng, spells.late_chance[spells.owner[alive]])
        # No customer exactly keeps the date, and the workshop has no Sundays to give.
        day = np.maximum(due + late, last_day[alive] + 25).astype(np.int64)
        goes_on = (day < spells.end[alive]) & (day < horizon)
        _repairs(rng, repairs, alive, is_customer, last_day, np.minimum(day, spells.end[alive]), horizon)
        alive, day, due = alive[goes_on], day[goes_on], due[goes_on]
        hazard = _hazard(fleet, spells, odometers, alive, day, is_first=step == 0)
        here, was = is_customer[alive].copy(), is_customer[alive].copy()
        leaves = here & (rng.random(len(alive)) < hazard)
        returns = ~here & spells.is_seen[alive] & (rng.random(len(alive)) < RETURNS)
        once = here & ~leaves & (rng.random(len(alive)) < ELSEWHERE_ONCE)
        is_customer[alive[leaves]], is_customer[alive[returns]] = False, True
        left[alive[leaves]], left[alive[returns]] = last_day[alive[leaves]].astype(np.int64), -1
        rows.append((alive, day, due.astype(np.int64), (here & ~leaves & ~once) | returns, was))
        last_day[alive] = day
        last_km[alive] = odometers.at(spells.car[alive], day)
        step += 1
    services = Services(*(np.concatenate(column) for column in zip(*rows, strict=True)))
    return _visits(rng, fleet, spells, services, first_visit, repairs, left, horizon)


def _due(fleet: Fleet, spells: Spells, odometers: Odometers, alive: Ints, last_day: Floats, last_km: Floats) -> Floats:
    cars = spells.car[alive]
    km = np.array([brand.interval_km for brand in BRAND_LIST])[fleet.brand[cars]]
    months = np.array([brand.interval_months for brand in BRAND_LIST])[fleet.brand[cars]]
    by_km = odometers.day_when(cars, last_km[alive] + km)
    return np.minimum(by_km, last_day[alive] + months * MONTH_DAYS)


def _late(rng: np.random.Generator, late_chance: Floats) -> Floats:
    """72% within two weeks around the due date, the rest one to three months after; whose turn it is stays personal."""
    near = rng.uniform(-12, 14, len(late_chance))
    far = rng.uniform(30, 92, len(late_chance))
    return np.where(rng.random(len(late_chance)) < late_chance, far, near)


def _hazard(fleet: Fleet, spells: Spells, odometers: Odometers, alive: Ints, day: Ints, *, is_first: bool) -> Floats:
    """Chance to leave at this service, by the warranty's age, with the owner's own loyalty."""
    cars = spells.car[alive]
    age = day - fleet.day[cars] + fleet.age_days[cars] * (fleet.age_days[cars] > 365)
    months = np.array([brand.warranty_months for brand in BRAND_LIST])[fleet.brand[cars]]
    limit = np.array([brand.warranty_km for brand in BRAND_LIST])[fleet.brand[cars]]
    covered = (age <= months * MONTH_DAYS + 20) & (odometers.at(cars, day) <= limit)
    after = ~covered & (age <= (months + 12) * MONTH_DAYS + 20)
    base = np.select([covered, after], [LEAVES_IN_WARRANTY, LEAVES_FIRST_YEAR_AFTER], LEAVES_LATER)
    base = base + (LEAVES_MORE_AT_FIRST if is_first else 0.0)
    logit = np.log(base / (1 - base)) + spells.loyalty[spells.owner[alive]]
    return np.asarray(1 / (1 + np.exp(-logit)))


def _repairs(
    rng: np.random.Generator,
    repairs: list[tuple[Ints, Ints]],
    alive: Ints,
    is_customer: Bools,
    last_day: Floats,
    until: Ints,
    horizon: int,
) -> None:
    """An ad-hoc repair in a third of the intervals of those who come to us."""
    room = until - last_day[alive]
    has = is_customer[alive] & (room > 45) & (rng.random(len(alive)) < REPAIR_PER_INTERVAL)
    day = (last_day[alive] + 15 + rng.random(len(alive)) * np.maximum(room - 25, 1)).astype(np.int64)
    has &= day < horizon
    repairs.append((alive[has], day[has]))


def _visits(
    rng: np.random.Generator,
    fleet: Fleet,
    spells: Spells,
    services: Services,
    first_visit: Bools,
    repairs: list[tuple[Ints, Ints]],
    left: Ints,
    horizon: int,
) -> Life:
    here = services.is_here
    first = np.flatnonzero(first_visit & (spells.start < horizon))
    first_kind = np.where(rng.random(len(first)) < 0.6, MAINTENANCE, REPAIR)
    tyre_spell, tyre_day = _tyres(rng, fleet.first, spells, left, horizon)
    repair_spell = np.concatenate([spell for spell, _ in repairs])
    repair_day = np.concatenate([day for _, day in repairs])
    spell = np.concatenate([services.spell[here], first, repair_spell, tyre_spell])
    day = np.concatenate([services.day[here], spells.start[first], repair_day, tyre_day])
    sizes = (int(here.sum()), len(repair_spell), len(tyre_spell))
    kind = np.concatenate(
        [np.full(sizes[0], MAINTENANCE), first_kind, np.full(sizes[1], REPAIR), np.full(sizes[2], TYRES)]
    )
    order = np.lexsort((kind, spell, day))
    return Life(services, spell[order], day[order], kind[order], left)


def _tyres(rng: np.random.Generator, first: date, spells: Spells, left: Ints, horizon: int) -> tuple[Ints, Ints]:
    """Those who keep to us for tyres come in April and in October or November."""
    users = np.flatnonzero(spells.is_seen & (rng.random(len(spells)) < TYRE_USERS))
    found: list[tuple[Ints, Ints]] = []
    last = first + timedelta(days=horizon)
    for year in range(first.year, last.year + 1):
        for opens, days in ((date(year, 4, 1), 30), (date(year, 10, 5), 45)):
            day = (opens - first).days + rng.integers(0, days, len(users))
            comes = rng.random(len(users)) < TYRES_PER_SEASON
            comes &= (day > spells.start[users] + 30) & (day < spells.end[users]) & (day >= 0) & (day < horizon)
            comes &= (left[users] < 0) | (day <= left[users])
            found.append((users[comes], day[comes]))
    return np.concatenate([spell for spell, _ in found]), np.concatenate([day for _, day in found])
