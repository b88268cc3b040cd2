from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from dealercrm.accounts.api.pushing import (
    SOURCE,
    BatchSerializer,
    PushViewSet,
    ResultSerializer,
    batch_example,
    batch_request,
)
from dealercrm.accounts.api.viewsets import ListMixin, ReadViewSet, RetrieveMixin
from dealercrm.accounts.models import Dealership
from vehicles.api import filters
from vehicles.api.records import VehicleRecordSerializer, vehicle_record
from vehicles.api.serializers import OwnershipSerializer, VehicleSerializer
from vehicles.models import Ownership, Vehicle
from vehicles.rules.vin import canonical_vin
from vehicles.upserting import upsert_vehicles

RIO = {
    "plate": "A123BC116",
    "make": "Kia",
    "model": "Rio",
    "year": 2022,
    "customer_code": "K-17",
    "sold_on": "2024-01-15",
    "acquired": "new",
    "price": "1500000.00",
}


@extend_schema_view(
    list=extend_schema(summary="Vehicles of your customers", description="Cars that they own or have owned."),
    retrieve=extend_schema(summary="One vehicle"),
)
class VehicleViewSet(ListMixin, RetrieveMixin, PushViewSet):
    model = Vehicle
    serializer_class = VehicleSerializer
    record_serializer = VehicleRecordSerializer
    key_field = "vin"
    ordering_fields = ("id", "created_at")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("make", "model")

    @extend_schema(methods=["GET"], summary="One vehicle by its VIN", responses=VehicleSerializer, filters=False)
    @extend_schema(
        methods=["PUT"],
        summary="Create or update a vehicle by its VIN",
        description="With `customer_code` and `sold_on` it also tells our sale: who owns the car from that day.",
        request=VehicleRecordSerializer,
        responses={200: ResultSerializer, 201: ResultSerializer},
        examples=[OpenApiExample("a car we sold", value=RIO, request_only=True)],
    )
    @action(
        detail=False,
        methods=["get", "put"],
        pagination_class=None,
        url_path=rf"by-vin/(?P<dealership>{SOURCE})/(?P<source>{SOURCE})/(?P<vin>[A-Za-z0-9-]{{6,17}})",
    )
    def by_vin(self, request: Request, dealership: str, source: str, vin: str) -> Response:
        if request.method == "PUT":
            return self.push_one(dealership, source, vin, request.data)
        self.own_dealership(dealership, to_write=False)
        found = canonical_vin(vin)
        row = self.get_queryset().filter(vin=found.vin).first() if found else None
        if row is None:
            raise NotFound
        return Response(self.get_serializer(row).data)

    @extend_schema(
        summary="Create or update up to 1,000 vehicles by VIN",
        request=batch_request("VehicleBatch", VehicleRecordSerializer),
        responses=BatchSerializer,
        examples=[batch_example("one car", {"vin": "Z94CB41AAGR323020", **RIO})],
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def batch(self, request: Request) -> Response:
        return self.push_batch(request)

    def push(self, dealership: Dealership, source: str, records: Any, now: Any) -> Any:
        return upsert_vehicles(dealership, source, [vehicle_record(values) for values in records], now=now)


class EndingSerializer(serializers.Serializer[Any]):
    default_error_messages = {
        "future": _("That day has not come yet."),
        "before": _("They did not own it yet on that day."),
    }
    reason = serializers.ChoiceField(choices=Ownership.EndReason.choices)
    on = serializers.DateField()

    def validate_on(self, on: date) -> date:
        ownership: Ownership = self.context["ownership"]
        if on > ownership.home_store.today(timezone.now()):
            raise serializers.ValidationError(self.error_messages["future"], code="future")
        if on < ownership.started_on:
            raise serializers.ValidationError(self.error_messages["before"], code="before")
        return on


@extend_schema_view(
    list=extend_schema(summary="Who owns which vehicle, and since when"),
    retrieve=extend_schema(summary="One ownership"),
)
class OwnershipViewSet(ReadViewSet):
    model = Ownership
    serializer_class = OwnershipSerializer
    filterset_class = filters.OwnershipFilter
    ordering_fields = ("id", "started_on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("home_store")

    @extend_schema(
        summary="Say that a customer no longer owns a car",
        description="Contacts about this car end. Said twice, the first answer stays.",
        request=EndingSerializer,
        responses={200: OwnershipSerializer},
        examples=[OpenApiExample("sold", value={"reason": "sold", "on": "2026-03-01"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def ending(self, request: Request, pk: str) -> Response:
        ownership = cast(Ownership, self.get_object())
        self.own_dealership(ownership.home_store.code)
        form = EndingSerializer(data=request.data, context={**self.get_serializer_context(), "ownership": ownership})
        form.is_valid(raise_exception=True)
        ownership.end(form.validated_data["reason"], on=form.validated_data["on"])
        return Response(self.get_serializer(ownership).data)
