"""Freireich et al. (1963): remission of leukaemia under 6-MP, weeks; the example of every textbook of survival."""

from __future__ import annotations

import pytest

from lifecycle.estimating.survival import kaplan_meier, median_of

REMISSIONS = (6, 6, 6, 7, 10, 13, 16, 22, 23)
STILL = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)


def test_kaplan_and_meiers_curve_of_the_6_mp_group() -> None:
    durations = [float(week) for week in (*REMISSIONS, *STILL)]
    curve = dict(kaplan_meier(durations, [True] * len(REMISSIONS) + [False] * len(STILL)))
    assert curve[6] == pytest.approx(0.857, abs=0.0005)
    assert curve[10] == pytest.approx(0.753, abs=0.0005)
    assert curve[23] == pytest.approx(0.448, abs=0.0005)
    assert median_of(sorted(curve.items())) == 23


def test_nobody_who_only_left_the_study_moves_the_curve() -> None:
    assert kaplan_meier([3.0, 5.0], [False, False]) == []
