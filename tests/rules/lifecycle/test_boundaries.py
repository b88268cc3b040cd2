"""A night may skip what it need not judge: nothing can differ before `evaluate_on`."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.rules.clock import Clock
from lifecycle.rules.facts import Facts
from lifecycle.rules.judging import judge
from tests.rules.lifecycle.histories import CALIBRATED, VALUES, days, histories


def test_a_clock_remembers_the_first_day_that_has_not_come() -> None:
    clock = Clock(date(2026, 3, 16))
    assert clock.reached(date(2026, 3, 16))
    assert clock.next_on is None
    assert not clock.reached(date(2026, 4, 1))
    assert not clock.reached(date(2026, 3, 20))
    assert not clock.reached(None)
    assert clock.next_on == date(2026, 3, 20)


def test_a_window_is_left_on_the_day_after_its_last() -> None:
    clock = Clock(date(2026, 3, 16))
    assert clock.within(date(2026, 3, 1), date(2026, 3, 16))
    assert clock.next_on == date(2026, 3, 17)


@settings(max_examples=300, deadline=None)
@given(histories, days, st.floats(0, 1))
def test_nothing_differs_before_the_day_to_judge_again(history: Facts, today: date, share: float) -> None:
    now = judge(history, VALUES, today, CALIBRATED)
    if now.evaluate_on is None:
        later = date(2045, 1, 1)
    else:
        assert now.evaluate_on > today
        later = now.evaluate_on - timedelta(days=1)
    between = today + timedelta(days=round(share * (later - today).days))
    assert judge(history, VALUES, later, CALIBRATED) == now
    assert judge(history, VALUES, between, CALIBRATED) == now


@settings(max_examples=300, deadline=None)
@given(histories, days)
def test_a_night_that_judges_only_what_is_open_finds_the_same(history: Facts, today: date) -> None:
    whole = judge(history, VALUES, today, CALIBRATED)
    brief = judge(history, VALUES, today, CALIBRATED, only_open=True)
    assert brief.open == whole.open == list(brief.candidates)
    assert brief._replace(candidates=whole.candidates, absent=whole.absent) == whole


@settings(max_examples=200, deadline=None)
@given(histories, days)
def test_a_later_fact_is_unknown_to_an_earlier_day(history: Facts, today: date) -> None:
    """A replay of a past date knows nothing that is dated after it."""
    known = history._replace(
        visits=tuple(visit for visit in history.visits if visit.on <= today),
        readings=tuple(reading for reading in history.readings if reading.on <= today),
        touches=tuple(touch for touch in history.touches if touch.on <= today),
    )
    replayed, then = judge(history, VALUES, today), judge(known, VALUES, today)
    assert replayed._replace(evaluate_on=None) == then._replace(evaluate_on=None)
