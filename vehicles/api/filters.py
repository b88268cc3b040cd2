"""What each list of this room can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters

from customers.api.filters import customer_filter
from dealercrm.accounts.api.filters import dealership_filter
from vehicles.models import (
    Appointment,
    Complaint,
    Cover,
    Feedback,
    OdometerReading,
    Ownership,
    Refusal,
    RepairOrder,
    Review,
    Touch,
)


class OwnershipFilter(django_filters.FilterSet):
    customer = customer_filter()
    home_store = dealership_filter("home_store")
    is_open = django_filters.BooleanFilter("ended_on", lookup_expr="isnull", help_text="true: still owns the car.")

    class Meta:
        model = Ownership
        fields = {"vehicle": ["exact"], "acquired": ["exact"], "started_on": ["gte", "lt"]}


class RepairOrderFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()
    is_voided = django_filters.BooleanFilter("voided_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = RepairOrder
        fields = {
            "source": ["exact"], "number": ["exact"], "vehicle": ["exact"],
            "ownership": ["exact"], "pay_type": ["exact"], "opened_on": ["exact", "gte", "lt"],
        }  # fmt: skip


class OdometerReadingFilter(django_filters.FilterSet):
    class Meta:
        model = OdometerReading
        fields = {"vehicle": ["exact"], "plausibility": ["exact"], "read_on": ["gte", "lt"]}


class CoverFilter(django_filters.FilterSet):
    dealership = dealership_filter()

    class Meta:
        model = Cover
        fields = {"vehicle": ["exact"], "ownership": ["exact"], "kind": ["exact"], "ends_on": ["gte", "lt"]}


class AppointmentFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()
    is_open = django_filters.BooleanFilter(method="still_open", help_text="true: booked or confirmed.")

    class Meta:
        model = Appointment
        fields = {
            "ownership": ["exact"], "status": ["exact"], "purpose": ["exact"],
            "starts_at": ["gte", "lt"],
        }  # fmt: skip

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.open() if value else rows.exclude(status__in=Appointment.OPEN)


class TouchFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()

    class Meta:
        model = Touch
        fields = {
            "ownership": ["exact"], "purpose": ["exact"], "at": ["gte", "lt"],
        }  # fmt: skip


class ComplaintFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()
    is_open = django_filters.BooleanFilter("resolved_at", lookup_expr="isnull", help_text="true: not solved yet.")

    class Meta:
        model = Complaint
        fields = {"ownership": ["exact"], "opened_at": ["gte", "lt"]}


class FeedbackFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()

    class Meta:
        model = Feedback
        fields = {
            "ownership": ["exact"], "order": ["exact"], "score": ["gte", "lte"],
            "at": ["gte", "lt"],
        }  # fmt: skip


class ReviewFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()

    class Meta:
        model = Review
        fields = {"site": ["exact"], "stars": ["gte", "lte"], "at": ["gte", "lt"]}


class RefusalFilter(django_filters.FilterSet):
    customer = customer_filter()

    class Meta:
        model = Refusal
        fields = {"ownership": ["exact"], "topic": ["exact"], "at": ["gte", "lt"]}
