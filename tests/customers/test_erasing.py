"""A person asks to be forgotten: what goes, what stays without them, and that nothing brings them back."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.urls import reverse

from campaigns.models import CallResult, ContactTask, OutboxMessage
from customers.erasing import erase, what_goes
from customers.merging import MergeRefusedError, merge, undo
from customers.models import ContactPoint, Customer, DuplicatePair, Erasure, ExternalId, RelatedPair
from customers.rules.records import CustomerRecord
from customers.upserting import upsert_customers
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import make_occasion, plan
from tests.factories import make_customer, make_ownership, make_visit
from vehicles.models import Complaint, RepairOrder, Touch

SECRET = "Заболоцкий"


@pytest.fixture
def ivan(north: Dealership, anna: User, now: datetime) -> Customer:
    """Somebody with a trace in every room."""
    person = make_customer(
        north, name=f"{SECRET} Ерофей Силантьевич", phone="+79123456789", email="zabolotskiy@post.test", city="Уфа"
    )
    other = make_customer(north)
    ExternalId.objects.create(
        customer=person, dealership=north, code="K-1", source_values={"last_name": SECRET, "city": "Уфа"}
    )
    car = make_ownership(person, north)
    make_visit(car, date(2025, 1, 10), km=20_000)
    Touch.objects.create(
        customer=person, dealership=north, at=now, channel="call", purpose="service", note=f"{SECRET} просил позже"
    )
    Complaint.objects.create(customer=person, dealership=north, opened_at=now, text=f"{SECRET}: скрип", resolved_at=now)
    make_occasion(car, today=now.date())
    plan(north, now)
    task = ContactTask.objects.filter(customer=person, channel="call").get()
    CallResult.objects.create(
        task=task, epoch=0, by=anna, at=now, outcome="callback", note=f"{SECRET} после шести", trace={"city": SECRET}
    )
    OutboxMessage.objects.create(
        task=task, dealership=north, customer=person, contact_point=person.contact_points.get(kind="email"),
        channel="email", subject=f"Уважаемый {SECRET}", body=SECRET, message_id="<1@test>", not_before=now,
    )  # fmt: skip
    DuplicatePair.objects.create(first=person, second=other, found_at=now)
    RelatedPair.objects.create(first=person, second=other, found_at=now, kind="household")
    return person


def everything_on_file() -> str:
    """Every row of every table that hangs on a customer, and what hangs on their calls."""
    from customers.merging import belongings

    models = {model for model, _name, _belonging in belongings()} | {CallResult}
    return "\n".join(str(list(model._base_manager.values())) for model in models)


def test_nothing_that_says_who_it_was_is_left_in_any_table(
    ivan: Customer, north: Dealership, vera: User, now: datetime
) -> None:
    before = everything_on_file()
    for secret in (SECRET, "+79123456789", "zabolotskiy@post.test", "Ерофей"):
        assert secret in before
    erase(ivan, by=vera, store=north, now=now)
    after = everything_on_file()
    for secret in (SECRET, SECRET.lower(), "+79123456789", "zabolotskiy", "Ерофей", "6789"):
        assert secret not in after


def test_what_happened_stays_without_the_person(ivan: Customer, north: Dealership, vera: User, now: datetime) -> None:
    versions = list(ivan.ownerships.values_list("facts_version", flat=True))
    erase(ivan, by=vera, store=north, now=now)
    assert RepairOrder.objects.filter(customer=ivan, total=12000).count() == 1
    assert Touch.objects.filter(customer=ivan).count() == 1
    assert ivan.consent_events.exists()  # the proof that we were allowed to
    assert list(ivan.ownerships.values_list("facts_version", flat=True)) > versions


def test_nobody_calls_and_nothing_waits_to_be_sent(
    ivan: Customer, north: Dealership, vera: User, now: datetime
) -> None:
    erase(ivan, by=vera, store=north, now=now)
    assert not ContactTask.objects.open().filter(customer=ivan).exists()
    assert OutboxMessage.objects.get(customer=ivan).status == "cancelled"


def test_it_is_written_down_who_did_it_and_what_went_as_the_preview_said(
    ivan: Customer, north: Dealership, vera: User, now: datetime
) -> None:
    preview = what_goes(ivan)
    assert not Erasure.objects.exists()
    journal = erase(ivan, by=vera, store=north, now=now)
    assert (journal.by, journal.at) == (vera, now)
    assert journal.counts == dict(preview)
    assert preview["customers.ContactPoint"] == 2


def test_an_import_reports_the_erased_customer_and_does_not_bring_them_back(
    ivan: Customer, north: Dealership, vera: User, now: datetime
) -> None:
    erase(ivan, by=vera, store=north, now=now)
    record = CustomerRecord(code="K-1", last_name=SECRET, first_name="Ерофей", phones=("+79123456789",))
    (result,) = upsert_customers(north, "dms", [record], now=now)
    assert result.status == "rejected"
    assert result.reason is not None
    assert result.reason.code == "import.customer_erased"
    assert SECRET not in everything_on_file()
    assert not ContactPoint.objects.filter(customer=ivan).exists()


def test_the_cards_merged_into_them_go_too_and_no_undo_brings_anything_back(
    ivan: Customer, north: Dealership, boris: User, vera: User, now: datetime
) -> None:
    twin = make_customer(north, name="Zabolotskiy Erofey", phone="+79120000007", city="Самара")
    journal = merge(ivan.pk, twin.pk, by=boris, store=north, now=now)
    erase(ivan, by=vera, store=north, now=now)
    after = everything_on_file()
    for secret in (SECRET, "Zabolotskiy", "zabolotskiy", "+79120000007", "Самара"):
        assert secret not in after
    with pytest.raises(MergeRefusedError) as refused:
        undo(journal.pk, by=boris, now=now)
    assert refused.value.why.code == "merge.erased"


def test_somebody_elses_rows_are_left_alone(ivan: Customer, north: Dealership, vera: User, now: datetime) -> None:
    other = make_customer(north, name="Орлова Анна", phone="+79120000009")
    erase(ivan, by=vera, store=north, now=now)
    other.refresh_from_db()
    assert other.name == "Орлова Анна"
    assert other.contact_points.count() == 1


def test_the_page_shows_what_goes_and_erases_only_who_is_sure(
    ivan: Customer, vera: User, boris: User, as_user, now: datetime
) -> None:
    address = reverse("customer-erasure", args=[ivan.pk])
    assert as_user(boris).get(address).status_code == 403
    browser = as_user(vera)
    assert address in browser.get(reverse("customer", args=[ivan.pk])).text
    assert "contact points" in browser.get(address).text
    assert browser.post(address).status_code == 422
    assert not Erasure.objects.exists()
    text = browser.post(address, {"sure": "1"}, follow=True).text
    assert "Nothing personal is kept" in text
    assert browser.get(address).status_code == 404
