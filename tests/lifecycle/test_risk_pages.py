"""Who is about to leave: the lists a manager works from, and the page that says how good the forecasts are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from dealercrm.accounts.models import Dealership, User
from lifecycle.health_words import band_words
from lifecycle.models import Calibration, HealthAlert, Standing
from lifecycle.rules.actions import recommend
from lifecycle.rules.calibration import SHIPPED
from lifecycle.rules.health import PARTS
from tests.factories import make_customer, make_ownership
from vehicles.models import Ownership

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _on_that_day(time_machine_at: Callable[[str], None]) -> None:
    time_machine_at("2026-03-16T11:00:00+03:00")


def a_standing(store: Dealership, today: date, name: str, **fields: Any) -> Standing:
    car: Ownership = make_ownership(make_customer(store, name=name), store)
    defaults: dict[str, Any] = {
        "stage": "retention", "substage": "overdue", "why": {}, "since": today, "facts_version": 1,
        "judged_on": today, "due_on": today - timedelta(days=40), "health": 45, "chance_soon": 6, "value_24m": 20000,
        "last_visit_on": today - timedelta(days=400),
    }  # fmt: skip
    return Standing.objects.create(ownership=car, customer=car.customer, dealership=store, **(defaults | fields))


def test_at_risk_are_those_who_are_due_and_will_hardly_come_by_themselves(
    north: Dealership, south: Dealership, boris: User, as_user: AsUser, today: date
) -> None:
    a_standing(north, today, "Тихий Пётр")
    a_standing(north, today, "Верный Иван", chance_soon=40)
    a_standing(north, today, "Записан Олег", substage="booked")
    a_standing(north, today, "Спящий Илья", stage="dormant", substage="quiet")
    a_standing(north, today, "Ранний Егор", due_on=today + timedelta(days=120), substage="on_schedule")
    a_standing(south, today, "Чужой Глеб")
    page = as_user(boris).get("/base/at-risk/").content.decode()
    assert "Тихий" in page
    assert "20" in page
    assert not any(name in page for name in ("Верный", "Записан", "Спящий", "Ранний", "Чужой"))


def test_a_fall_of_health_puts_on_the_list_until_the_customer_comes(
    north: Dealership, boris: User, as_user: AsUser, today: date
) -> None:
    row = a_standing(north, today, "Тихий Пётр", chance_soon=40, substage="on_schedule", due_on=None)
    HealthAlert.objects.create(
        ownership=row.ownership, customer=row.customer, dealership=north, on=today - timedelta(days=3),
        month=today.replace(day=1), was=80, now=45,
    )  # fmt: skip
    page = as_user(boris).get("/base/at-risk/").content.decode()
    assert "Тихий" in page
    assert "80" in page
    Standing.objects.filter(pk=row.pk).update(last_visit_on=today - timedelta(days=1))
    assert "Тихий" not in as_user(boris).get("/base/at-risk/").content.decode()


def test_thin_ice_shows_who_is_worth_most_first(north: Dealership, boris: User, as_user: AsUser, today: date) -> None:
    for name, value in (("Малый", 5000), ("Большой", 90000), ("Неведомый", None)):
        a_standing(north, today, name, substage="thin_ice", value_24m=value)
    page = as_user(boris).get("/base/thin-ice/").content.decode()
    assert page.index("Большой") < page.index("Малый") < page.index("Неведомый")
    assert as_user(boris).get("/base/thin-ice/?page=99").status_code == 404
    assert as_user(boris).get("/base/thin-ice/?page=x").status_code == 404


@pytest.mark.parametrize(
    ("where", "action"),
    [
        ({"sold_points": 60}, "ask_owner"),
        ({"loyalty": "unhappy"}, "listen"),
        ({"substage": "booked"}, "confirm"),
        ({"stage": "repeat_purchase", "substage": "window_open"}, "next_car"),
        ({"stage": "dormant", "substage": "quiet"}, "win_back"),
        ({"stage": "first_service"}, "first_service"),
        ({"bands": (0, 0, 0, 0, 0, 2, 0, 0)}, "after_warranty"),
        ({"substage": "thin_ice"}, "thin_ice"),
        ({}, "maintenance"),
        ({"substage": "on_schedule"}, "keep_in_touch"),
    ],
)
def test_the_recommended_action_does_the_least_harm_first(where: dict[str, Any], action: str) -> None:
    usual: dict[str, Any] = {
        "stage": "retention", "substage": "overdue", "loyalty": "neutral", "bands": (0,) * len(PARTS),
        "sold_points": 0, "sold_line": 60,
    }  # fmt: skip
    assert recommend(**(usual | where)).code == f"action.{action}"


QUALITY = {
    "sample": 1700, "before": 0,
    "driving": {"kept": True, "size": 500, "segments": 9, "old": {"median_km": 900, "inside": 0.95},
                "new": {"median_km": 780, "inside": 0.79}},
    "year": {"kept": True, "why": "better", "fitted_on": 900, "unseen": 300,
             "new": {"auc": 0.824, "log_loss": 0.44, "table": [[100, 0.1, 0.12], [100, 0.8, 0.79]]},
             "old": {"auc": 0.801, "log_loss": 0.46, "table": []}},
    "month": {"kept": False, "why": "too_few", "fitted_on": 90, "unseen": 30},
    "life": {"kept": True, "makes": {"1": {"cars": 10, "ended": 3, "median_months": 58.0}}},
}  # fmt: skip


def test_the_page_of_the_calibrations_says_what_was_kept_and_why(boris: User, as_user: AsUser, today: date) -> None:
    assert "500" in as_user(boris).get("/calibrations/").content.decode()  # the shipped numbers stand
    for kept in (True, False):
        Calibration.store(SHIPPED, made_on=today, facts_from=today, facts_to=today, quality=QUALITY, kept=kept)
    page = as_user(boris).get("/calibrations/?version=1").content.decode()
    assert "0.824" in page or "0,824" in page
    assert 'class="chart reliability"' in page
    assert page.count('<circle class="reliability-point"') == 2
    assert as_user(boris).get("/calibrations/?version=7").status_code == 404


def test_every_part_and_band_of_the_scorecard_has_words() -> None:
    for part, bands in PARTS.items():
        words = [band_words(part, band) for band in range(bands)]
        assert all(words)
        assert len(set(words)) == bands, part
