from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dealercrm.accounts.api.fields import DealershipField
from dealercrm.accounts.api.viewsets import ReadViewSet
from vehicles.api import filters
from vehicles.api.records import MOST_KM, VinField
from vehicles.api.serializers import OdometerReadingSerializer
from vehicles.models import OdometerReading, Vehicle
from vehicles.reading import take_reading

SOURCE = "api"


class ReadingRecordSerializer(serializers.Serializer[Any]):
    """What the odometer showed. A doubtful reading is taken and flagged, never refused."""

    default_error_messages = {
        "unknown": _("None of your customers has a car with the VIN {vin}."),
        "future": _("That day has not come yet."),
    }
    dealership = DealershipField()
    vin = VinField()
    read_on = serializers.DateField()
    km = serializers.IntegerField(min_value=0, max_value=MOST_KM)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["read_on"] > attrs["dealership"].today(timezone.now()):
            raise serializers.ValidationError({"read_on": self.error_messages["future"]}, code="future")
        cars = Vehicle.objects.for_user(self.context["request"].user).select_related("make")
        vehicle = cars.filter(vin=attrs["vin"].vin).first()
        if vehicle is None:
            text = str(self.error_messages["unknown"]).format(vin=attrs["vin"].vin)
            raise serializers.ValidationError({"vin": text}, code="unknown")
        return {**attrs, "vehicle": vehicle}


@extend_schema_view(
    list=extend_schema(summary="Odometer readings", description="Suspect readings are kept, with the reason."),
    retrieve=extend_schema(summary="One odometer reading"),
)
class OdometerReadingViewSet(ReadViewSet):
    model = OdometerReading
    serializer_class = OdometerReadingSerializer
    filterset_class = filters.OdometerReadingFilter
    ordering_fields = ("id", "read_on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership")

    @extend_schema(
        summary="Record an odometer reading",
        description="The same reading of the same day, sent again, is answered with 200.",
        request=ReadingRecordSerializer,
        responses={200: OdometerReadingSerializer, 201: OdometerReadingSerializer},
        examples=[
            OpenApiExample(
                "a reading from the customer's app",
                value={"dealership": "north", "vin": "Z94CB41AAGR323020", "read_on": "2026-03-16", "km": 46100},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        form = ReadingRecordSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        said = form.validated_data
        vehicle: Vehicle = said["vehicle"]
        with transaction.atomic():
            list(Vehicle.objects.select_for_update().filter(pk=vehicle.pk).values_list("pk"))  # one writer a car
            same = OdometerReading.objects.filter(
                vehicle=vehicle, dealership=said["dealership"], source=SOURCE, read_on=said["read_on"], km=said["km"]
            ).first()
            reading = same or take_reading(
                vehicle, said["km"], said["read_on"], by=self.user, dealership=said["dealership"], source=SOURCE
            )
        return Response(self.get_serializer(reading).data, status=200 if same else 201)
