"""How true ownerships become the store's files: which ends are heard of, which card a clerk takes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from dealercrm.demo.world import sales
from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.owners import MOVED_AWAY, SOLD, TRADED_IN, WRITTEN_OFF, Spells
from dealercrm.demo.world.records import Person, Spell
from dealercrm.demo.world.sales import BRAND_LIST, Fleet

WE_HEARD_OF_IT = {SOLD: 0.3, WRITTEN_OFF: 0.4, MOVED_AWAY: 0.4}
END_REASONS = {SOLD: "sold", TRADED_IN: "traded_in", WRITTEN_OFF: "written_off", MOVED_AWAY: "moved_away"}


class Filing:
    """How true ownerships become the store's files: which ends are heard of, which card a clerk takes."""

    def __init__(
        self,
        rng: np.random.Generator,
        fleet: Fleet,
        spells: Spells,
        people: list[Person],
        card_of: dict[int, int],
        second_card: dict[int, int],
        today: date,
    ) -> None:
        self.dice = Dice(rng)
        self.fleet, self.spells, self.people = fleet, spells, people
        self.card_of, self.second_card = card_of, second_card
        self.today = today

    def day(self, number: int) -> date:
        return self.fleet.first + timedelta(days=number)

    def card(self, row: int, on: date, *, always: bool = False) -> int:
        """The card of the owner of a true spell on a day: of those filed twice, sometimes the second."""
        owner = int(self.spells.owner[row])
        second = self.second_card.get(owner)
        if second is not None and on >= self.people[second].known_since and (always or self.dice.chance(0.6)):
            return second
        return self.card_of[owner]

    def ownerships(self) -> tuple[list[Spell], list[int]]:
        """Spells as filed, and the row of the true spell behind each; by car, then by time."""
        spells, known, rows = self.spells, list[Spell](), list[int]()
        today = (self.today - self.fleet.first).days
        seen = np.flatnonzero(spells.is_seen & (spells.start < today))
        next_start = {int(spells.car[row]): int(spells.start[row]) for row in seen if spells.is_second[row]}
        for row in seen[np.lexsort((spells.start[seen], spells.car[seen]))].tolist():
            car, how = int(spells.car[row]), int(spells.how[row])
            started = self.day(int(spells.start[row]))
            ended, reason = self._end(row, today, None if spells.is_second[row] else next_start.get(car))
            price = None
            if how != sales.ELSEWHERE:
                price = self._price(car, row)
            acquired = ("new", "used", "elsewhere")[how]
            customer = self.card(row, started, always=True)
            known.append(Spell(car, customer, int(spells.store[row]), acquired, started, ended, reason, price))
            rows.append(row)
        return known, rows

    def _end(self, row: int, today: int, next_start: int | None) -> tuple[date | None, str]:
        end, kind = int(self.spells.end[row]), int(self.spells.end_kind[row])
        if kind == TRADED_IN and end <= today:
            return self.day(end), "traded_in"
        if next_start is not None:
            return self.day(next_start), "sold"
        if end < today and kind in WE_HEARD_OF_IT and self.dice.chance(WE_HEARD_OF_IT[kind]):
            return self.day(end), END_REASONS[kind]
        return None, ""

    def _price(self, car: int, row: int) -> int:
        brand = BRAND_LIST[self.fleet.brand[car]]
        years = (int(self.spells.start[row]) - int(self.fleet.day[car]) + int(self.fleet.age_days[car])) / 365
        list_price: float = brand.models[self.fleet.model[car]].price * self.dice.between(0.9, 1.15)
        level = 0.93 ** max(2024 - self.day(int(self.spells.start[row])).year, 0)
        return int(round(list_price * level * 0.9 ** max(years - 0.5, 0), -3))
