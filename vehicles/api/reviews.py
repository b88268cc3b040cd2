"""Reviews that another system collected on maps and portals. The same link twice is one review."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.about import AboutCustomerSerializer, PastField
from dealercrm.accounts.models import Dealership
from vehicles.api import filters
from vehicles.api.serializers import ReviewSerializer
from vehicles.api.talk import CodedViewSet
from vehicles.models import Review


class ReviewRecordSerializer(AboutCustomerSerializer):
    """Names the customer where it is known who wrote it; it may be nobody we know."""

    at = PastField()
    site = serializers.CharField(max_length=40, help_text="Yandex Maps, 2GIS, Google ...")
    author = serializers.CharField(max_length=100, allow_blank=True, default="", help_text="As shown there.")
    stars = serializers.IntegerField(min_value=1, max_value=5)
    text = serializers.CharField(max_length=4000, allow_blank=True, default="")
    url = serializers.URLField(max_length=300, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "customer" in attrs or "customer_code" in attrs:
            return super().validate(attrs)
        return {**{name: value for name, value in attrs.items() if name != "source"}, "customer": None}


@extend_schema_view(
    list=extend_schema(summary="Reviews", description="What was written about a store in public."),
    retrieve=extend_schema(summary="One review"),
)
class ReviewViewSet(CodedViewSet):
    model = Review
    serializer_class = ReviewSerializer
    filterset_class = filters.ReviewFilter
    ordering_fields = ("id", "at")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "by").prefetch_related("codes")

    @extend_schema(
        summary="Record a review",
        description="Three stars or fewer open a complaint, also where nobody knows who wrote it.",
        request=ReviewRecordSerializer,
        responses={200: ReviewSerializer, 201: ReviewSerializer},
        examples=[
            OpenApiExample(
                "two stars",
                value={
                    "dealership": "north",
                    "site": "2GIS",
                    "author": "Ivan P.",
                    "stars": 2,
                    "text": "Waited for two hours.",
                    "url": "https://example.org/reviews/17",
                    "at": "2026-03-16T11:00:00+03:00",
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        said = self.heard(ReviewRecordSerializer, request, "at")
        with transaction.atomic():
            store = said["dealership"]
            Dealership.objects.select_for_update(no_key=True).get(pk=store.pk)  # sent twice at once is one review
            same = {"dealership": store, "url": said["url"]} if said["url"] else said
            row = Review.objects.filter(**same).first()
            is_new = row is None
            if row is None:
                row = Review.objects.record(now=timezone.now(), by=self.user, **said)
        return Response(self.get_serializer(row).data, status=201 if is_new else 200)
