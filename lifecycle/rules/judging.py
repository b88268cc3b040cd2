"""The one rule engine: facts in, judgement out. Night, screen, API and what-if all call `judge`."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from dealercrm.why import Why
from lifecycle.rules.calibration import SHIPPED, Calibration
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts, known_on
from lifecycle.rules.health import Health, health_of
from lifecycle.rules.kinds import KINDS, Purpose
from lifecycle.rules.life import NextCar, next_car
from lifecycle.rules.loyalty import loyalty_of
from lifecycle.rules.maintenance import Forecast, forecast
from lifecycle.rules.occasions import RULES, Candidate, Case, State
from lifecycle.rules.policy import LifecycleValues
from lifecycle.rules.repurchase import BuyingWindow, buying_window
from lifecycle.rules.selling import Score, probably_sold
from lifecycle.rules.stages import Place, place_of
from lifecycle.rules.worth import Worth, worth_of

RULES_VERSION = 9  # raise it with every change of a rule: the next night judges everything again

# Of a car that is probably sold nobody talks service or offers; what was arranged for it goes on.
WAITING_FOR_OWNER = frozenset(
    code
    for code, kind in KINDS.items()
    if kind.purpose in {Purpose.SERVICE, Purpose.MARKETING}
    and code not in {"data_check", "appointment_confirmation", "no_show"}
)


ENDED = Why("occasion.none.ended")
NO_STAGE = Why("occasion.none.no_stage")


class Judgement(NamedTuple):
    """What is true of one ownership on a day, and the first day on which any of it can differ.

    `absent` says for every kind without a candidate why there is none. An ownership that has ended, or has no
    stage, has no health, worth, loyalty or next car.
    """

    place: Place
    forecast: Forecast
    window: BuyingWindow | None
    candidates: tuple[Candidate, ...]
    absent: dict[str, Why]
    sold: Score
    evaluate_on: date | None
    health: Health | None = None
    worth: Worth | None = None
    loyalty: str = ""
    next_car: NextCar | None = None

    @property
    def open(self) -> list[Candidate]:
        return [item for item in self.candidates if item.state is State.OPEN]


def judge(
    facts: Facts,
    values: LifecycleValues,
    today: date,
    calibration: Calibration = SHIPPED,
    *,
    only_open: bool = False,
) -> Judgement:
    """Judge one ownership as of a local date; equal on every day before `evaluate_on`.

    `only_open`, for a night: candidates that are not open are left out, and the reasons in `absent` with them.
    """
    clock = Clock(today)
    known = known_on(facts, clock)
    current = forecast(known, values, calibration)
    window = buying_window(known, values, clock)
    place = place_of(known, current, window, values, clock)
    sold = probably_sold(known, current, values, clock)
    if place.stage in {"", "ended"}:
        reason = ENDED if place.stage else NO_STAGE
        absent = {} if only_open else dict.fromkeys(RULES, reason)
        return Judgement(place, current, window, (), absent, sold, clock.next_on)
    candidates, absent = _occasions(Case(known, current, window, values, clock, sold, only_open))
    health = health_of(known, current, calibration, clock)
    worth = worth_of(known, current, health, values, calibration, clock)
    return Judgement(
        place=place,
        forecast=current,
        window=window,
        candidates=candidates,
        absent=absent,
        sold=sold,
        health=health,
        worth=worth,
        loyalty=loyalty_of(known, worth, values, clock),
        next_car=next_car(known, window, calibration, clock),
        evaluate_on=clock.next_on,
    )


def _occasions(case: Case) -> tuple[tuple[Candidate, ...], dict[str, Why]]:
    """Every candidate, and for the kinds without one why there is none."""
    candidates: list[Candidate] = []
    absent: dict[str, Why] = {}
    sold, line = case.sold, case.values.probably_sold_line
    is_waiting = sold.points >= line
    for kind, rule in RULES.items():
        if is_waiting and kind in WAITING_FOR_OWNER:
            absent[kind] = Why("occasion.none.probably_sold", {"points": sold.points, "on": sold.since})
            continue
        found = rule(case)
        if isinstance(found, Why):
            absent[kind] = found
        else:
            for item in found:
                if item is not None:
                    candidates.append(item)
    return tuple(candidates), {} if case.only_open else absent
