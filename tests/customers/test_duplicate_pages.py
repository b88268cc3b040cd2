"""Deciding about possible duplicates in the browser: the list, two cards side by side, merge, undo, not the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer, DuplicatePair, Merge
from customers.suggesting import Garages
from dealercrm.accounts.models import AccessLog, Dealership, User
from tests.customers.looking import refresh_suggestions
from tests.factories import make_customer, make_ownership, make_visit
from vehicles.models import RepairOrder

AsUser = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def pair(north: Dealership, now: datetime) -> DuplicatePair:
    first = make_customer(north, name="Иванов Алексей Сергеевич", phone="+79123456789", city="Уфа")
    second = make_customer(north, name="IVANOV ALEKSEY", phone="+79123456789", city="Казань", email="i@post.test")
    reasons = [
        {"code": "duplicate.same_phone", "params": {"number": 1}, "points": 45},
        {"code": "duplicate.other_city", "params": {}, "points": -8},
    ]
    return DuplicatePair.objects.create(first=first, second=second, points=31, reasons=reasons, found_at=now)


def side_by_side(pair: DuplicatePair) -> str:
    return reverse("duplicate", args=[pair.pk])


def test_the_list_shows_who_how_sure_and_why_and_what_speaks_against(
    pair: DuplicatePair, boris: User, as_user: AsUser
) -> None:
    text = as_user(boris).get(reverse("duplicates")).text
    for words in ("Иванов Алексей Сергеевич", "IVANOV ALEKSEY", "same phone", "but other city", "almost sure"):
        assert words in text


def test_a_pair_of_which_one_card_is_gone_leaves_the_list(
    pair: DuplicatePair, boris: User, as_user: AsUser, now: datetime
) -> None:
    Customer.objects.filter(pk=pair.second_id).update(erased_at=now, last_name="", first_name="")
    assert "Nobody seems to be filed twice" in as_user(boris).get(reverse("duplicates")).text
    assert "merged or erased meanwhile" in as_user(boris).get(side_by_side(pair)).text


def test_the_page_shows_both_and_what_a_merge_would_do_and_writes_nothing(
    pair: DuplicatePair, boris: User, as_user: AsUser, north: Dealership, now: datetime
) -> None:
    make_visit(make_ownership(pair.second, north), now.date())
    text = as_user(boris).get(side_by_side(pair)).text
    for words in ("Уфа", "Казань", "i@post.test", "everything belongs to Иванов Алексей Сергеевич", "repair orders 1"):
        assert words in text
    assert not Merge.objects.exists()
    assert AccessLog.objects.filter(subject="duplicates", rows=2).exists()


def test_another_choice_changes_the_preview(pair: DuplicatePair, boris: User, as_user: AsUser) -> None:
    asked = {"keep": "second", "name": "second", "city": "second"}
    text = as_user(boris).get(side_by_side(pair), asked, headers=HTMX).text
    assert "everything belongs to IVANOV ALEKSEY" in text
    assert "<dd>Казань</dd>" in text
    assert "<html" not in text


def test_a_merge_keeps_what_was_chosen_and_leads_to_its_journal(
    pair: DuplicatePair, boris: User, as_user: AsUser
) -> None:
    browser = as_user(boris)
    response = browser.post(
        reverse("duplicate-merge", args=[pair.pk]), {"keep": "second", "name": "first", "city": "second"}, follow=True
    )
    journal = Merge.objects.get()
    assert response.redirect_chain[-1][0] == reverse("merge", args=[journal.pk])
    kept = Customer.objects.get(pk=pair.second_id)
    assert (kept.name, kept.city) == ("Иванов Алексей Сергеевич", "Казань")
    assert journal.by == boris
    assert browser.get(side_by_side(pair)).headers["Location"] == reverse("merge", args=[journal.pk])
    around = browser.get(reverse("customer-around", args=[kept.pk])).text
    assert "was merged here" in around
    assert reverse("merge", args=[journal.pk]) in around


def test_a_merge_sent_twice_says_that_it_is_done_and_changes_nothing(
    pair: DuplicatePair, boris: User, as_user: AsUser
) -> None:
    browser = as_user(boris)
    browser.post(reverse("duplicate-merge", args=[pair.pk]), {"keep": "first"})
    again = browser.post(reverse("duplicate-merge", args=[pair.pk]), {"keep": "second"})
    assert again.status_code == 409
    assert Merge.objects.count() == 1


def test_an_undo_brings_the_pair_back_to_the_list(
    pair: DuplicatePair, boris: User, as_user: AsUser, north: Dealership, now: datetime
) -> None:
    visit = make_visit(make_ownership(pair.second, north), now.date())
    browser = as_user(boris)
    browser.post(reverse("duplicate-merge", args=[pair.pk]), {"keep": "first"})
    assert RepairOrder.objects.get(pk=visit.pk).customer_id == pair.first_id
    journal = Merge.objects.get()
    assert "an undo puts everything back" in browser.get(reverse("merge", args=[journal.pk])).text
    text = browser.post(reverse("merge-undo", args=[journal.pk]), follow=True).text
    assert "Undone" in text
    assert RepairOrder.objects.get(pk=visit.pk).customer_id == pair.second_id
    assert "IVANOV ALEKSEY" in browser.get(reverse("duplicates")).text
    assert browser.post(reverse("merge-undo", args=[journal.pk])).status_code == 409


def test_not_the_same_leaves_the_list_and_can_be_asked_again(pair: DuplicatePair, boris: User, as_user: AsUser) -> None:
    browser = as_user(boris)
    row = browser.post(reverse("duplicate-answer", args=[pair.pk]), {"answer": "not_the_same"}, headers=HTMX)
    assert "Ask again" in row.text
    assert "IVANOV" not in browser.get(reverse("duplicates")).text
    assert "IVANOV" in browser.get(reverse("duplicates"), {"status": "rejected"}).text
    browser.post(reverse("duplicate-answer", args=[pair.pk]), {"answer": "again"})
    assert "IVANOV" in browser.get(reverse("duplicates")).text


def test_two_whom_somebody_noticed_are_put_side_by_side(
    north: Dealership, south: Dealership, boris: User, as_user: AsUser, now: datetime
) -> None:
    one, two = make_customer(north, name="Орлова Анна"), make_customer(north, name="Соколова Анна")
    response = as_user(boris).post(reverse("duplicates"), {"one": two.pk, "two": one.pk}, follow=True)
    assert "Somebody takes these two cards for one customer" in response.text
    assert DuplicatePair.objects.get().first == one
    refresh_suggestions(Garages(), now=now)
    assert DuplicatePair.objects.get().noticed_by == boris, "the night leaves what a person noticed"
    foreign = make_customer(south)
    for wrong in ({"one": one.pk, "two": one.pk}, {"one": one.pk, "two": foreign.pk}, {"one": "x", "two": ""}):
        assert as_user(boris).post(reverse("duplicates"), wrong).status_code == 400


def test_a_pair_with_a_customer_of_another_store_is_not_there(
    pair: DuplicatePair, clara: User, vera: User, north: Dealership, south: Dealership, as_user: AsUser, now: datetime
) -> None:
    pair.second.known_to.update(dealership=south)
    assert as_user(vera).get(side_by_side(pair)).status_code == 404


def test_an_operator_does_not_merge(pair: DuplicatePair, anna: User, as_user: AsUser) -> None:
    assert as_user(anna).get(reverse("duplicates")).status_code == 403
    assert as_user(anna).post(reverse("duplicate-merge", args=[pair.pk])).status_code == 403


def test_the_list_costs_the_same_number_of_queries_however_long(
    pair: DuplicatePair, north: Dealership, boris: User, as_user: AsUser, now: datetime, django_assert_max_num_queries
) -> None:
    for _ in range(10):
        one, two = make_customer(north), make_customer(north)
        DuplicatePair.objects.create(first=one, second=two, points=20, found_at=now)
    browser = as_user(boris)
    with django_assert_max_num_queries(12):
        browser.get(reverse("duplicates"))
