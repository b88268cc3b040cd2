from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from campaigns.models import Credit
from dealercrm.accounts.api.fields import CodeOf, WhyField
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.viewsets import ReadViewSet


class CreditSerializer(serializers.ModelSerializer[Credit]):
    dealership = CodeOf()
    operator = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    why = WhyField()
    order = serializers.IntegerField(
        source="order_id", read_only=True, allow_null=True, help_text="The repair order that is credited."
    )

    class Meta:
        model = Credit
        fields = [
            "id", "dealership", "month", "customer", "result", "feedback", "review", "number", "verdict", "why",
            "operator", "advisor", "order", "event_on", "visits", "praises", "points", "margin", "decided_at",
        ]  # fmt: skip


class CreditFilter(django_filters.FilterSet):
    dealership = dealership_filter()
    operator = django_filters.CharFilter("operator__username", help_text="User name of who booked the visit.")
    advisor = django_filters.CharFilter("advisor", help_text="As the repair order names them.")
    is_praise = django_filters.BooleanFilter("result", "isnull", help_text="Answers and reviews, or booked visits.")

    class Meta:
        model = Credit
        fields = {
            "month": ["exact", "gte", "lt"], "verdict": ["exact"], "customer": ["exact"], "decided_at": ["gte", "lt"],
        }  # fmt: skip


@extend_schema_view(
    list=extend_schema(
        summary="Whose visits were they",
        description="The monthly sheet, entry by entry: visits that booked calls brought, and praise that followed. "
        "`month` is the first day of the month. Add up `visits`, `praises`, `points` and `margin` of a month: a later "
        "entry of the same subject takes back what an earlier one gave, and may be below zero.",
    ),
    retrieve=extend_schema(summary="One entry"),
)
class CreditViewSet(ReadViewSet):
    model = Credit
    serializer_class = CreditSerializer
    filterset_class = CreditFilter
    ordering_fields = ("id", "event_on", "decided_at")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "operator")
