"""Prospects: people a store knows who own nothing with us and have never been here.

A stage of a customer, not of an ownership, so there is no Standing: the question is asked of the facts
each time (decision 0043). It ends by itself with the first sale or visit.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery

from customers.models import Customer, CustomerStore
from customers.models.customer import CustomerQuerySet
from dealercrm.accounts.models import Dealership
from lifecycle.models import Substage
from vehicles.models import Appointment, Ownership, RepairOrder


def prospects(stores: Iterable[Dealership]) -> CustomerQuerySet:
    """Living customers whom one of the stores knows, without a car of theirs and without a visit.

    `has_test_drive`: one is or was arranged and not called off; that is the substage, else it is an enquiry.
    """
    known = CustomerStore.objects.filter(customer=OuterRef("pk"), dealership__in=list(stores))
    drives = Appointment.objects.filter(customer=OuterRef("pk"), purpose=Appointment.Purpose.TEST_DRIVE)
    return (
        Customer.objects.living()
        .filter(
            Exists(known),
            ~Exists(Ownership.objects.filter(customer=OuterRef("pk"))),
            ~Exists(RepairOrder.objects.standing().filter(customer=OuterRef("pk"))),
        )
        .annotate(has_test_drive=Exists(drives.exclude(status=Appointment.Status.CANCELLED)))
    )


def in_substage(rows: CustomerQuerySet, substage: str) -> CustomerQuerySet:
    is_drive = Q(has_test_drive=substage == Substage.TEST_DRIVE)
    return rows.filter(is_drive)


def count_prospects(stores: Iterable[Dealership]) -> dict[str, int]:
    """{substage: people}; only substages somebody is in. One query."""
    found = prospects(stores).aggregate(
        test_drive=Count("pk", filter=Q(has_test_drive=True)), enquiry=Count("pk", filter=Q(has_test_drive=False))
    )
    return {substage: number for substage, number in found.items() if number}


def with_news(rows: CustomerQuerySet, stores: Iterable[Dealership]) -> CustomerQuerySet:
    """The same with `known_since` and `drive_at`, the latest test drive that was not called off."""
    drives = Appointment.objects.filter(customer=OuterRef("pk"), purpose=Appointment.Purpose.TEST_DRIVE)
    latest = drives.exclude(status=Appointment.Status.CANCELLED).order_by("-starts_at")
    known = CustomerStore.objects.filter(customer=OuterRef("pk"), dealership__in=list(stores))
    since = known.order_by().values("customer").annotate(first=Min("since")).values("first")
    return rows.annotate(known_since=Subquery(since), drive_at=Subquery(latest.values("starts_at")[:1]))
