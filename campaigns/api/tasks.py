from __future__ import annotations

from typing import Any

import django_filters
from rest_framework import serializers

from campaigns.models import ContactTask
from customers.api.filters import customer_filter
from dealercrm.accounts.api.fields import CodeOf, WhyField
from dealercrm.accounts.api.filters import dealership_filter


class ContactTaskSerializer(serializers.ModelSerializer[ContactTask]):
    dealership = CodeOf()
    why = WhyField()
    assigned_to = CodeOf("username", allow_null=True)
    claimed_by = CodeOf("username", allow_null=True)

    class Meta:
        model = ContactTask
        fields = [
            "id", "dealership", "customer", "ownership", "occasion", "kind", "channel", "purpose", "attempt", "why",
            "due_on", "not_before", "closes_at", "promised_at", "value", "priority", "is_lifted", "is_by_chance",
            "status", "assigned_to", "claimed_by", "epoch", "lease_until", "outcome", "closed_at", "planned_on",
        ]  # fmt: skip


class ContactTaskFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()
    kind = django_filters.CharFilter(help_text="Kind of the occasion.")
    is_open = django_filters.BooleanFilter(method="still_open", help_text="true: open or taken.")

    class Meta:
        model = ContactTask
        fields = {
            "status": ["exact"], "channel": ["exact"], "purpose": ["exact"],
            "ownership": ["exact"], "occasion": ["exact"], "due_on": ["exact", "gte", "lt"], "outcome": ["exact"],
        }  # fmt: skip

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.open() if value else rows.exclude(status__in=ContactTask.OPEN)
