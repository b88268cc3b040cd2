"""Health as the night keeps it: on the standing, a row a month, and an alarm when it falls."""

from __future__ import annotations

from datetime import date, timedelta

from dealercrm.accounts.models import Dealership
from lifecycle.models import Calibration, HealthAlert, HealthMonth, LifecyclePolicy, Standing
from lifecycle.models.health import first_of_last_month
from lifecycle.rules.calibration import SHIPPED_YEAR
from lifecycle.rules.calibration import Calibration as Numbers
from tests.factories import make_customer, make_ownership, make_visit
from tests.lifecycle.test_night import night
from vehicles.models import Ownership

VISIT = date(2026, 1, 20)


def a_regular(store: Dealership) -> Ownership:
    """Bought three years ago, every January here; without a visit the January after, health falls."""
    car = make_ownership(make_customer(store), store, started_on=date(2023, 1, 20))
    for year in (2024, 2025, 2026):
        make_visit(car, date(year, 1, 20), total=15000)
    return car


def test_the_night_writes_health_loyalty_and_frequency_beside_the_stage(north: Dealership) -> None:
    car = a_regular(north)
    night(north, VISIT + timedelta(days=10))
    standing = Standing.objects.get(ownership=car)
    assert standing.health is not None
    assert standing.health > 50
    assert (standing.loyalty, standing.visits_24m, standing.rfm_r, standing.rfm_f) == ("loyal", 2, 5, 4)
    assert standing.value_24m is None  # no calibration has seen what visits cost
    assert len(standing.forecasts["health_points"]) == len(standing.forecasts["health_bands"])
    assert standing.forecasts["next_car_in_year"] > 0


def test_a_month_ends_with_what_the_next_change_finds_and_months_without_a_row_are_read_on(north: Dealership) -> None:
    car = a_regular(north)
    night(north, date(2026, 2, 3))
    first = Standing.objects.get(ownership=car).health
    assert not HealthMonth.objects.exists()
    for number in range(1, 420):
        night(north, date(2026, 2, 3) + timedelta(days=number))
    last = Standing.objects.get(ownership=car).health
    today = date(2026, 2, 3) + timedelta(days=419)
    months = HealthMonth.objects.of(car.pk, today=today, months=14, now=last)
    assert [month for month, _ in months][:2] == [date(2026, 2, 1), date(2026, 3, 1)]
    assert months[-1] == (today.replace(day=1), last)
    assert months[0][1] is not None
    assert first is not None
    assert abs(months[0][1] - first) < 15
    assert HealthMonth.objects.filter(ownership=car).count() <= 13


def test_a_fall_of_the_policys_points_since_the_end_of_last_month_raises_one_alarm_a_month(north: Dealership) -> None:
    car = a_regular(north)
    LifecyclePolicy.of(north).change({"health_fall_points": 4})
    day = date(2026, 2, 3)
    while day < date(2027, 6, 1):
        night(north, day)
        day += timedelta(days=1)
    alerts = list(HealthAlert.objects.filter(ownership=car).order_by("on"))
    assert alerts
    assert all(alert.was - alert.now >= 4 for alert in alerts)
    assert all(alert.month == alert.on.replace(day=1) for alert in alerts)
    assert len({alert.month for alert in alerts}) == len(alerts)
    for alert in alerts:
        known = HealthMonth.objects.filter(ownership=car, month=first_of_last_month(alert.on)).first()
        assert known is None or known.health == alert.was


def test_new_points_alone_raise_no_alarm(north: Dealership) -> None:
    """A month begins with a new calibration by which everybody stands lower."""
    car = a_regular(north)
    night(north, date(2026, 2, 10))
    before = Standing.objects.get(ownership=car).health
    lower = SHIPPED_YEAR.__class__(SHIPPED_YEAR.base - 40, SHIPPED_YEAR.points)
    on = date(2026, 3, 1)
    Calibration.store(Numbers(year=lower), made_on=on, facts_from=on, facts_to=on, quality={}, kept=True)
    night(north, on)
    after = Standing.objects.get(ownership=car).health
    assert before is not None
    assert after is not None
    assert before - after >= 15
    assert not HealthAlert.objects.exists()
    assert HealthMonth.objects.get(ownership=car).health == before


def test_a_policy_of_nought_raises_no_alarm(north: Dealership) -> None:
    a_regular(north)
    LifecyclePolicy.of(north).change({"health_fall_points": 0})
    for month in range(2, 13):
        night(north, date(2026, month, 10))
    assert not HealthAlert.objects.exists()
