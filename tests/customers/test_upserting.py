from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import ConsentEvent, ContactPoint, Customer, ExternalId
from customers.rules.records import CustomerRecord
from customers.upserting import upsert_customers
from dealercrm.accounts.models import Dealership, User
from tests.factories import make_customer, make_ownership, moment

OLGA = CustomerRecord(
    code="000001299",
    last_name="Козлова",
    first_name="Ольга",
    middle_name="Викторовна",
    birth_on=date(1971, 11, 7),
    city="Уфа",
    phones=("+79828120207",),
    emails=("kozlova@post.test",),
    consent=True,
    consent_on=date(2022, 3, 23),
)


@pytest.fixture
def take(north: Dealership, now: datetime):
    def taken(*records: CustomerRecord, at: datetime = now) -> list[str]:
        return [result.status for result in upsert_customers(north, "dms", records, now=at)]

    return taken


def test_a_new_customer_arrives_with_contacts_consent_and_store(take, north: Dealership, anna: User) -> None:
    assert take(OLGA) == ["created"]
    olga = Customer.objects.for_user(anna).get()
    assert olga.name == "Козлова Ольга Викторовна"
    assert olga.search_key == "козлова ольга викторовна"
    assert set(olga.contact_points.values_list("kind", "value")) == {
        ("phone", "+79828120207"),
        ("email", "kozlova@post.test"),
    }
    event = ConsentEvent.objects.get()
    assert (event.is_given, event.purpose, event.channel, event.source) == (True, "", "", "dms")
    assert event.at.astimezone(north.zone).date() == date(2022, 3, 23)


def test_the_same_record_again_changes_nothing(take, django_assert_num_queries) -> None:
    take(OLGA)
    with django_assert_num_queries(4):  # savepoint, codes with customers, contact points, release
        assert take(OLGA) == ["unchanged"]


