"""Forecasts on a simulated base whose truth is known, with a seed that nothing was developed on.

A smaller benchmarks/forecasts.py: the numbers are fitted on one world and tested on another.
"""

from __future__ import annotations

import pytest

from benchmarks.forecasts import TODAY, facts_of, fitted, odometer_figures, return_figures
from dealercrm.demo.world.making import World, make_world
from lifecycle.estimating.refit import Estimate
from lifecycle.rules.calibration import SHIPPED, Calibration
from lifecycle.rules.facts import Facts

FITTED_ON, TESTED_ON = 3, 86_028_121


@pytest.fixture(scope="module")
def estimate() -> Estimate:
    return fitted(make_world(vehicles=5000, seed=FITTED_ON, today=TODAY))


@pytest.fixture(scope="module")
def unseen() -> tuple[World, list[Facts]]:
    world = make_world(vehicles=9000, seed=TESTED_ON, today=TODAY)
    return world, facts_of(world)


def test_the_odometer_of_90_days_ahead_is_closer_than_a_constant_and_its_interval_is_honest(
    estimate: Estimate, unseen: tuple[World, list[Facts]]
) -> None:
    figures = odometer_figures(*unseen, estimate.numbers)
    assert figures.flat_error > 3800
    assert figures.median_error <= 2400
    assert 0.77 <= figures.inside <= 0.83


@pytest.mark.parametrize("source", ["shipped", "calibrated"])
def test_the_scorecard_tells_better_than_any_single_rule_who_comes_within_a_year(
    source: str, estimate: Estimate, unseen: tuple[World, list[Facts]]
) -> None:
    numbers: Calibration = SHIPPED if source == "shipped" else estimate.numbers
    figures = return_figures(unseen[1], numbers, TODAY)
    assert figures["auc"] >= 0.80
    assert figures["auc"] >= max(figures["rules"].values()) + 0.03


def test_what_the_scorecard_promises_is_what_comes(estimate: Estimate, unseen: tuple[World, list[Facts]]) -> None:
    for size, promised, came in return_figures(unseen[1], estimate.numbers, TODAY)["table"]:
        assert size > 100
        assert abs(promised - came) < 0.12


def test_the_points_of_a_month_tell_who_comes_within_30_days(
    estimate: Estimate, unseen: tuple[World, list[Facts]]
) -> None:
    figures = return_figures(unseen[1], estimate.numbers, TODAY, horizon=30)
    assert figures["auc"] >= max(0.70, max(figures["rules"].values()) + 0.1)


def test_more_is_driven_in_summer_as_the_generator_planted(estimate: Estimate) -> None:
    season = estimate.numbers.driving.season
    assert 1.05 < sum(season[4:9]) / 5 / (sum((*season[:4], *season[9:])) / 7) < 1.20


def test_a_refit_keeps_the_old_points_where_new_ones_are_worse_on_customers_it_has_not_seen(
    estimate: Estimate,
) -> None:
    """The points of 5,000 cars against those that only 1,500 could teach."""
    small = make_world(vehicles=1500, seed=FITTED_ON + 1, today=TODAY)
    again = fitted(small, estimate.numbers)
    year = again.quality["year"]
    assert year["new"]["log_loss"] > year["old"]["log_loss"]
    assert not year["kept"]
    assert again.numbers.year == estimate.numbers.year


def test_too_few_ownerships_teach_nothing_about_who_returns() -> None:
    few = fitted(make_world(vehicles=300, seed=8, today=TODAY))
    assert few.quality["year"] | {"fitted_on": 0, "unseen": 0} == {
        "kept": False, "why": "too_few", "fitted_on": 0, "unseen": 0,
    }  # fmt: skip
    assert few.numbers.year == SHIPPED.year
