"""The Net Promoter Score and its interval."""

import pytest

from vehicles.rules.nps import net_promoter


def test_nobody_has_no_score() -> None:
    assert net_promoter(0, 0, 0) is None


def test_the_score_is_promoters_less_detractors_of_a_hundred() -> None:
    score = net_promoter(70, 20, 10)
    assert score is not None
    assert (score.points, score.number) == (60, 100)


def test_the_interval_is_adjusted_walds() -> None:
    """By hand: n + 3 = 103, up = 70.75 / 103, down = 10.75 / 103, middle .58252,
    spread sqrt((.79126 - .33933) / 103) = .06624, times 1.96 = .12983."""
    score = net_promoter(70, 20, 10)
    assert score is not None
    assert (score.low, score.high) == (45, 71)


def test_two_friendly_answers_do_not_prove_that_everybody_is_content() -> None:
    score = net_promoter(2, 0, 0)
    assert score is not None
    assert score.points == 100
    assert score.low < 0
    assert score.high <= 100


@pytest.mark.parametrize("counts", [(0, 0, 500), (500, 0, 0), (0, 500, 0), (1, 1, 1)])
def test_the_bounds_stay_on_the_scale_and_hold_the_score(counts: tuple[int, int, int]) -> None:
    score = net_promoter(*counts)
    assert score is not None
    assert -100 <= score.low <= score.high <= 100
