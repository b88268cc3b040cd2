from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from campaigns.models import Offer
from campaigns.offering import Made
from dealercrm.accounts.api.fields import CodeOf, WhyField
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.viewsets import ReadViewSet


class OfferSerializer(serializers.ModelSerializer[Offer]):
    dealership = CodeOf()
    is_marketing = serializers.BooleanField(read_only=True, help_text="Needs a consent to marketing.")
    work_groups = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Offer
        fields = [
            "id", "dealership", "code", "version", "kind", "is_marketing", "name_en", "name_ru", "text_en", "text_ru",
            "percent", "amount", "work_groups", "valid_from", "valid_until", "days_valid", "segment", "needs_slot",
            "stock", "cost", "take_rate", "margin", "anyway_share", "is_active", "created_at", "replaced_at",
        ]  # fmt: skip


class OfferFilter(django_filters.FilterSet):
    dealership = dealership_filter()
    is_current = django_filters.BooleanFilter(
        "replaced_at", lookup_expr="isnull", help_text="true: the version that counts now."
    )

    class Meta:
        model = Offer
        fields = {"code": ["exact"], "kind": ["exact"], "is_active": ["exact"]}


class MadeOfferSerializer(serializers.Serializer[Any]):
    """An offer in one call: with its price and last day, or with why it is not made."""

    offer = serializers.IntegerField(source="offer.pk", help_text="Send it as `details.offer` with the result.")
    code = serializers.CharField(source="offer.code")
    kind = serializers.CharField(source="offer.kind")
    name = serializers.CharField(source="offer.name")
    text = serializers.CharField(source="offer.text")
    position = serializers.IntegerField(help_text="1 is the main offer, 2 its fallback.")
    price = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    usual_price = serializers.DecimalField(source="usual", max_digits=12, decimal_places=2, allow_null=True)
    until = serializers.DateField()
    is_marketing = serializers.BooleanField(source="offer.is_marketing")
    why_not = serializers.SerializerMethodField(help_text="null: it may be made.")

    @extend_schema_field(WhyField(allow_null=True))
    def get_why_not(self, made: Made) -> Any:
        return WhyField().to_representation(made.reason) if made.reason else None


@extend_schema_view(
    list=extend_schema(
        summary="Offers", description="All versions: one that a customer has heard of is never overwritten."
    ),
    retrieve=extend_schema(summary="One version of an offer"),
)
class OfferViewSet(ReadViewSet):
    model = Offer
    serializer_class = OfferSerializer
    filterset_class = OfferFilter

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership")
