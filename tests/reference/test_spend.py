"""Gamma-Gamma on CDNOW's sample, as Fader and Hardie publish it. The data lie in the `lifetimes` package."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import pytest

from lifecycle.estimating.spend import fit_gamma_gamma
from lifecycle.rules.calibration import Spend
from lifecycle.rules.worth import spend_of_a_visit


def repeat_buyers() -> tuple[list[int], list[float]]:
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        pytest.skip("the data set's package is not installed")
    path = Path(found.origin).parent / "datasets" / "cdnow_customers_summary_with_transactions.csv"
    with path.open(newline="") as file:
        rows = [(int(row["x"]), float(row["zbar"])) for row in csv.DictReader(file)]
    kept = [row for row in rows if row[0] > 0]
    return [count for count, _ in kept], [mean for _, mean in kept]


def test_gamma_gamma_finds_the_published_parameters_of_cdnow() -> None:
    visits, means = repeat_buyers()
    assert len(visits) == 946
    fit = fit_gamma_gamma(visits, means)
    assert fit.p == pytest.approx(6.25, abs=0.01)
    assert fit.q == pytest.approx(3.74, abs=0.01)
    assert fit.gamma == pytest.approx(15.44, abs=0.05)
    assert fit.log_likelihood == pytest.approx(-4055.92, abs=0.01)


def test_a_single_visit_is_drawn_to_the_mean_and_many_visits_are_believed() -> None:
    """Fader and Hardie (2013), table of conditional expectations: the population's mean is p gamma / (q - 1)."""
    spend = Spend(p=6.25, q=3.74, gamma=15.44, visits_per_interval=1.0, retention=())
    mean = 6.25 * 15.44 / 2.74
    assert spend_of_a_visit(spend, []) == pytest.approx(mean)
    assert mean < spend_of_a_visit(spend, [100]) < 100
    assert spend_of_a_visit(spend, [100] * 500) == pytest.approx(100, rel=0.01)
