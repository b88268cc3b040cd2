"""The vectors and intervals of DOMAIN section 8, and the textbooks they come from."""

from __future__ import annotations

import pytest

from campaigns.rules.measuring import (
    difference_of_means,
    difference_of_shares,
    needed_for,
    percentile,
    sample_ratio_p,
    t95,
    wilson,
)
from customers.rules.drawing import bucket, is_held_out


@pytest.mark.parametrize(("customer", "place"), [(1, 399), (2, 9488), (42, 2508)])
def test_the_assignment_is_that_of_the_specification(customer: int, place: int) -> None:
    assert bucket("due", "v1", customer) == place


def test_the_share_held_out_is_the_share_asked_for_and_another_salt_holds_out_others() -> None:
    held = {number for number in range(20_000) if is_held_out("due", "v1", number, 0.10)}
    assert len(held) == pytest.approx(2000, abs=120)
    others = {number for number in range(20_000) if is_held_out("due", "v2", number, 0.10)}
    assert len(held & others) == pytest.approx(200, abs=60)
    assert not any(is_held_out("due", "v1", number, 0.0) for number in range(500))


def test_newcombes_interval_of_his_own_paper() -> None:
    """Newcombe (1998), table II, example (a): 56/70 against 48/80."""
    found = difference_of_shares(56, 70, 48, 80)
    assert found.value == pytest.approx(0.2)
    assert found.low == pytest.approx(0.0524, abs=0.00005)
    assert found.high == pytest.approx(0.3339, abs=0.00005)
    assert found.is_certain


def test_newcombes_interval_of_nothing_against_nothing_stays_honest() -> None:
    """The same table, example (h): 10/10 against 0/10."""
    found = difference_of_shares(10, 10, 0, 10)
    assert (found.value, found.high) == pytest.approx((1.0, 1.0))
    assert found.low == pytest.approx(0.6075, abs=0.00005)
    assert not difference_of_shares(0, 10, 0, 20).is_certain


def test_wilsons_interval_of_the_textbook() -> None:
    """Newcombe (1998), table I: 81/263."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=0.00005)


@pytest.mark.parametrize(("freedom", "point"), [(1, 12.7062), (5, 2.5706), (10, 2.2281), (30, 2.0423), (1000, 1.9623)])
def test_students_points_are_those_of_the_table(freedom: float, point: float) -> None:
    assert t95(freedom) == pytest.approx(point, abs=0.0001)


def test_welchs_interval_of_two_groups_of_unequal_spread() -> None:
    """scipy.stats.ttest_ind(equal_var=False).confidence_interval() of the same numbers, no outlier to be cut."""
    stats = pytest.importorskip("scipy.stats")
    asked = [float(number % 7) * 10 for number in range(60)]
    held = [float(number % 13) * 4 for number in range(45)]
    theirs = stats.ttest_ind(asked, held, equal_var=False).confidence_interval()
    ours = difference_of_means(asked, held)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-6)


def test_one_gearbox_does_not_decide_what_a_campaign_earned() -> None:
    usual = [1000.0 + number for number in range(300)]
    with_gearbox = [*usual[:-1], 900_000.0]
    assert difference_of_means(with_gearbox, usual).value < 10
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5


def test_an_uneven_split_is_an_alarm_and_a_fair_one_is_none() -> None:
    assert sample_ratio_p(9000, 1000, 0.10) == pytest.approx(1.0)
    assert sample_ratio_p(8800, 1200, 0.10) < 0.001
    assert sample_ratio_p(8960, 1040, 0.10) > 0.001


def test_a_small_difference_needs_many_customers() -> None:
    """Fleiss: 8 points on a base of 50% at 95% and 80% power."""
    assert needed_for(0.08, 0.58, 0.50) == pytest.approx(606, abs=10)
    assert needed_for(0.04, 0.54, 0.50) > 3.5 * needed_for(0.08, 0.58, 0.50)
