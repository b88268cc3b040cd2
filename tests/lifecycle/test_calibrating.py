"""The monthly refit over the database: from a base to a stored version, once a month."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from dealercrm.accounts.models import Dealership
from dealercrm.demo.seeding import Report, write_demo
from lifecycle.calibrating import calibrate, is_calibration_due, is_unseen
from lifecycle.library import Library
from lifecycle.models import Calibration, Standing
from lifecycle.nights import start_night, work_on
from lifecycle.rules.calibration import SHIPPED
from tests.factories import moment

TODAY = date(2026, 3, 16)


@pytest.fixture
def base(db: None, tmp_path: Path) -> list[Dealership]:
    demo = write_demo(vehicles=1500, seed=70_001, today=TODAY, now=moment(TODAY), var_dir=tmp_path, report=Report())
    return demo.stores


def test_a_base_teaches_its_numbers_and_the_next_night_uses_them(base: list[Dealership]) -> None:
    row = calibrate(TODAY)
    assert row is not None
    assert row.is_kept
    assert (row.version, row.made_on, row.facts_to) == (1, TODAY, TODAY)
    assert row.facts_from < TODAY - timedelta(days=3000)
    assert row.quality["year"]["fitted_on"] > 500
    assert row.quality["year"]["new"]["auc"] > 0.8
    assert row.quality["driving"]["kept"], row.quality["driving"]
    numbers = Library().calibration
    assert numbers == row.numbers()
    assert numbers.driving.segments
    assert "mass" in numbers.spend
    run = start_night(base[0], on=TODAY, now=moment(TODAY, 3))
    assert run is not None
    work_on(run, clock=lambda: moment(TODAY, 3))
    judged = Standing.objects.filter(dealership=base[0]).exclude(health=None)
    assert {standing.calibration_version for standing in judged} == {1}
    assert judged.exclude(value_24m=None).count() > 300
    assert {standing.rfm_m for standing in judged} >= {1, 2, 3, 4, 5}


def test_the_same_facts_teach_the_same_numbers_and_are_asked_once_a_month(base: list[Dealership]) -> None:
    assert not is_calibration_due(moment(TODAY, 3))
    assert is_calibration_due(moment(TODAY, 5))
    first = calibrate(TODAY, sample=800)
    assert not is_calibration_due(moment(TODAY + timedelta(days=10), 5))
    assert is_calibration_due(moment(date(2026, 4, 1), 5))
    Calibration.objects.all().delete()
    again = calibrate(TODAY, sample=800)
    assert first is not None
    assert again is not None
    assert first.parameters == again.parameters


def test_a_small_base_keeps_the_shipped_points(north: Dealership) -> None:
    assert not is_calibration_due(moment(TODAY, 5))
    assert Library().calibration == SHIPPED


def test_the_command_says_what_was_kept_and_a_small_base_keeps_better_points_of_a_large_one(
    base: list[Dealership],
) -> None:
    out = StringIO()
    call_command("calibrate", "--date", "2026-03-16", stdout=out)
    assert "version 1: kept" in out.getvalue()
    assert "year: as before, AUC 0." in out.getvalue()
    assert "spend: kept" in out.getvalue()


def test_a_quarter_of_the_customers_is_kept_for_the_comparison() -> None:
    assert 0.22 < sum(is_unseen(number) for number in range(10_000)) / 10_000 < 0.28
