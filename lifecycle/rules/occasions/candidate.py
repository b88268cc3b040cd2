"""One possible reason to talk, and what became of it by the day that is judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from dealercrm.why import Why
from lifecycle.rules.calendar import add_days
from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts
from lifecycle.rules.maintenance import Forecast
from lifecycle.rules.policy import LifecycleValues
from lifecycle.rules.repurchase import BuyingWindow
from lifecycle.rules.selling import Score


class State(StrEnum):
    AHEAD = "ahead"
    OPEN = "open"
    SERVED = "served"
    EXPIRED = "expired"


class Candidate(NamedTuple):
    """A dated reason to talk. `cycle` names the fact that opened it, never a computed date."""

    kind: str
    cycle: str
    opens_on: date
    due_on: date
    closes_on: date
    why: Why
    state: State
    evidence: Mapping[str, Any] = {}
    is_safety_work: bool = False
    answer: Why | None = None


class Case(NamedTuple):
    """What every occasion rule is given: the known facts, the forecasts, the policy and the clock.

    `only_open`: nobody will read of what is not open, so candidates in another state are left out.
    """

    facts: Facts
    forecast: Forecast
    window: BuyingWindow | None
    values: LifecycleValues
    clock: Clock
    sold: Score
    only_open: bool = False


Found = tuple[Candidate | None, ...] | Why  # candidates (None: left out), or the reason why there is none


def candidate(
    case: Case,
    kind: str,
    cycle: str,
    from_day: date,
    window: tuple[int, int, int],
    said: Mapping[str, Any],
    *,
    evidence: Mapping[str, Any] | None = None,
    is_safety_work: bool = False,
    answer: Why | None = None,
    code: str = "",
) -> Candidate | None:
    """A candidate whose window lies (opens, due, closes) days from a day; `answer` is the fact that served it.

    `said` are the parameters of its sentence, `occasion.<kind>` unless a `code` is given; days in the evidence
    are kept as ISO text.
    """
    opens, due, closes = window
    if case.only_open and (answer or case.clock.passed(add_days(from_day, closes))):
        return None
    dates = add_days(from_day, opens), add_days(from_day, due), add_days(from_day, closes)
    return dated(case, kind, cycle, dates, said, evidence, is_safety_work=is_safety_work, answer=answer, code=code)


def dated(
    case: Case,
    kind: str,
    cycle: str,
    dates: tuple[date, date, date],
    said: Mapping[str, Any],
    evidence: Mapping[str, Any] | None = None,
    *,
    is_safety_work: bool = False,
    answer: Why | None = None,
    code: str = "",
) -> Candidate | None:
    """The same with the three dates given; a window never closes before it opens."""
    opens_on, due_on, closes_on = dates
    if closes_on < opens_on:
        closes_on = opens_on
    if answer:
        state = State.SERVED
    elif case.clock.passed(closes_on):
        state = State.EXPIRED
    else:
        state = State.OPEN if case.clock.reached(opens_on) else State.AHEAD
    if case.only_open and state is not State.OPEN:
        return None
    why = Why(code or f"occasion.{kind}", said)
    known = {name: value.isoformat() if isinstance(value, date) else value for name, value in (evidence or {}).items()}
    return Candidate(kind, cycle, opens_on, due_on, closes_on, why, state, known, is_safety_work, answer)
