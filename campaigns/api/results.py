from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from campaigns.models import Assignment, CampaignVerdict
from customers.api.filters import customer_filter
from dealercrm.accounts.api.fields import CodeOf
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.viewsets import ReadViewSet


class CampaignVerdictSerializer(serializers.ModelSerializer[CampaignVerdict]):
    dealership = CodeOf()
    verdict = serializers.CharField(source="word", help_text="earns, loses or not_enough.")
    figures = serializers.JSONField(
        read_only=True,
        help_text="As of the planned day. `uplift` and `net` are [value, low, high] with a 95% interval; money in "
        "`currency`, of one customer; `needed`: how many more customers it takes to know.",
    )

    class Meta:
        model = CampaignVerdict
        fields = [
            "id", "dealership", "campaign", "salt", "planned_on", "written_at", "verdict", "figures", "currency",
            "horizon_days", "rules_version",
        ]  # fmt: skip


class CampaignVerdictFilter(django_filters.FilterSet):
    dealership = dealership_filter()
    verdict = django_filters.CharFilter("word", help_text="earns, loses or not_enough.")

    class Meta:
        model = CampaignVerdict
        fields = {"campaign": ["exact"], "planned_on": ["gte", "lt"]}


@extend_schema_view(
    list=extend_schema(
        summary="What campaigns earned",
        description="Verdicts, each said once on its planned day. The campaign `global` is all contacting together.",
    ),
    retrieve=extend_schema(summary="One verdict"),
)
class CampaignVerdictViewSet(ReadViewSet):
    model = CampaignVerdict
    serializer_class = CampaignVerdictSerializer
    filterset_class = CampaignVerdictFilter
    ordering_fields = ("id", "planned_on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership")


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    dealership = CodeOf()

    class Meta:
        model = Assignment
        fields = [
            "id", "dealership", "campaign", "salt", "share", "customer", "occasion", "is_held_out", "is_mixed",
            "assigned_on",
        ]  # fmt: skip


class AssignmentFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()

    class Meta:
        model = Assignment
        fields = {
            "campaign": ["exact"], "salt": ["exact"], "is_held_out": ["exact"],
            "assigned_on": ["gte", "lt"],
        }  # fmt: skip


@extend_schema_view(
    list=extend_schema(
        summary="Who was drawn to be contacted and who to be held out",
        description="One row per customer and campaign, for ever. `is_mixed`: two cards of one person fell on both "
        "sides; it counts in no result.",
    ),
    retrieve=extend_schema(summary="One draw"),
)
class AssignmentViewSet(ReadViewSet):
    model = Assignment
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilter
    ordering_fields = ("id", "assigned_on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership")
