from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from customers.api.filters import customer_filter
from dealercrm.accounts.api.fields import CodeOf, WhyField
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.viewsets import ReadViewSet
from lifecycle.models import Occasion


class OccasionSerializer(serializers.ModelSerializer[Occasion]):
    dealership = CodeOf()
    why = WhyField()
    closed_why = WhyField()

    class Meta:
        model = Occasion
        fields = [
            "id", "dealership", "ownership", "customer", "kind", "purpose", "cycle", "opens_on", "due_on", "closes_on",
            "status", "is_safety_work", "evidence", "why", "closed_on", "closed_why",
        ]  # fmt: skip


class OccasionFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()
    kind = django_filters.CharFilter()
    on_offer = django_filters.DateFilter(method="offered", help_text="Open occasions whose window holds this date.")

    class Meta:
        model = Occasion
        fields = {
            "status": ["exact"], "purpose": ["exact"], "ownership": ["exact"],
            "opens_on": ["gte", "lt"], "due_on": ["gte", "lt"], "closes_on": ["gte", "lt"],
        }  # fmt: skip

    def offered(self, rows: Any, name: str, value: Any) -> Any:
        return rows.on_offer(value)


@extend_schema_view(
    list=extend_schema(summary="Occasions", description="Dated reasons to talk about a car, each with its sentence."),
    retrieve=extend_schema(summary="One occasion"),
)
class OccasionViewSet(ReadViewSet):
    model = Occasion
    serializer_class = OccasionSerializer
    filterset_class = OccasionFilter
    ordering_fields = ("id", "due_on", "closes_on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership")
