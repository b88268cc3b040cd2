"""Points of the loyalty programme: balances, the ledger, and what another system spends or puts right."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.filters import customer_filter
from dealercrm.accounts.api.fields import CodeOf
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.problems import Conflict, ProblemSerializer
from dealercrm.accounts.api.viewsets import ReadViewSet
from dealercrm.sentences import sentence
from vehicles.api.talk import AboutCarSerializer
from vehicles.forms_loyalty import MOST
from vehicles.loyalty import PointsRefusedError, post_by_hand
from vehicles.models import LoyaltyAccount, LoyaltyEntry
from vehicles.upserting.shared import again_on_clash

FIELD_OF = {"loyalty.off": "dealership", "loyalty.too_few": "points"}


class LoyaltyAccountSerializer(serializers.ModelSerializer[LoyaltyAccount]):
    """What a customer has at a store. One who is held out earns nothing, so that the programme can be measured."""

    dealership = CodeOf()

    class Meta:
        model = LoyaltyAccount
        fields = ["id", "customer", "dealership", "balance", "expiring", "expires_on", "is_held_out", "assigned_on"]


class LoyaltyEntrySerializer(serializers.ModelSerializer[LoyaltyEntry]):
    """Points that came (above nought) or went; append-only."""

    dealership = CodeOf()
    by = CodeOf("username", allow_null=True)
    external_id = serializers.CharField(source="external_code", read_only=True, help_text="Your code of it.")

    class Meta:
        model = LoyaltyEntry
        fields = [
            "id", "customer", "ownership", "dealership", "repair_order", "kind", "points", "on", "expires_on",
            "source", "external_id", "note", "at", "by",
        ]  # fmt: skip


class LoyaltyAccountFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()

    class Meta:
        model = LoyaltyAccount
        fields = {"balance": ["gte"], "expires_on": ["gte", "lt"]}


class LoyaltyEntryFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()

    class Meta:
        model = LoyaltyEntry
        fields = {
            "ownership": ["exact"], "repair_order": ["exact"], "kind": ["exact"],
            "on": ["gte", "lt"],
        }  # fmt: skip


class PointsRecordSerializer(AboutCarSerializer):
    """Points spent (a positive number) or put right (signed). `external_id` makes a repeated request harmless."""

    default_error_messages = {"sign": _("Points that are spent are a number above 0; those put right are not 0.")}
    kind = serializers.ChoiceField(choices=[LoyaltyEntry.Kind.SPENT.value, LoyaltyEntry.Kind.ADJUSTED.value])
    points = serializers.IntegerField(min_value=-MOST, max_value=MOST)
    external_id = serializers.CharField(max_length=64, help_text="Your code of it, unique in `source` and dealership.")
    note = serializers.CharField(max_length=300, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        source = attrs["source"]
        attrs = super().validate(attrs)
        is_spent = attrs["kind"] == LoyaltyEntry.Kind.SPENT
        if not attrs["points"] or (is_spent and attrs["points"] < 0):
            self.refuse("points", "sign")
        if is_spent:
            attrs["points"] = -attrs["points"]
        return {**attrs, "source": source}


@extend_schema_view(
    list=extend_schema(summary="Balances of points", description="One row a customer and store."),
    retrieve=extend_schema(summary="One balance of points"),
)
class LoyaltyAccountViewSet(ReadViewSet):
    model = LoyaltyAccount
    serializer_class = LoyaltyAccountSerializer
    filterset_class = LoyaltyAccountFilter
    ordering_fields = ("id", "balance")

    def loaded(self, rows: Any) -> Any:
        return rows.filter(customer__merged_into=None).select_related("dealership")


@extend_schema_view(
    list=extend_schema(summary="Points that came and went"),
    retrieve=extend_schema(summary="One entry of the ledger of points"),
)
class LoyaltyEntryViewSet(ReadViewSet):
    model = LoyaltyEntry
    serializer_class = LoyaltyEntrySerializer
    filterset_class = LoyaltyEntryFilter
    ordering_fields = ("id", "on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "by")

    @extend_schema(
        summary="Spend points, or put a balance right",
        description="Never below nought. What visits earn is posted here by itself; do not send it.",
        request=PointsRecordSerializer,
        responses={200: LoyaltyEntrySerializer, 201: LoyaltyEntrySerializer, 409: ProblemSerializer},
        examples=[
            OpenApiExample(
                "paid at the till",
                value={
                    "dealership": "north",
                    "customer_code": "K-17",
                    "kind": "spent",
                    "points": 300,
                    "external_id": "T-2026-0317",
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        form = PointsRecordSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        said = form.validated_data
        try:
            row, is_new = again_on_clash(
                lambda: post_by_hand(
                    said["dealership"],
                    said["customer"].pk,
                    said["kind"],
                    said["points"],
                    now=timezone.now(),
                    by=self.user,
                    note=said["note"],
                    source=said["source"],
                    external_code=said["external_id"],
                    ownership=said["ownership"],
                )
            )
        except PointsRefusedError as refused:
            words = sentence(refused.why.as_json())
            if refused.why.code not in FIELD_OF:
                raise Conflict(words) from refused
            raise ValidationError({FIELD_OF[refused.why.code]: words}, code=refused.why.code) from refused
        return Response(self.get_serializer(row).data, status=201 if is_new else 200)
