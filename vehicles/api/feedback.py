"""Answers after a visit that another system collected: a form on the web, a robot's call."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.about import PastField
from customers.models import Channel, Customer
from vehicles.api import filters
from vehicles.api.serializers import FeedbackSerializer
from vehicles.api.talk import AboutCarSerializer, CodedViewSet
from vehicles.models import Feedback


class FeedbackRecordSerializer(AboutCarSerializer):
    at = PastField()
    score = serializers.IntegerField(min_value=0, max_value=10, help_text="Would you recommend us to a friend?")
    comment = serializers.CharField(max_length=4000, allow_blank=True, default="")
    channel = serializers.ChoiceField(choices=Channel.choices)


@extend_schema_view(
    list=extend_schema(summary="Feedback", description="Answers after a visit, 0 to 10 (NPS)."),
    retrieve=extend_schema(summary="One answer"),
)
class FeedbackViewSet(CodedViewSet):
    model = Feedback
    serializer_class = FeedbackSerializer
    filterset_class = filters.FeedbackFilter
    ordering_fields = ("id", "at")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "by").prefetch_related("codes")

    @extend_schema(
        summary="Record an answer",
        description="A score up to 6 opens a complaint; from then on offers to the customer stop until it is solved.",
        request=FeedbackRecordSerializer,
        responses={200: FeedbackSerializer, 201: FeedbackSerializer},
        examples=[
            OpenApiExample(
                "a form on the web",
                value={
                    "dealership": "north",
                    "customer_code": "K-17",
                    "score": 9,
                    "comment": "Quick and friendly.",
                    "channel": "email",
                    "at": "2026-03-16T11:00:00+03:00",
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        said = self.heard(FeedbackRecordSerializer, request, "at")
        with transaction.atomic():
            Customer.objects.held([said["customer"].pk])  # the same answer sent twice at once makes one row
            same = {name: said[name] for name in ("customer", "ownership", "dealership", "at", "score", "channel")}
            row = Feedback.objects.filter(**same).first()
            is_new = row is None
            if row is None:
                row = Feedback.objects.record(**said, by=self.user)
        return Response(self.get_serializer(row).data, status=201 if is_new else 200)
