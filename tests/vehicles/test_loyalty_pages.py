"""Points on the customer's page: seen, spent and put right by staff, and nothing where the programme is off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from tests.factories import make_customer, make_ownership, make_visit
from vehicles.loyalty import post_points
from vehicles.models import LoyaltyAccount, LoyaltyEntry, LoyaltyPolicy

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north)


@pytest.fixture
def programme(north: Dealership, ivan: Customer, now: datetime) -> LoyaltyPolicy:
    """On since January, and 500 points of Ivan."""
    policy = LoyaltyPolicy.of(north)
    policy.today = date(2026, 1, 1)
    policy.change({"is_on": True, "point_value": 0.5})
    make_visit(make_ownership(ivan, north), date(2026, 2, 1), total=10_000)
    post_points(north, now=now)
    return policy


def panel(browser: Client, customer: Customer, **said: Any) -> str:
    address = reverse("customer-loyalty", args=[customer.pk])
    headers = {"HX-Request": "true"}
    data = {f"points-{name}": value for name, value in said.items()}
    response = browser.post(address, data, headers=headers) if said else browser.get(address, headers=headers)
    return response.text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_panel_says_how_many_points_what_they_are_worth_and_which_go_next(
    programme: LoyaltyPolicy, ivan: Customer, anna: User, as_user: AsUser
) -> None:
    text = panel(as_user(anna), ivan)
    for said in ("500 points", "worth 250 ₽", "500 expire on 1 Feb 2027", "earned", "+500"):
        assert said in text, said
    assert (
        f'hx-get="{reverse("customer-loyalty", args=[ivan.pk])}"'
        in as_user(anna).get(reverse("customer", args=[ivan.pk])).text
    )


def test_where_the_programme_is_off_the_page_shows_nothing_about_points(
    programme: LoyaltyPolicy, ivan: Customer, anna: User, as_user: AsUser
) -> None:
    programme.change({"is_on": False})
    assert panel(as_user(anna), ivan) == ""
    assert panel(as_user(anna), ivan, what="spend", points=1, note="x") == ""
    assert "switched off" in as_user(anna).get(reverse("customer-loyalty", args=[ivan.pk])).text
    assert LoyaltyEntry.objects.count() == 1


def test_an_operator_writes_down_what_the_customer_spent(
    programme: LoyaltyPolicy, ivan: Customer, anna: User, as_user: AsUser
) -> None:
    text = panel(as_user(anna), ivan, what="spend", points=120, note="Wiper blades")
    assert "380 points" in text
    assert "Wiper blades" in text
    assert LoyaltyEntry.objects.latest("pk").by == anna


def test_more_than_there_is_comes_back_in_words_with_the_form_open(
    programme: LoyaltyPolicy, ivan: Customer, anna: User, as_user: AsUser
) -> None:
    text = panel(as_user(anna), ivan, what="spend", points=501, note="Tyres")
    assert "There are only 500 points, so 501 cannot go." in text
    assert "data-open" in text
    assert LoyaltyEntry.objects.count() == 1


def test_only_those_who_rule_put_points_right(
    programme: LoyaltyPolicy, ivan: Customer, anna: User, boris: User, as_user: AsUser
) -> None:
    panel(as_user(anna), ivan, what="add", points=100, note="Sorry")
    assert LoyaltyEntry.objects.count() == 1
    assert "600 points" in panel(as_user(boris), ivan, what="add", points=100, note="Sorry")
    assert "550 points" in panel(as_user(boris), ivan, what="take", points=50, note="By mistake")


def test_who_is_held_out_is_named_and_who_never_came_is_promised_the_first_points(
    programme: LoyaltyPolicy, north: Dealership, ivan: Customer, anna: User, as_user: AsUser
) -> None:
    assert "No points yet" in panel(as_user(anna), make_customer(north))
    LoyaltyAccount.objects.update(is_held_out=True)
    assert "left out of the programme" in panel(as_user(anna), ivan)


def test_the_panel_takes_few_queries_however_many_entries_there_are(
    programme: LoyaltyPolicy, ivan: Customer, boris: User, as_user: AsUser
) -> None:
    browser = as_user(boris)
    for number in range(10):
        panel(browser, ivan, what="add", points=number + 1, note="One more")
    with CaptureQueriesContext(connection) as queries:
        panel(browser, ivan)
    assert len(queries) <= 5, "\n".join(query["sql"][:120] for query in queries)