def test_a_batch_costs_the_same_number_of_queries_whatever_its_size(take) -> None:
    def cost(letter: str, size: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            take(*(replace(OLGA, code=f"{letter}{number}") for number in range(size)))
        return len(queries)

    take(replace(OLGA, code="first"))
    assert cost("A", 5) == cost("B", 40) <= 24


def test_a_correction_made_here_survives_until_the_source_itself_changes(take) -> None:
    take(OLGA)
    olga = Customer.objects.get()
    olga.correct({"city": "Казань"})
    assert take(replace(OLGA, occupation="врач")) == ["updated"]
    olga.refresh_from_db()
    assert (olga.city, olga.occupation) == ("Казань", "врач")
    take(replace(OLGA, occupation="врач", city="Самара"))
    olga.refresh_from_db()
    assert olga.city == "Самара"


def test_a_field_the_source_does_not_have_blanks_nothing(take) -> None:
    take(OLGA)
    bare = CustomerRecord(code=OLGA.code, last_name="Козлова", given=frozenset({"last_name"}))
    assert take(bare) == ["unchanged"]
    olga = Customer.objects.get()
    assert olga.city == "Уфа"
    assert olga.contact_points.usable().count() == 2


def test_a_number_that_an_operator_marked_wrong_stays_wrong(take, now: datetime) -> None:
    take(OLGA)
    phone = ContactPoint.objects.get(kind="phone")
    phone.mark_invalid("wrong_number", at=now)
    take(replace(OLGA, phones=("+79828120207", "+79030512037")))
    phone.refresh_from_db()
    assert phone.invalid_reason == "wrong_number"
    assert ContactPoint.objects.usable().filter(kind="phone").get().value == "+79030512037"


def test_a_number_dropped_by_the_source_is_set_aside_and_may_come_back(take) -> None:
    take(OLGA)
    take(replace(OLGA, phones=("+79030512037",)))
    assert ContactPoint.objects.get(value="+79828120207").invalid_reason == "removed_by_source"
    take(OLGA)
    assert ContactPoint.objects.get(value="+79828120207").invalid_at is None


def test_consent_without_a_date_is_none(take) -> None:
    take(replace(OLGA, consent_on=None))
    assert not ConsentEvent.objects.exists()


def test_an_old_consent_never_beats_a_later_withdrawal(take, now: datetime) -> None:
    take(replace(OLGA, consent=None, consent_on=None))
    olga = Customer.objects.get()
    olga.withdraw_consent(at=now, source="call")
    take(OLGA)
    latest = ConsentEvent.objects.order_by("at", "pk").last()
    assert latest is not None
    assert not latest.is_given


def test_a_yes_that_disappears_is_a_withdrawal(take, now: datetime) -> None:
    take(OLGA)
    later = now + timedelta(days=1)
    take(replace(OLGA, consent=None, consent_on=None), at=later)
    latest = ConsentEvent.objects.order_by("at", "pk").last()
    assert latest is not None
    assert (latest.is_given, latest.at) == (False, later)


def test_a_code_follows_its_customer_through_a_merge(take, north: Dealership) -> None:
    take(OLGA)
    kept = make_customer(north, name="Козлова Ольга Викторовна", city="Уфа")
    merged = ExternalId.objects.get(code=OLGA.code).customer
    merged.merged_into = kept
    merged.save()
    assert take(replace(OLGA, city="Пермь")) == ["updated"]
    kept.refresh_from_db()
    assert kept.city == "Пермь"


def test_an_erased_customer_is_not_brought_back(take, now: datetime) -> None:
    take(OLGA)
    Customer.objects.update(erased_at=now, last_name="", first_name="", middle_name="", search_key="")
    assert take(replace(OLGA, city="Пермь")) == ["rejected"]
    assert Customer.objects.get().last_name == ""


def test_a_code_twice_in_a_batch_is_taken_once_as_it_stands_last(take) -> None:
    assert take(OLGA, replace(OLGA, city="Пермь")) == ["unchanged", "created"]
    assert Customer.objects.get().city == "Пермь"


def test_a_change_leaves_the_note_of_new_facts_and_no_change_leaves_none(take, north: Dealership) -> None:
    take(OLGA)
    ownership = make_ownership(Customer.objects.get(), north)
    take(OLGA)
    ownership.refresh_from_db()
    assert ownership.facts_version == 1
    take(replace(OLGA, birth_on=date(1971, 11, 8)))
    ownership.refresh_from_db()
    assert ownership.facts_version == 2


def test_two_stores_have_their_own_codes(take, south: Dealership, now: datetime, clara: User) -> None:
    take(OLGA)
    upsert_customers(south, "dms", [replace(OLGA, last_name="Орлова")], now=now)
    assert Customer.objects.for_user(clara).get().last_name == "Орлова"
    assert Customer.objects.count() == 2
    assert moment(date(2022, 3, 23)).date() == date(2022, 3, 23)


def test_a_person_who_becomes_a_company_under_the_same_code_is_written_whole(take) -> None:
    take(OLGA)
    company = CustomerRecord(code=OLGA.code, kind="company", company_name="ИП Козлова", inn="930899461800")
    assert take(company) == ["updated"]
    customer = Customer.objects.get()
    assert (customer.kind, customer.company_name, customer.last_name) == ("company", "ИП Козлова", "")


def test_a_record_without_a_name_keeps_the_name_of_a_known_customer_and_makes_no_new_one(take) -> None:
    take(OLGA)
    only_city = replace(OLGA, last_name="", first_name="", middle_name="", city="Казань", given=frozenset({"city"}))
    assert take(only_city) == ["updated"]
    assert (Customer.objects.get().last_name, Customer.objects.get().city) == ("Козлова", "Казань")
    assert take(replace(only_city, code="new")) == ["rejected"]


def test_a_source_that_blanks_every_name_is_rejected_and_nothing_is_lost(take) -> None:
    take(OLGA)
    assert take(replace(OLGA, last_name="", first_name="", middle_name="")) == ["rejected"]
    assert Customer.objects.get().last_name == "Козлова"
