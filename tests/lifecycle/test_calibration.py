"""Population-wide numbers in versions: which one stands, and what a new one sets in motion."""

from __future__ import annotations

from datetime import date, timedelta

from dealercrm.accounts.models import Dealership
from lifecycle.library import Library
from lifecycle.models import Calibration, Standing
from lifecycle.rules.calibration import SHIPPED, Driving, Segment, segment_key
from lifecycle.rules.calibration import Calibration as Numbers
from tests.factories import make_customer, make_ownership
from tests.lifecycle.test_night import night


def stored(numbers: Numbers, on: date, *, kept: bool = True) -> Calibration:
    return Calibration.store(numbers, made_on=on, facts_from=on, facts_to=on, quality={}, kept=kept)


def test_the_shipped_numbers_stand_until_the_base_has_spoken(north: Dealership, today: date) -> None:
    assert Library().calibration == SHIPPED
    refused = stored(Numbers(), today, kept=False)
    assert Library().calibration == SHIPPED
    kept = stored(Numbers(), today)
    assert (refused.version, kept.version) == (1, 2)
    assert Library().calibration.version == Calibration.objects.current_version() == 2


def test_a_new_version_has_every_car_judged_again_and_says_so_on_its_row(north: Dealership, today: date) -> None:
    car = make_ownership(make_customer(north), north, started_on=today - timedelta(days=200))
    make = car.vehicle.make_id
    night(north, today)
    before = Standing.objects.get(ownership=car)
    assert before.calibration_version == 0
    assert not night(north, today).counts.get("judged")
    fast = Segment(40000, between=0.2, within=0.05, cars=500)
    stored(Numbers(driving=Driving({segment_key(make, is_company=False): fast})), today)
    assert night(north, today).counts["judged"] == 1
    after = Standing.objects.get(ownership=car)
    assert (after.calibration_version, after.km_per_year) == (1, 40000)
    assert before.due_on
    assert after.due_on
    assert after.due_on < before.due_on
