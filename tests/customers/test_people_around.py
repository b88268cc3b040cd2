"""Households, companies and who speaks for them: suggested with a reason, confirmed or turned down by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from customers.merging import merge
from customers.models import Customer, DuplicatePair, RelatedPair
from customers.relating import people_around, relate
from customers.suggesting import Garages
from dealercrm.accounts.models import Dealership, User
from tests.customers.looking import refresh_suggestions
from tests.factories import make_customer

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
PHONE = "+79123456789"


@pytest.fixture
def ivan(north: Dealership) -> Customer:
    return make_customer(north, name="Иванов Алексей Сергеевич", phone=PHONE)


@pytest.fixture
def maria(north: Dealership) -> Customer:
    return make_customer(north, name="Иванова Мария Петровна", phone=PHONE)


def panel(customer: Customer) -> str:
    return reverse("customer-around", args=[customer.pk])


def test_who_shares_the_phone_is_suggested_at_once_and_strangers_of_other_stores_are_not(
    ivan: Customer, maria: Customer, south: Dealership, anna: User, as_user: AsUser
) -> None:
    make_customer(south, name="Чужой Пётр Ильич", phone=PHONE)
    text = as_user(anna).get(panel(ivan), headers=HTMX).text
    assert "Иванова Мария" in text
    assert "same phone" in text
    assert "household?" in text
    assert "Чужой" not in text


def test_a_person_confirms_and_the_next_nightly_look_leaves_it(
    ivan: Customer, maria: Customer, anna: User, as_user: AsUser, now: datetime
) -> None:
    text = as_user(anna).post(panel(ivan), {"other": maria.pk, "answer": "together"}, headers=HTMX).text
    assert "household?" not in text
    assert "household" in text
    pair = RelatedPair.objects.get()
    assert (pair.status, pair.decided_by) == ("confirmed", anna)
    refresh_suggestions(Garages(), now=now)
    assert RelatedPair.objects.get().status == "confirmed"
    assert [one.customer for one in people_around(maria, anna)] == [ivan]


def test_who_was_turned_down_is_not_suggested_again(
    ivan: Customer, maria: Customer, anna: User, as_user: AsUser, now: datetime
) -> None:
    text = as_user(anna).post(panel(ivan), {"other": maria.pk, "answer": "apart"}, headers=HTMX).text
    assert "Иванова" not in text
    refresh_suggestions(Garages(), now=now)
    assert not people_around(ivan, anna)
    relate(maria, ivan, RelatedPair.Status.CONFIRMED, by=anna, at=now)  # after all
    assert people_around(ivan, anna)[0].is_confirmed


def test_a_group_is_everybody_whom_confirmed_pairs_join(
    ivan: Customer, maria: Customer, north: Dealership, anna: User, now: datetime
) -> None:
    firm = Customer.objects.create(kind="company", company_name="ООО «Вектор»")
    firm.become_known_to(north, at=now)
    relate(ivan, maria, RelatedPair.Status.CONFIRMED, by=anna, at=now)
    relate(maria, firm, RelatedPair.Status.CONFIRMED, by=anna, at=now)
    around = people_around(ivan, anna)
    assert [(one.customer, one.via) for one in around] == [(maria, None), (firm, maria)]
    assert around[1].kind == "represents"


def test_after_a_merge_the_one_who_was_kept_has_the_relatives_of_both(
    ivan: Customer, maria: Customer, north: Dealership, anna: User, boris: User, now: datetime
) -> None:
    twin = make_customer(north, name="Ivanov Aleksey")
    relate(twin, maria, RelatedPair.Status.CONFIRMED, by=anna, at=now)
    merge(ivan.pk, twin.pk, by=boris, store=north, now=now)
    assert [one.customer for one in people_around(ivan, anna)] == [maria]
    assert [one.customer for one in people_around(maria, anna)] == [ivan]


def test_a_suspected_duplicate_is_shown_as_such_and_only_rulers_are_led_to_it(
    ivan: Customer, maria: Customer, anna: User, boris: User, as_user: AsUser, now: datetime
) -> None:
    pair = DuplicatePair.objects.create(first=ivan, second=maria, points=20, found_at=now)
    address = reverse("duplicate", args=[pair.pk])
    for user, is_led in ((anna, False), (boris, True)):
        text = as_user(user).get(panel(ivan), headers=HTMX).text
        assert "same customer?" in text
        assert (address in text) is is_led
        assert text.count("Иванова Мария") == 1


def test_an_answer_about_nobody_oneself_or_a_stranger_is_refused(
    ivan: Customer, south: Dealership, anna: User, as_user: AsUser
) -> None:
    stranger = make_customer(south)
    for other in ("", "x", ivan.pk, stranger.pk):
        assert as_user(anna).post(panel(ivan), {"other": other, "answer": "together"}).status_code == 400
    assert not RelatedPair.objects.exists()


def test_the_panel_costs_the_same_however_many_are_around(
    ivan: Customer, north: Dealership, anna: User, now: datetime, django_assert_max_num_queries
) -> None:
    for _ in range(12):
        make_customer(north, phone=PHONE)
    refresh_suggestions(Garages(), now=now)
    with django_assert_max_num_queries(12):
        people_around(ivan, anna)


def test_the_card_of_a_call_shows_them_without_buttons(
    ivan: Customer, maria: Customer, anna: User, as_user: AsUser
) -> None:
    text = as_user(anna).get(panel(ivan) + "?brief", headers=HTMX).text
    assert "Иванова Мария" in text
    assert "<button" not in text


def test_another_system_reads_them_also_by_a_merged_id(
    ivan: Customer, maria: Customer, north: Dealership, dms: User, boris: User, now: datetime
) -> None:
    twin = make_customer(north, name="Ivanov Aleksey")
    merge(ivan.pk, twin.pk, by=boris, store=north, now=now)
    relate(ivan, maria, RelatedPair.Status.CONFIRMED, by=boris, at=now)
    program = APIClient()
    program.force_authenticate(dms)
    (found,) = program.get(f"/api/v1/customers/{twin.pk}/related/").json()
    assert (found["customer"], found["kind"], found["status"]) == (maria.pk, "household", "confirmed")
    assert program.get(f"/api/v1/customers/{twin.pk}/")["Content-Location"].endswith(f"/customers/{ivan.pk}/")
