"""The life table beside the policy's window: chances, signals, and what the customer said."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pytest

from lifecycle.estimating.survival import Owned, estimate_life
from lifecycle.rules.calibration import Calibration
from lifecycle.rules.facts import CoverFact, Market, RefusalFact
from lifecycle.rules.judging import judge
from lifecycle.rules.life import LONGEST, NextCar, weibull
from tests.rules.lifecycle.histories import CALIBRATED, SOLD, VALUES, facts

KIA = Market(km_per_year=15000, make_id=7, first_ownership_months=77)
NOW = SOLD + timedelta(days=900)


def next_car(today: date = NOW, calibration: Calibration = CALIBRATED, **fields: Any) -> NextCar | None:
    return judge(facts(market=KIA, **fields), VALUES, today, calibration).next_car


def test_without_a_table_half_of_the_owners_have_changed_at_the_makes_median() -> None:
    table = weibull(77)
    assert 1 - math.exp(-table[77]) == pytest.approx(0.5)
    cold = next_car(calibration=Calibration())
    assert cold is not None
    assert cold.in_window is not None
    assert 0 < cold.in_window < cold.in_year < 50


def test_the_window_and_the_year_are_read_from_the_makes_table() -> None:
    """The table of the test is H(m) = 0.0001 m²; the window of a mass brand is months 34 to 38."""
    found = next_car()
    assert found is not None
    assert found.in_window == pytest.approx(100 * (1 - math.exp(-0.0001 * (38**2 - 34**2))), abs=1)
    months = math.floor(900 / (365.25 / 4)) * 3
    assert found.in_year == pytest.approx(100 * (1 - math.exp(-0.0001 * ((months + 12) ** 2 - months**2))), abs=1)


def test_the_end_of_a_finance_contract_raises_the_chance() -> None:
    plain = next_car()
    signal = next_car(covers=(CoverFact(1, "finance", "", None, SOLD + timedelta(days=1095)),))
    assert plain is not None
    assert signal is not None
    assert signal.in_window is not None
    assert plain.in_window is not None
    assert signal.in_window > 1.5 * plain.in_window
    assert signal.finance_ends_on == SOLD + timedelta(days=1095)


def test_who_keeps_the_car_for_a_term_is_not_expected_to_change_it_before() -> None:
    until = NOW + timedelta(days=300)
    kept, plain = next_car(refusals=(RefusalFact(NOW, "repurchase", until),)), next_car()
    assert kept is not None
    assert plain is not None
    assert kept.in_window == 0
    assert kept.in_year < plain.in_year / 2
    assert kept.keeps_until == until
    later = next_car(until, refusals=(RefusalFact(NOW, "repurchase", until),))
    assert later is not None
    assert later.keeps_until is None


def test_who_keeps_the_car_for_good_has_no_forecast() -> None:
    assert next_car(refusals=(RefusalFact(NOW, "repurchase", None),)) is None


def test_a_table_lies_between_its_own_ends_the_configured_median_and_the_pool() -> None:
    """Cars of a make that all change at 24 months: the more of them, the less the median of 60 matters."""
    few = estimate_life([Owned("1", 60, 24.5, has_ended=True) for _ in range(10)])
    many = estimate_life([Owned("1", 60, 24.5, has_ended=True) for _ in range(2000)])
    prior = weibull(60)
    assert prior[30] < few.tables["1"][30] < many.tables["1"][30]
    assert len(many.tables["1"]) == LONGEST + 1


def test_an_open_ownership_counts_until_it_was_last_heard_of() -> None:
    gone_quiet = [Owned("1", 60, 12.0, has_ended=False) for _ in range(500)]
    ended = [Owned("1", 60, 24.0, has_ended=True) for _ in range(500)]
    with_quiet, without = estimate_life([*gone_quiet, *ended]), estimate_life(ended)
    assert with_quiet.tables["1"][6] == pytest.approx(without.tables["1"][6], abs=0.01)
