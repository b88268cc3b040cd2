from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from campaigns.models import Decision
from campaigns.models.decision import DecisionChange
from dealercrm.accounts.api.fields import CodeOf, WhyField
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.viewsets import ReadViewSet


class DecisionChangeSerializer(serializers.ModelSerializer[DecisionChange]):
    why = WhyField()

    class Meta:
        model = DecisionChange
        fields = ["on", "verdict", "gate", "why"]


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    dealership = CodeOf()
    why = WhyField()
    changes = DecisionChangeSerializer(many=True, read_only=True, help_text="What was said when, the first word first.")

    class Meta:
        model = Decision
        fields = [
            "id", "dealership", "occasion", "customer", "verdict", "gate", "failed_gates", "why", "eligible_on",
            "decided_on", "changes",
        ]  # fmt: skip


class DecisionFilter(django_filters.FilterSet):
    dealership = dealership_filter()
    ownership = django_filters.NumberFilter("occasion__ownership", help_text="The ownership's id.")

    class Meta:
        model = Decision
        fields = {
            "verdict": ["exact"], "gate": ["exact"], "customer": ["exact"], "occasion": ["exact"],
            "decided_on": ["gte", "lt"],
        }  # fmt: skip


@extend_schema_view(
    list=extend_schema(summary="Why a customer is contacted, or not", description="One row per occasion and step."),
    retrieve=extend_schema(summary="One decision"),
)
class DecisionViewSet(ReadViewSet):
    model = Decision
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    ordering_fields = ("id", "decided_on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership").prefetch_related("changes")
