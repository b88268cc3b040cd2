"""Who owns which car and for how long: first owners, cars of a family or a firm, trade-ins, second owners."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from dealercrm.demo.world.driving import FLEET, PRIVATE, Bools, Floats, Ints
from dealercrm.demo.world.sales import ELSEWHERE, NEW, USED, Fleet

STILL, SOLD, TRADED_IN, WRITTEN_OFF, MOVED_AWAY = range(5)
PERSON, COMPANY = 0, 1
WEIBULL_SHAPE = 2.6
SECOND_OWNERS_WHO_COME = 0.22
TRADE_INS_RESOLD = 0.6
BUYS_AGAIN = 0.22  # of private owners, when the ownership ends; spread by personal loyalty
WAITS_DAYS = 75  # for the next car, before buying it elsewhere


@dataclass(frozen=True)
class Spells:
    """Every true ownership, column by column; those nobody ever saw (`is_seen` false) stay out of the files."""

    car: Ints
    owner: Ints
    store: Ints
    how: Ints
    start: Ints
    end: Ints  # the true last day; beyond the horizon where it goes on
    end_kind: Ints
    is_seen: Bools
    is_second: Bools
    owner_kind: Ints  # by owner, not by spell
    loyalty: Floats  # by owner: shift in logits of the hazard to leave; below zero stays longer
    late_chance: Floats  # by owner: how often a service is one to three months late

    def __len__(self) -> int:
        return len(self.car)


def cars_find_owners(rng: np.random.Generator, fleet: Fleet, *, horizon: int) -> Spells:
    """First owners in the order of the sales (so that a trade-in can pay for a next car), then second owners."""
    count = len(fleet)
    most = 2 * count
    loyalty = rng.normal(0, 0.6, most)
    late_chance = rng.beta(1.4, 3.6, most)
    months = fleet.numbers_of_brand("first_ownership_months") * np.where(fleet.how == NEW, 1.0, 0.75)
    length = 30.4375 * months * (rng.exponential(1.0, count) / np.log(2)) ** (1 / WEIBULL_SHAPE)
    end = fleet.day + np.maximum(length, 60).astype(np.int64)
    end_kind = rng.choice((SOLD, WRITTEN_OFF, MOVED_AWAY), size=count, p=(0.90, 0.05, 0.05))
    wants_again = (fleet.use == PRIVATE) & (
        rng.random(count) < 1 / (1 + np.exp(-(np.log(BUYS_AGAIN / (1 - BUYS_AGAIN)) - loyalty[:count])))
    )
    owner, kinds = _first_owners(rng, fleet, end, end_kind, wants_again)
    end_kind = np.where(end > horizon, STILL, end_kind)
    first = (np.arange(count), owner, fleet.store, fleet.how, fleet.day, end, end_kind, np.ones(count, dtype=bool))
    second = _second_owners(rng, fleet, end, end_kind, horizon, next_owner=len(kinds))
    car, owner, store, how, start, end, end_kind, is_seen = (
        np.concatenate(pair) for pair in zip(first, second, strict=True)
    )
    owners = len(kinds) + len(second[0])
    return Spells(
        car, owner, store, how, start, end, end_kind, is_seen,
        is_second=np.arange(len(car)) >= count,
        owner_kind=np.array(kinds + [PERSON] * len(second[0]), dtype=np.int64),
        loyalty=loyalty[:owners],
        late_chance=late_chance[:owners],
    )  # fmt: skip


def _first_owners(
    rng: np.random.Generator, fleet: Fleet, end: Ints, end_kind: Ints, wants_again: Bools
) -> tuple[Ints, list[int]]:
    """The owner of every car in its first spell; a repurchase closes the old spell on the day of the new sale."""
    draw = rng.random((len(fleet), 3))
    owner = np.zeros(len(fleet), dtype=np.int64)
    kinds: list[int] = []
    waiting: tuple[list[tuple[int, int]], ...] = ([], [])
    firms: tuple[list[int], ...] = ([], [])
    people: tuple[list[int], ...] = ([], [])

    def somebody_new(kind: int, pool: list[int]) -> int:
        kinds.append(kind)
        pool.append(len(kinds) - 1)
        return len(kinds) - 1

    for car in range(len(fleet)):
        day, store = int(fleet.day[car]), int(fleet.store[car])
        chance, pick, third = draw[car]
        if fleet.use[car] == FLEET or (fleet.use[car] != PRIVATE and third < 0.5) or third > 0.985:
            known = firms[store] and chance < 0.75
            owner[car] = firms[store][int(pick * len(firms[store]))] if known else somebody_new(COMPANY, firms[store])
            continue
        before = _buys_again(waiting[store], day) if fleet.how[car] != ELSEWHERE else None
        if before is not None:
            owner[car] = owner[before]
            if chance < 0.75:
                end[before], end_kind[before] = day, TRADED_IN
        elif people[store] and chance < 0.05:
            owner[car] = people[store][int(pick * len(people[store]))]
        else:
            owner[car] = somebody_new(PERSON, people[store])
        if wants_again[car]:
            heapq.heappush(waiting[store], (int(end[car]), car))
    return owner, kinds


def _buys_again(waiting: list[tuple[int, int]], day: int) -> int | None:
    """The car whose owner takes this sale as the next one; who waited too long bought elsewhere."""
    while waiting and waiting[0][0] <= day:
        wanted, car = heapq.heappop(waiting)
        if day - wanted <= WAITS_DAYS:
            return car
    return None


def _second_owners(
    rng: np.random.Generator, fleet: Fleet, end: Ints, end_kind: Ints, horizon: int, *, next_owner: int
) -> tuple[np.ndarray, ...]:
    cars = np.flatnonzero((end < horizon) & ((end_kind == SOLD) | (end_kind == TRADED_IN)))
    draw = rng.random(len(cars))
    resold = (end_kind[cars] == TRADED_IN) & (draw < TRADE_INS_RESOLD)
    comes = (end_kind[cars] == SOLD) & (draw < SECOND_OWNERS_WHO_COME)
    wait = np.where(resold, 8 + rng.exponential(30, len(cars)), 10 + rng.exponential(140, len(cars)))
    start = end[cars] + np.where(resold | comes, wait, 1).astype(np.int64)
    length = 30.4375 * 50 * (rng.exponential(1.0, len(cars)) / np.log(2)) ** (1 / WEIBULL_SHAPE)
    second_end = start + np.maximum(length, 90).astype(np.int64)
    kind = np.where(second_end > horizon, STILL, SOLD)
    how = np.where(resold, USED, ELSEWHERE)
    owners = next_owner + np.arange(len(cars))
    return cars, owners, fleet.store[cars], how, start, second_end, kind, resold | comes
