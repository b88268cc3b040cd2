"""What customers and we said to each other: touches, complaints, refusals. Recorded once, however often it is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.about import AboutCustomerSerializer, PastField, create_once
from customers.models import Channel, Purpose
from dealercrm.accounts.api.problems import Conflict, ProblemSerializer
from dealercrm.accounts.api.viewsets import ReadViewSet
from vehicles.api import filters
from vehicles.api.records import VinField
from vehicles.api.serializers import ComplaintSerializer, RefusalSerializer, TouchSerializer
from vehicles.models import Complaint, Ownership, Refusal, Touch, VoiceNote

Row = TypeVar("Row", bound=models.Model)


class AboutCarSerializer(AboutCustomerSerializer):
    """Names the customer and, where it is about one of their cars, the car by its VIN."""

    default_error_messages = {"not_theirs": _("This customer does not own a car with the VIN {vin}.")}
    vin = VinField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        vin = attrs.pop("vin", None)
        attrs["ownership"] = None
        if vin:
            cars = Ownership.objects.filter(customer=attrs["customer"], vehicle__vin=vin.vin)
            attrs["ownership"] = cars.order_by(models.F("ended_on").desc(nulls_first=True)).first()
            if attrs["ownership"] is None:
                self.refuse("vin", "not_theirs", vin=vin.vin)
        return attrs


class RecordingViewSet(ReadViewSet):
    """A journal that other systems write into. A row that is there already is answered with 200."""

    def record(self, model: type[Row], said: dict[str, Any], **others: Any) -> Response:
        customer = said.pop("customer")
        with transaction.atomic():
            row, is_new = create_once(model, customer, said, **others)
            if is_new:
                Ownership.objects.note_new_facts_of(row)  # type: ignore[arg-type]
        return Response(self.get_serializer(row).data, status=201 if is_new else 200)

    def heard(self, form: type[serializers.Serializer[Any]], request: Request, moment: str) -> dict[str, Any]:
        """What the body says, with `moment` filled in where it was left out."""
        said = form(data=request.data, context=self.get_serializer_context())
        said.is_valid(raise_exception=True)
        return {moment: timezone.now(), **said.validated_data}


class CodesSerializer(serializers.Serializer[Any]):
    codes = serializers.ListField(child=serializers.ChoiceField(choices=VoiceNote.Code.choices), max_length=11)


class CodedViewSet(RecordingViewSet):
    """Rows with words of customers, which are about something: codes of a closed list."""

    @extend_schema(
        summary="Say what the words were about",
        description="Exactly these codes; one that was there before and is not sent is withdrawn.",
        request=CodesSerializer,
        examples=[OpenApiExample("two things", value={"codes": ["waiting", "staff"]}, request_only=True)],
    )
    @action(detail=True, methods=["put"])
    def codes(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        form = CodesSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        self.own_dealership(row.dealership.code)
        VoiceNote.objects.code(row, form.validated_data["codes"], by=self.user, at=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)


class TouchRecordSerializer(AboutCarSerializer):
    """A contact that took place elsewhere: a call through the exchange, an enquiry on the website."""

    at = PastField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    direction = serializers.ChoiceField(choices=Touch.Direction.choices, default=Touch.Direction.IN)
    purpose = serializers.ChoiceField(choices=Purpose.choices, default=Purpose.SERVICE)
    topic = serializers.CharField(max_length=32, allow_blank=True, default="", help_text="Kind of the occasion.")
    outcome = serializers.CharField(max_length=24, allow_blank=True, default="")
    was_reached = serializers.BooleanField(default=True, help_text="They spoke or reacted.")
    note = serializers.CharField(max_length=5000, allow_blank=True, default="")
    cost = serializers.DecimalField(max_digits=8, decimal_places=2, min_value=0, default=Decimal(0))


@extend_schema_view(
    list=extend_schema(summary="Touches", description="Every contact with a customer, any channel, either direction."),
    retrieve=extend_schema(summary="One touch"),
)
class TouchViewSet(RecordingViewSet):
    model = Touch
    serializer_class = TouchSerializer
    filterset_class = filters.TouchFilter
    ordering_fields = ("id", "at")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "by")

    @extend_schema(
        summary="Record a touch",
        description="An outgoing touch counts towards the contact budget of the customer.",
        request=TouchRecordSerializer,
        responses={200: TouchSerializer, 201: TouchSerializer},
        examples=[
            OpenApiExample(
                "an enquiry on the website",
                value={
                    "dealership": "north",
                    "customer_code": "K-17",
                    "channel": "email",
                    "direction": "in",
                    "note": "Asks for the price of winter tyres.",
                    "at": "2026-03-16T11:00:00+03:00",
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        return self.record(Touch, self.heard(TouchRecordSerializer, request, "at"), by=self.user)


class ComplaintRecordSerializer(AboutCarSerializer):
    opened_at = PastField()
    text = serializers.CharField(max_length=5000, help_text="What happened, in the customer's words.")
    due_on = serializers.DateField(required=False, allow_null=True, help_text="To be solved by.")


class SolutionSerializer(serializers.Serializer[Any]):
    solution = serializers.CharField(max_length=5000)


class VerdictSerializer(serializers.Serializer[Any]):
    is_content = serializers.BooleanField(help_text="Does the customer say that it was made good?")
    note = serializers.CharField(max_length=2000, allow_blank=True, default="", help_text="In their words.")


@extend_schema_view(
    list=extend_schema(summary="Complaints", description="While one is open, nobody sells the customer anything."),
    retrieve=extend_schema(summary="One complaint"),
)
class ComplaintViewSet(CodedViewSet):
    model = Complaint
    serializer_class = ComplaintSerializer
    filterset_class = filters.ComplaintFilter
    ordering_fields = ("id", "opened_at")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "owner").prefetch_related("codes")

    @extend_schema(
        summary="Record a complaint",
        description="From this moment offers to the customer stop until it is solved.",
        request=ComplaintRecordSerializer,
        responses={200: ComplaintSerializer, 201: ComplaintSerializer},
        examples=[
            OpenApiExample(
                "a review on the web",
                value={"dealership": "north", "customer_code": "K-17", "text": "The door rattles since the repair."},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        said = self.heard(ComplaintRecordSerializer, request, "opened_at")
        return self.record(Complaint, said, source="api", owner=None)

    @extend_schema(
        summary="Say how a complaint was solved",
        request=SolutionSerializer,
        responses={200: ComplaintSerializer, 409: ProblemSerializer},
        examples=[OpenApiExample("mended", value={"solution": "New hinge, free of charge."}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def solution(self, request: Request, pk: str) -> Response:
        complaint = self.get_object()
        form = SolutionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        self.own_dealership(complaint.dealership.code)
        if not complaint.resolve(form.validated_data["solution"], by=self.user, at=timezone.now()):
            raise Conflict(_("Somebody solved this complaint before; read it again."))
        return Response(self.get_serializer(complaint).data)

    @extend_schema(
        summary="Say whether the customer finds it made good",
        description="`false` opens the complaint again, and somebody calls by tomorrow. Asked once for each solution.",
        request=VerdictSerializer,
        responses={200: ComplaintSerializer, 409: ProblemSerializer},
        examples=[OpenApiExample("content", value={"is_content": True}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def verdict(self, request: Request, pk: str) -> Response:
        complaint = self.get_object()
        form = VerdictSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        self.own_dealership(complaint.dealership.code)
        say = complaint.confirm if form.validated_data["is_content"] else complaint.deny
        if not say(by=self.user, at=timezone.now(), note=form.validated_data["note"]):
            raise Conflict(_("The complaint is not solved, or the customer has been asked already; read it again."))
        return Response(self.get_serializer(complaint).data)


class RefusalRecordSerializer(AboutCarSerializer):
    at = PastField()
    topic = serializers.CharField(
        max_length=32, allow_blank=True, default="", help_text="Kind of the occasion; empty: every topic."
    )
    reason = serializers.ChoiceField(choices=Refusal.Reason.choices, default=Refusal.Reason.OTHER)
    until = serializers.DateField(required=False, allow_null=True, help_text="Left out: for good.")
    note = serializers.CharField(max_length=5000, allow_blank=True, default="")


@extend_schema_view(
    list=extend_schema(summary="Refusals", description="What customers do not want to hear about, and until when."),
    retrieve=extend_schema(summary="One refusal"),
)
class RefusalViewSet(RecordingViewSet):
    model = Refusal
    serializer_class = RefusalSerializer
    filterset_class = filters.RefusalFilter
    ordering_fields = ("id", "at")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership", "by")

    @extend_schema(
        summary="Record a refusal",
        description="Nobody talks to the customer about this topic (for this car) until the date.",
        request=RefusalRecordSerializer,
        responses={200: RefusalSerializer, 201: RefusalSerializer},
        examples=[
            OpenApiExample(
                "no insurance offers this year",
                value={
                    "dealership": "north",
                    "customer_code": "K-17",
                    "topic": "insurance_renewal",
                    "reason": "price",
                    "until": "2027-01-01",
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        return self.record(Refusal, self.heard(RefusalRecordSerializer, request, "at"), by=self.user)
