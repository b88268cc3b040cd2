from __future__ import annotations

from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.about import AboutCustomerSerializer, PastField, create_once
from customers.api.filters import customer_filter
from customers.api.serializers import ConsentSerializer
from customers.models import Channel, ConsentEvent, Purpose
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.viewsets import ReadViewSet


class ConsentFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()

    class Meta:
        model = ConsentEvent
        fields = {"purpose": ["exact"], "channel": ["exact"], "at": ["gte", "lt"]}


class ConsentRecordSerializer(AboutCustomerSerializer):
    """What a customer allowed or forbade. A yes needs the version of the text they saw: no proof, no consent."""

    default_error_messages = {"no_proof": _("Name the version of the text that the customer agreed to.")}
    purpose = serializers.ChoiceField(
        choices=Purpose.choices, required=False, allow_blank=True, default="", help_text="Empty: every purpose."
    )
    channel = serializers.ChoiceField(
        choices=Channel.choices, required=False, allow_blank=True, default="", help_text="Empty: every channel."
    )
    is_given = serializers.BooleanField(help_text="true: allowed; false: forbidden.")
    at = PastField()
    recorded_through = serializers.SlugField(
        max_length=32, default="web", help_text="Where they said it: web, call, email ..."
    )
    text_version = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs["is_given"] and not attrs["text_version"]:
            self.refuse("text_version", "no_proof")
        return attrs


@extend_schema_view(
    list=extend_schema(
        summary="What customers allowed and forbade",
        description="A journal: the latest event for a purpose and channel counts. "
        "An empty purpose or channel means every one.",
    ),
    retrieve=extend_schema(summary="One consent event"),
)
class ConsentViewSet(ReadViewSet):
    model = ConsentEvent
    serializer_class = ConsentSerializer
    filterset_class = ConsentFilter
    ordering_fields = ("id", "at")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "recorded_by")

    @extend_schema(
        summary="Record a consent or its withdrawal",
        description="A repeated request answers with the event of the first (200).",
        request=ConsentRecordSerializer,
        responses={200: ConsentSerializer, 201: ConsentSerializer},
        examples=[
            OpenApiExample(
                "a box ticked on the website",
                value={
                    "dealership": "north",
                    "customer_code": "K-17",
                    "channel": "email",
                    "purpose": "marketing",
                    "is_given": True,
                    "text_version": "2026-01",
                    "at": "2026-03-16T11:00:00+03:00",
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        form = ConsentRecordSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        said = dict(form.validated_data)
        customer = said.pop("customer")
        same = {name: said[name] for name in ("purpose", "channel", "is_given", "text_version", "dealership")}
        same |= {"source": said["recorded_through"], "at": said.get("at") or timezone.now()}
        event, is_new = create_once(ConsentEvent, customer, same, recorded_by=self.user)
        return Response(self.get_serializer(event).data, status=201 if is_new else 200)
