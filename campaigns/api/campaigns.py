from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from campaigns.models import Campaign, CampaignStep
from dealercrm.accounts.api.fields import CodeOf
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.viewsets import ReadViewSet


class CampaignStepSerializer(serializers.ModelSerializer[CampaignStep]):
    class Meta:
        model = CampaignStep
        fields = [
            "id", "position", "channel", "delay_days", "subject_en", "subject_ru", "text_en", "text_ru",
        ]  # fmt: skip


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    dealership = CodeOf()
    kinds = serializers.ListField(child=serializers.CharField(), help_text="Kinds of occasions that it answers.")
    steps = CampaignStepSerializer(many=True, read_only=True, help_text="The cadence, in its order.")

    class Meta:
        model = Campaign
        fields = [
            "id", "dealership", "code", "version", "name_en", "name_ru", "goal_en", "goal_ru", "kinds", "rank",
            "segment", "is_active", "starts_on", "verdict_on", "holdout_share", "minutes_a_day", "steps",
        ]  # fmt: skip


class CampaignFilter(django_filters.FilterSet):
    dealership = dealership_filter()

    class Meta:
        model = Campaign
        fields = {"code": ["exact"], "version": ["exact"], "is_active": ["exact"], "segment": ["exact"]}


@extend_schema_view(
    list=extend_schema(
        summary="Campaigns, every version",
        description="`is_active`: it answers occasions, from `starts_on` where that is set. Of two active versions of "
        "a code the newer one answers once its first day has come. Campaigns are written in the browser.",
    ),
    retrieve=extend_schema(summary="One version of a campaign with its steps"),
)
class CampaignViewSet(ReadViewSet):
    model = Campaign
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilter
    ordering_fields = ("id", "rank", "code")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership").prefetch_related(
            Prefetch("steps", CampaignStep.objects.order_by("position"))
        )
