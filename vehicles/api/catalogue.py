"""What the makers say and what the stores charge: work groups' intervals by model, and prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dealercrm.accounts.api.fields import CodeOf
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.pushing import (
    BatchSerializer,
    PushViewSet,
    RecordSerializer,
    batch_example,
    batch_request,
)
from dealercrm.accounts.api.viewsets import ListMixin, ReadViewSet, RetrieveMixin
from dealercrm.accounts.models import Dealership
from vehicles.api.records import text
from vehicles.models import MaintenanceSchedule, Make, ScheduledWork, VehicleModel, WorkGroup, WorkPrice
from vehicles.rules.catalogue import make_key, model_key
from vehicles.rules.records import PriceRecord
from vehicles.scheduling import Work, change_works, open_schedule
from vehicles.upserting import upsert_prices


class WorkSerializer(serializers.ModelSerializer[ScheduledWork]):
    work_group = CodeOf()

    class Meta:
        model = ScheduledWork
        fields = ["work_group", "interval_km", "interval_months", "is_maintenance"]


class ScheduleSerializer(serializers.ModelSerializer[MaintenanceSchedule]):
    """Without a model it is for every model of the make without one of its own, without a make for all others."""

    make = CodeOf("name", allow_null=True)
    model = CodeOf("name", allow_null=True)
    works = WorkSerializer(many=True, read_only=True)

    class Meta:
        model = MaintenanceSchedule
        fields = ["id", "make", "model", "works"]


class WorkRecordSerializer(RecordSerializer):
    """Every so many km or months, whichever comes first."""

    work_group = serializers.SlugRelatedField(slug_field="code", queryset=WorkGroup.objects.all())
    interval_km = serializers.IntegerField(min_value=1, max_value=500_000, required=False, allow_null=True)
    interval_months = serializers.IntegerField(min_value=1, max_value=240, required=False, allow_null=True)
    is_maintenance = serializers.BooleanField(default=False, help_text="It resets the maintenance clock.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("interval_km") or attrs.get("interval_months")):
            raise serializers.ValidationError(
                {"interval_km": _("Every so many km, or months, or both.")}, code="required"
            )
        return attrs


class ScheduleRecordSerializer(RecordSerializer):
    """All works of a schedule; those that are left out are taken from it."""

    default_error_messages = {
        "unknown": _("There is no such make or model."),
        "no_clock": _("One of the works must reset the maintenance clock: stages follow it."),
        "twice": _("A work stands here twice."),
    }
    make = text(60, help_text="Left out with the model: the schedule of every other car.")
    model = text(60)
    works = serializers.ListField(child=WorkRecordSerializer(), min_length=1, max_length=40)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        made, named = attrs.get("make", ""), attrs.get("model", "")
        make = Make.objects.filter(key=make_key(made)).first() if made else None
        model = VehicleModel.objects.filter(make=make, key=model_key(named)).first() if make and named else None
        for field, name, row in (("make", made, make), ("model", named, model)):
            if name and row is None:
                raise serializers.ValidationError({field: self.error_messages["unknown"]}, code="unknown")
        groups = [work["work_group"].pk for work in attrs["works"]]
        if len(groups) != len(set(groups)):
            raise serializers.ValidationError({"works": self.error_messages["twice"]}, code="twice")
        if not any(work["is_maintenance"] for work in attrs["works"]):
            raise serializers.ValidationError({"works": self.error_messages["no_clock"]}, code="no_clock")
        return {"make": make, "model": model, "works": attrs["works"]}


SOLARIS = {
    "make": "Hyundai",
    "works": [
        {"work_group": "maintenance", "interval_km": 15000, "interval_months": 12, "is_maintenance": True},
        {"work_group": "oil", "interval_km": 15000, "interval_months": 12},
        {"work_group": "brake_fluid", "interval_months": 24},
    ],
}


@extend_schema_view(
    list=extend_schema(
        summary="Maintenance schedules", description="For a car its model's counts, else its make's, else the generic."
    ),
    retrieve=extend_schema(summary="One maintenance schedule"),
)
class ScheduleViewSet(ReadViewSet):
    model = MaintenanceSchedule
    serializer_class = ScheduleSerializer

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("make", "model").prefetch_related("works__work_group")

    @extend_schema(
        summary="Create or replace the schedule of a model or make",
        description="The schedules are the whole group's. The cars they are about are judged again by the next night.",
        request=ScheduleRecordSerializer,
        responses={200: ScheduleSerializer, 201: ScheduleSerializer},
        examples=[OpenApiExample("a make", value=SOLARIS, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        form = ScheduleRecordSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        said = form.validated_data
        schedule, is_new = open_schedule(said["make"], said["model"])
        works = [
            Work(one["work_group"], one.get("interval_km"), one.get("interval_months"), one["is_maintenance"])
            for one in said["works"]
        ]
        change_works(schedule, works)
        return Response(self.get_serializer(schedule).data, status=201 if is_new else 200)


class PriceSerializer(serializers.ModelSerializer[WorkPrice]):
    """Labour and parts, gross, in the dealership's currency."""

    dealership = CodeOf()
    work_group = CodeOf()
    make = CodeOf("name", allow_null=True)
    model = CodeOf("name", allow_null=True)

    class Meta:
        model = WorkPrice
        fields = [
            "id", "dealership", "work_group", "make", "model", "labour", "parts", "valid_from", "valid_until",
        ]  # fmt: skip


class PriceFilter(django_filters.FilterSet):
    dealership = dealership_filter()
    work_group = django_filters.CharFilter("work_group__code")
    valid_on = django_filters.DateFilter(method="in_force", help_text="Prices that have begun and not ended then.")

    class Meta:
        model = WorkPrice
        fields: list[str] = []

    def in_force(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(valid_from__lte=value).exclude(valid_until__lt=value)


class PriceRecordSerializer(RecordSerializer):
    """A price by its work, make, model and first day; without make and model it is for every car."""

    work_group = serializers.CharField(max_length=32)
    make = text(60)
    model = text(60)
    labour = serializers.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal(0))
    parts = serializers.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal(0), default=Decimal(0))
    valid_from = serializers.DateField(required=False, allow_null=True, help_text="Left out: from today on.")
    valid_until = serializers.DateField(required=False, allow_null=True)


@extend_schema_view(
    list=extend_schema(
        summary="Prices of works", description="For a car its model's counts, else its make's, else that of every car."
    ),
    retrieve=extend_schema(summary="One price of a work"),
)
class PriceViewSet(ListMixin, RetrieveMixin, PushViewSet):
    model = WorkPrice
    serializer_class = PriceSerializer
    filterset_class = PriceFilter
    record_serializer = PriceRecordSerializer
    key_field = "work_group"
    ordering_fields = ("id", "valid_from")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "work_group", "make", "model")

    @extend_schema(
        summary="Create or change up to 1,000 prices by work, make, model and first day",
        request=batch_request("PriceBatch", PriceRecordSerializer),
        responses=BatchSerializer,
        examples=[
            batch_example(
                "maintenance", {"work_group": "maintenance", "make": "Kia", "labour": "6000.00", "parts": "5400.00"}
            )
        ],
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def batch(self, request: Request) -> Response:
        return self.push_batch(request)

    def push(self, dealership: Dealership, source: str, records: Any, now: Any) -> Any:
        prices = [PriceRecord(**values) for values in records]
        return upsert_prices(dealership, prices, today=dealership.today(now))
