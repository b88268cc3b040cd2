from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
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
from dealercrm.accounts.api.viewsets import ListMixin, RetrieveMixin
from dealercrm.accounts.models import Dealership
from vehicles.api import filters
from vehicles.api.records import (
    AppointmentRecordSerializer,
    CoverRecordSerializer,
    OrderRecordSerializer,
    appointment_record,
    cover_record,
    order_record,
)
from vehicles.api.serializers import AppointmentSerializer, CoverSerializer, RepairOrderSerializer
from vehicles.booking import upsert_appointments
from vehicles.models import Appointment, Cover, RepairOrder
from vehicles.upserting import upsert_covers, upsert_orders

VISIT = {
    "opened_on": "2026-02-01",
    "vin": "Z94CB41AAGR323020",
    "customer_code": "K-17",
    "odometer_km": 45210,
    "pay_type": "customer",
    "advisor": "Belova",
    "total": "14200.00",
    "lines": [
        {"name": "Maintenance 45,000 km", "work_group": "maintenance", "amount": "6000.00"},
        {"name": "Oil 5W-30", "kind": "part", "quantity": "4.00", "amount": "4200.00"},
        {"name": "Front brake pads", "work_group": "brakes", "amount": "4000.00", "is_declined": True},
    ],
}


@extend_schema_view(
    list=extend_schema(summary="Repair orders with their lines"),
    retrieve=extend_schema(summary="One repair order"),
)
class RepairOrderViewSet(ListMixin, RetrieveMixin, PushViewSet):
    model = RepairOrder
    serializer_class = RepairOrderSerializer
    filterset_class = filters.RepairOrderFilter
    record_serializer = OrderRecordSerializer
    key_field = "number"
    ordering_fields = ("id", "opened_on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership").prefetch_related("lines__work_group")

    @extend_schema(
        methods=["GET"], summary="One repair order by its number", responses=RepairOrderSerializer, filters=False
    )
    @extend_schema(
        methods=["PUT"],
        summary="Create or update a repair order by its number",
        description="The car and the customer must be known. A doubtful odometer reading is taken, with a flag.",
        request=OrderRecordSerializer,
        responses={200: ResultSerializer, 201: ResultSerializer},
        examples=[OpenApiExample("a visit", value=VISIT, request_only=True)],
    )
    @extend_schema(
        methods=["DELETE"],
        summary="Void a repair order",
        description="It was deleted in your system. The row stays, but is no visit; sent again, it counts again.",
        responses={204: None},
    )
    @action(
        detail=False,
        methods=["get", "put", "delete"],
        pagination_class=None,
        url_path=rf"by-number/(?P<dealership>{SOURCE})/(?P<source>{SOURCE})/(?P<number>[^/\x00]{{1,40}})",
    )
    def by_number(self, request: Request, dealership: str, source: str, number: str) -> Response:
        if request.method == "PUT":
            return self.push_one(dealership, source, number, request.data)
        store = self.own_dealership(dealership, to_write=request.method == "DELETE")
        row = self.get_queryset().filter(dealership=store, source=source, number=number).first()
        if not isinstance(row, RepairOrder):
            raise NotFound
        if request.method == "DELETE":
            row.void(at=timezone.now())
            return Response(status=204)
        return Response(self.get_serializer(row).data)

    @extend_schema(
        summary="Create or update up to 1,000 repair orders by number",
        request=batch_request("RepairOrderBatch", OrderRecordSerializer),
        responses=BatchSerializer,
        examples=[batch_example("one visit", {"number": "RO-1001", **VISIT})],
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def batch(self, request: Request) -> Response:
        return self.push_batch(request)

    def push(self, dealership: Dealership, source: str, records: Any, now: Any) -> Any:
        return upsert_orders(dealership, source, [order_record(values) for values in records], now=now)


POLICY = {
    "vin": "Z94CB41AAGR323020",
    "kind": "insurance",
    "product": "KASKO",
    "starts_on": "2026-01-15",
    "ends_on": "2027-01-14",
}


@extend_schema_view(
    list=extend_schema(summary="Covers", description="Insurance, warranty, service and finance contracts."),
    retrieve=extend_schema(summary="One cover"),
)
class CoverViewSet(ListMixin, RetrieveMixin, PushViewSet):
    model = Cover
    serializer_class = CoverSerializer
    filterset_class = filters.CoverFilter
    record_serializer = CoverRecordSerializer
    key_field = "number"
    ordering_fields = ("id", "ends_on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership")

    @extend_schema(
        summary="Create or update a cover by its number",
        request=CoverRecordSerializer,
        responses={200: ResultSerializer, 201: ResultSerializer},
        examples=[OpenApiExample("a policy", value=POLICY, request_only=True)],
    )
    @action(
        detail=False,
        methods=["put"],
        pagination_class=None,
        url_path=rf"by-number/(?P<dealership>{SOURCE})/(?P<source>{SOURCE})/(?P<number>[^/\x00]{{1,60}})",
    )
    def by_number(self, request: Request, dealership: str, source: str, number: str) -> Response:
        return self.push_one(dealership, source, number, request.data)

    @extend_schema(
        summary="Create or update up to 1,000 covers by kind, number and VIN",
        request=batch_request("CoverBatch", CoverRecordSerializer),
        responses=BatchSerializer,
        examples=[batch_example("one policy", {"number": "P-1001", **POLICY})],
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def batch(self, request: Request) -> Response:
        return self.push_batch(request)

    def push(self, dealership: Dealership, source: str, records: Any, now: Any) -> Any:
        return upsert_covers(dealership, source, [cover_record(values) for values in records], now=now)


BOOKING = {
    "customer_code": "K-17",
    "vin": "Z94CB41AAGR323020",
    "starts_at": "2026-03-20T10:00:00+03:00",
    "minutes": 60,
    "work_group": "maintenance",
    "note": "Asked for a loan car.",
}


@extend_schema_view(list=extend_schema(summary="Appointments"), retrieve=extend_schema(summary="One appointment"))
class AppointmentViewSet(ListMixin, RetrieveMixin, PushViewSet):
    model = Appointment
    serializer_class = AppointmentSerializer
    filterset_class = filters.AppointmentFilter
    record_serializer = AppointmentRecordSerializer
    key_field = "code"
    ordering_fields = ("id", "starts_at")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "work_group", "booked_by")

    @extend_schema(
        methods=["GET"], summary="One appointment by your code", responses=AppointmentSerializer, filters=False
    )
    @extend_schema(
        methods=["PUT"],
        summary="Book, move or cancel an appointment by your code",
        description="Make the code yourself, for example a UUID. `status` cancelled calls it off.",
        request=AppointmentRecordSerializer,
        responses={200: ResultSerializer, 201: ResultSerializer},
        examples=[OpenApiExample("a booking on the website", value=BOOKING, request_only=True)],
    )
    @action(
        detail=False,
        methods=["get", "put"],
        pagination_class=None,
        url_path=rf"by-code/(?P<dealership>{SOURCE})/(?P<source>{SOURCE})/(?P<code>[^/\x00]{{1,64}})",
    )
    def by_code(self, request: Request, dealership: str, source: str, code: str) -> Response:
        if request.method == "PUT":
            return self.push_one(dealership, source, code, request.data)
        store = self.own_dealership(dealership, to_write=False)
        row = self.get_queryset().filter(dealership=store, source=source, external_code=code).first()
        if row is None:
            raise NotFound
        return Response(self.get_serializer(row).data)

    @extend_schema(
        summary="Book, move or cancel up to 1,000 appointments by your codes",
        request=batch_request("AppointmentBatch", AppointmentRecordSerializer),
        responses=BatchSerializer,
        examples=[batch_example("one booking", {"code": "b4f1c2", **BOOKING})],
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def batch(self, request: Request) -> Response:
        return self.push_batch(request)

    def push(self, dealership: Dealership, source: str, records: Any, now: Any) -> Any:
        return upsert_appointments(
            dealership, source, [appointment_record(values) for values in records], by=self.user, now=now
        )
