"""A merge that is undone leaves every row as it was, whatever the two cards held."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import ContactTask, OutboxMessage
from customers.belonging import Belonging
from customers.merging import belongings, merge, undo
from customers.models import ContactPoint, Customer, DuplicatePair, ExternalId, Merge
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import make_occasion, plan
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit, moment
from vehicles.models import Complaint, Cover, Ownership, Refusal, Touch

TODAY = date(2026, 3, 16)
NOW = moment(TODAY, 11)
PHONES = [f"+7912345670{number}" for number in range(3)]
JOURNAL = (Merge, DuplicatePair)
sides = st.booleans()


@st.composite
def histories(draw: Any) -> dict[str, Any]:
    """What is known of two cards: contacts, consents, cars of one or of both in turn, visits, talk."""
    days = st.integers(1, 900)
    return {
        "contacts": draw(st.lists(st.tuples(sides, st.sampled_from(PHONES), st.sampled_from(["", "wrong_number"])))),
        "consents": draw(st.lists(st.tuples(sides, sides, st.sampled_from(["", "call"]), days), max_size=5)),
        "cars": draw(st.lists(st.lists(sides, min_size=1, max_size=3), max_size=3)),
        "acquired": draw(st.sampled_from(["new", "elsewhere"])),
        "talk": draw(st.lists(st.tuples(sides, days), max_size=4)),
        "fields": draw(
            st.fixed_dictionaries({"city": st.sampled_from(["", "Уфа"]), "sex": st.sampled_from(["", "male"])})
        ),
        "choices": draw(st.dictionaries(st.sampled_from(["name", "city", "sex"]), st.sampled_from(["own", "other"]))),
        "planned": draw(sides),
    }


def live(history: dict[str, Any], store: Dealership) -> tuple[Customer, Customer]:
    both = (
        make_customer(store, phone=None, consents=False, **history["fields"]),
        make_customer(store, name="Ivanov Aleksey", phone=None, consents=False, email="i@post.test"),
    )
    for number, person in enumerate(both):
        ExternalId.objects.create(customer=person, dealership=store, code=f"K-{number}", source_values={"a": 1})
    for side, value, reason in history["contacts"]:
        ContactPoint.objects.get_or_create(
            customer=both[side], kind="phone", value=value,
            defaults={"invalid_reason": reason, "invalid_at": NOW if reason else None},
        )  # fmt: skip
    for side, is_given, channel, days in history["consents"]:
        both[side].consent_events.create(
            is_given=is_given, channel=channel, at=NOW - timedelta(days=days), source="call"
        )
    for owners in history["cars"]:
        _car(both, owners, history["acquired"], store)
    for side, days in history["talk"]:
        at = NOW - timedelta(days=days)
        Touch.objects.create(customer=both[side], dealership=store, at=at, channel="call", purpose="service")
        Refusal.objects.create(customer=both[side], dealership=store, at=at, topic="repurchase")
        Complaint.objects.create(customer=both[side], dealership=store, opened_at=at, text="Скрип", resolved_at=at)
    if history["planned"]:
        plan(store, NOW)
        for task in ContactTask.objects.all()[:2]:
            _letter(task, store)
    return both


def _car(both: tuple[Customer, ...], owners: list[bool], acquired: str, store: Dealership) -> None:
    """One car in the hands of the two cards in turn, with a visit, a cover and an occasion in each."""
    car = make_vehicle()
    for number, side in enumerate(owners):
        started = date(2020 + number, 1, 1)
        is_last = number == len(owners) - 1
        owned = make_ownership(
            both[side], store, vehicle=car, started_on=started,
            acquired=acquired if number == 0 else "elsewhere",
            ended_on=None if is_last else date(2021 + number, 1, 1), end_reason="" if is_last else "sold",
        )  # fmt: skip
        make_visit(owned, started + timedelta(days=30), km=10_000 * (number + 1))
        Cover.objects.create(
            dealership=store, vehicle=car, ownership=owned, kind="insurance", number=str(number), ends_on=TODAY
        )
        make_occasion(owned, today=TODAY)  # one cycle in each hand: they clash when the hands become one


def _letter(task: ContactTask, store: Dealership) -> None:
    point = task.customer.contact_points.first()
    OutboxMessage.objects.get_or_create(
        task=task,
        defaults={
            "dealership": store, "customer": task.customer, "contact_point": point, "channel": "email",
            "subject": "ТО", "body": "Здравствуйте", "message_id": f"<{task.pk}@test>", "not_before": NOW,
        },
    )  # fmt: skip


def photograph() -> dict[str, list[dict[str, Any]]]:
    """Every row that hangs on a customer or on an ownership, but for the journal and the note of new facts."""
    found: dict[str, list[dict[str, Any]]] = {}
    models_of: set[type[models.Model]] = {model for model, _name, _belonging in belongings()}
    models_of |= {relation.related_model for relation in Ownership._meta.related_objects}
    for model in models_of - set(JOURNAL):
        rows = model._base_manager.order_by("pk").values()
        found[model._meta.label] = [{k: v for k, v in row.items() if k != "facts_version"} for row in rows]
    return found


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_a_merge_that_is_undone_leaves_every_row_as_it_was(
    history: dict[str, Any], north: Dealership, boris: User
) -> None:
    with transaction.atomic():
        keep, other = live(history, north)
        before = photograph()
        journal = merge(keep.pk, other.pk, by=boris, store=north, now=NOW, choices=history["choices"])
        for model, name, belonging in belongings():  # nothing but what may stay hangs on the merged card
            if belonging.moves:
                assert not belonging.movable(model._base_manager.filter(**{name: other.pk})).exists(), model
        undone = undo(journal.pk, by=boris, now=NOW)
        assert photograph() == before
        assert undone.undone_notes == []
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_photograph_sees_what_an_undo_forgets(north: Dealership, boris: User, monkeypatch) -> None:
    """The control: a model that moves its rows without telling the plan is found."""
    keep, other = make_customer(north), make_customer(north)
    before = photograph()

    def careless(self: Belonging, plan: Any, kept: Any, gone: Any) -> None:
        ContactPoint.objects.filter(customer=other).update(position=7)

    monkeypatch.setattr(type(ContactPoint.belonging), "settle", careless)
    journal = merge(keep.pk, other.pk, by=boris, store=north, now=NOW)
    undo(journal.pk, by=boris, now=NOW)
    assert photograph() != before
