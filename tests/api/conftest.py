"""Programs that call the API, and a North with one row of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from knox.models import AuthToken
from rest_framework.test import APIClient

from campaigns.models import (
    Assignment,
    CallResult,
    Campaign,
    CampaignStep,
    CampaignVerdict,
    ContactTask,
    Credit,
    Decision,
    Offer,
    Verdict,
)
from customers.models import Customer, ExternalId
from dealercrm.accounts.models import Dealership, Role, User
from lifecycle.models import Occasion, Segment, Stage, StageChange, Standing, Substage
from tests.factories import make_customer, make_ownership, make_user, make_visit, moment
from vehicles.models import (
    Appointment,
    Complaint,
    Cover,
    Feedback,
    LoyaltyAccount,
    LoyaltyEntry,
    Ownership,
    Refusal,
    Review,
    Touch,
    WorkGroup,
    WorkPrice,
)

# Rows of the whole group: everybody who works here reads them, so nobody is an outsider.
SHARED = frozenset({"maintenance-schedules"})


@pytest.fixture(autouse=True)
def full_allowance() -> Iterator[None]:
    """Nobody starts a test with requests already counted against them."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def program(db: None) -> Callable[[User], APIClient]:
    """`program(dms)` calls with a token of that user; answers and errors in English."""

    def with_token(user: User, language: str = "en") -> APIClient:
        client = APIClient(HTTP_ACCEPT_LANGUAGE=language)
        client.credentials(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(user)[1]}")
        return client

    return with_token


def make_task(ownership: Ownership, now: datetime, **fields: Any) -> ContactTask:
    """An open call about an overdue maintenance, with the occasion and campaign behind it."""
    today = now.date()
    campaign, _ = Campaign.objects.get_or_create(
        dealership=ownership.home_store,
        code="due",
        defaults={"name_en": "Due", "name_ru": "ТО", "kinds": ["maintenance"]},
    )
    step, _ = CampaignStep.objects.get_or_create(campaign=campaign, position=1, defaults={"channel": "call"})
    occasion, _ = Occasion.objects.get_or_create(
        ownership=ownership,
        kind="maintenance",
        cycle=fields.pop("cycle", "visit:1"),
        defaults={
            "customer": ownership.customer,
            "dealership": ownership.home_store,
            "purpose": "service",
            "opens_on": today - timedelta(days=14),
            "due_on": today,
            "closes_on": today + timedelta(days=60),
            "why": {"code": "occasion.maintenance", "params": {"due_on": "2026-03-16", "last_on": "2025-03-14"}},
        },
    )
    defaults: dict[str, Any] = {
        "dealership": ownership.home_store,
        "customer": ownership.customer,
        "ownership": ownership,
        "occasion": occasion,
        "step": step,
        "channel": "call",
        "purpose": "service",
        "kind": "maintenance",
        "due_on": today,
        "not_before": now - timedelta(hours=1),
        "closes_at": now + timedelta(days=60),
        "planned_on": today,
    }
    return ContactTask.objects.create(**(defaults | fields))


@pytest.fixture
def of_north(north: Dealership, today: date, now: datetime) -> dict[str, Any]:
    """{address of the API: a row of North}: one of everything a viewset can show."""
    customer = make_customer(north, email="ivanov@example.com")
    ExternalId.objects.create(customer=customer, dealership=north, code="K-1")
    ownership = make_ownership(customer, north, price=1_500_000)
    order = make_visit(ownership, date(2025, 2, 1), km=15_000)
    task = make_task(ownership, now)
    return {
        "dealerships": north,
        "customers": customer,
        "consents": customer.consent_events.get(),
        "vehicles": ownership.vehicle,
        "ownerships": ownership,
        "repair-orders": order,
        "odometer-readings": ownership.vehicle.odometer_readings.get(),
        "covers": Cover.objects.create(
            dealership=north, vehicle=ownership.vehicle, ownership=ownership, kind="insurance", ends_on=today
        ),
        "appointments": Appointment.objects.create(
            dealership=north, customer=customer, ownership=ownership, starts_at=now + timedelta(days=1)
        ),
        "touches": Touch.objects.create(
            customer=customer, ownership=ownership, dealership=north, at=now, channel="call", purpose="service"
        ),
        "complaints": Complaint.objects.create(
            dealership=north, customer=customer, ownership=ownership, opened_at=now, text="rattling door"
        ),
        "reviews": Review.objects.create(dealership=north, customer=customer, site="2GIS", stars=5, at=now),
        "feedback": Feedback.objects.create(
            dealership=north, customer=customer, ownership=ownership, at=now, score=9, channel="call"
        ),
        "refusals": Refusal.objects.create(customer=customer, dealership=north, topic="insurance_renewal", at=now),
        "loyalty-accounts": LoyaltyAccount.objects.create(
            dealership=north, customer=customer, is_held_out=False, share=0.1, assigned_on=today
        ),
        "loyalty-entries": LoyaltyEntry.objects.create(
            dealership=north,
            customer=customer,
            ownership=ownership,
            repair_order=order,
            kind="earned",
            points=600,
            on=order.opened_on,
            expires_on=today,
            amount=12000,
            rate=5,
            at=now,
        ),
        "standings": Standing.objects.create(
            ownership=ownership,
            customer=customer,
            dealership=north,
            stage=Stage.RETENTION,
            substage=Substage.DUE,
            since=today,
            facts_version=1,
            judged_on=today,
        ),
        "stage-changes": StageChange.objects.create(
            ownership=ownership, dealership=north, on=today, at=now, to_stage=Stage.RETENTION
        ),
        "work-prices": WorkPrice.objects.create(
            dealership=north,
            work_group=WorkGroup.objects.get(code="oil"),
            make=ownership.vehicle.make,
            model=ownership.vehicle.model,
            labour=1000,
            valid_from=today,
        ),
        "occasions": task.occasion,
        "segments": Segment.objects.create(
            dealership=north,
            name="Due Kias",
            definition={"all": [{"field": "make", "op": "any", "values": ["kia"]}]},
            created_by=make_user("author", Role.MANAGER, north),
            created_at=now,
            changed_at=now,
        ),
        "campaigns": task.step.campaign,
        "contact-tasks": task,
        "offers": Offer.objects.create(
            dealership=north, code="fixed", kind="fixed_price", name_en="Fixed price", name_ru="Фиксированная цена"
        ),
        "decisions": Decision.objects.create(
            occasion=task.occasion,
            step=task.step,
            customer=customer,
            dealership=north,
            verdict=Verdict.CONTACT,
            decided_on=today,
        ),
        "campaign-results": CampaignVerdict.objects.create(
            dealership=north,
            campaign="works",
            salt="v1",
            planned_on=today,
            written_at=now,
            word="not_enough",
            figures={},
            currency="RUB",
            horizon_days=90,
            rules_version=1,
        ),
        "credits": Credit.objects.create(
            dealership=north,
            customer=customer,
            result=CallResult.objects.create(
                task=task, epoch=1, by=make_user("booker", Role.OPERATOR, north), at=now, outcome="booked"
            ),
            verdict="open",
            why={"code": "credit.open", "params": {"until": "2026-03-24"}},
            event_on=today,
            month=today.replace(day=1),
            decided_at=now,
        ),
        "campaign-assignments": Assignment.objects.create(
            dealership=north,
            campaign="works",
            salt="v1",
            share=0.1,
            customer=customer,
            is_held_out=True,
            assigned_on=today,
        ),
    }


@pytest.fixture
def ivanov(north: Dealership) -> Customer:
    return make_customer(north)


__all__ = ["make_task", "moment"]
