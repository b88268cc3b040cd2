"""Segments over REST: what they say, who is in them, how many. Definitions are the very ones of the builder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NoReturn, cast

import django_filters
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from dealercrm.accounts.api.fields import CodeOf, DealershipField, WhyField
from dealercrm.accounts.api.filters import dealership_filter, own_dealerships
from dealercrm.accounts.api.permissions import MayWriteHere
from dealercrm.accounts.api.problems import Conflict, ProblemSerializer
from dealercrm.accounts.api.viewsets import ReadViewSet
from dealercrm.accounts.models import AccessLog, Dealership
from dealercrm.sentences import sentence
from lifecycle.models import Segment, Standing
from lifecycle.models.segment import EDITORS
from lifecycle.models.standing import StandingQuerySet
from lifecycle.rules.segments import Definition, Op, UnreadableSegmentError, read, written
from lifecycle.segments.narrowing import narrow, page_by_page
from lifecycle.segments.registry import FIELDS, SHAPES
from lifecycle.segments.words import Namer, spoken

GONE = _("The segment asks for a field that this version does not have; change its definition first.")
EXAMPLE: dict[str, Any] = {
    "of": "current",
    "all": [
        {"field": "make", "op": "any", "values": ["kia", "lada"]},
        {"field": "last_visit", "op": "between", "from": 180, "to": 400},
    ],
    "but_not": [{"field": "complaint", "op": "yes"}],
}
CONDITION = {
    "type": "object",
    "required": ["field"],
    "additionalProperties": False,
    "properties": {
        "field": {"type": "string", "enum": list(FIELDS)},
        "op": {
            "type": "string",
            "enum": [op.value for op in Op],
            "description": "The first one of the field if absent.",
        },
        "values": {"type": "array", "items": {"type": "string"}, "description": "For `any`: one of them will do."},
        "from": {"type": "integer", "description": "For `between`, included; may be left out."},
        "to": {"type": "integer", "description": "For `between`, included; may be left out."},
    },
}


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "of": {"type": "string", "enum": ["current", "former", "every"], "default": "current"},
            "all": {"type": "array", "items": CONDITION, "description": "All of them hold."},
            "but_not": {"type": "array", "items": CONDITION, "description": "Nobody of whom one of these holds."},
        },
        "example": EXAMPLE,
    }
)
class DefinitionField(serializers.Field[Definition, Any, Any, Any]):
    """A definition; each mistake is answered at its path, e.g. `definition.all[1].from`."""

    def to_internal_value(self, data: Any) -> Definition:
        try:
            return read(data, SHAPES)
        except UnreadableSegmentError as error:
            details: dict[str, list[str]] = {}
            for problem in error.problems:
                details.setdefault(problem.path or "non_field_errors", []).append(sentence(problem.why.as_json()))
            raise ValidationError(details, code="invalid") from error

    def to_representation(self, value: Any) -> Any:
        return written(value) if isinstance(value, Definition) else value


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    dealership = CodeOf(allow_null=True, help_text="null: the group shares it with every dealership.")
    definition = DefinitionField(read_only=True)
    sentence = serializers.SerializerMethodField(
        help_text="The definition in the language you accept; empty where it names a field that is gone."
    )
    is_archived = serializers.SerializerMethodField()

    class Meta:
        model = Segment
        fields = [
            "id", "dealership", "name", "definition", "sentence", "version", "is_archived", "created_at", "changed_at",
        ]  # fmt: skip

    def get_sentence(self, segment: Segment) -> str:
        namer = cast("dict[str, Any]", self.context).setdefault("namer", Namer())
        try:
            return spoken(segment.meaning, segment.dealership, namer)
        except UnreadableSegmentError:
            return ""

    def get_is_archived(self, segment: Segment) -> bool:
        return segment.archived_at is not None


class SegmentRecordSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    definition = DefinitionField()


class NewSegmentSerializer(SegmentRecordSerializer):
    dealership = DealershipField()


class ChangedSegmentSerializer(SegmentRecordSerializer):
    version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, help_text="As you read it: 409 where somebody changed it since."
    )


class MemberSerializer(serializers.ModelSerializer[Standing]):
    """One car of a segment with its owner."""

    id = serializers.IntegerField(source="ownership_id", read_only=True, help_text="The ownership's id.")
    dealership = CodeOf(help_text="The home store, which plans the contacts.")
    customer_name = serializers.CharField(source="customer.name", read_only=True)
    vehicle = serializers.IntegerField(source="ownership.vehicle_id", read_only=True)
    vin = serializers.CharField(source="ownership.vehicle.vin", read_only=True)
    why = WhyField()

    class Meta:
        model = Standing
        fields = [
            "id", "ownership", "customer", "customer_name", "vehicle", "vin", "dealership", "stage", "substage", "why",
            "last_visit_on", "due_on",
        ]  # fmt: skip


class SegmentCountSerializer(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="The day it was counted for.")
    dealerships = serializers.ListField(child=serializers.CharField())
    ownerships = serializers.IntegerField(help_text="Cars with their owners.")
    customers = serializers.IntegerField(help_text="Owners, each once.")


class SegmentFilter(django_filters.FilterSet):
    dealership = dealership_filter()
    is_archived = django_filters.BooleanFilter("archived_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Segment
        fields: list[str] = []


AT = OpenApiParameter("dealership", str, description="Code of one of your dealerships; all of yours if absent.")


@extend_schema_view(
    list=extend_schema(
        summary="Segments",
        description="Of your dealerships, and those that the group shares. The ready-made ones of the product are "
        "not listed; a manager copies them in the browser.",
    ),
    retrieve=extend_schema(summary="One segment"),
)
class SegmentViewSet(ReadViewSet):
    """Managers write; everybody who works at a store reads, and counts the base of their own stores only."""

    model = Segment
    serializer_class = SegmentSerializer
    filterset_class = SegmentFilter
    write_roles = EDITORS
    ordering_fields = ("id",)

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership")

    @extend_schema(
        summary="Save a segment",
        request=NewSegmentSerializer,
        responses={201: SegmentSerializer},
        examples=[
            OpenApiExample(
                "silent for half a year",
                value={"dealership": "north", "name": "Silent Kia and Lada", "definition": EXAMPLE},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        form = NewSegmentSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        try:
            segment = Segment.create(**form.validated_data, by=self.user, at=timezone.now())
        except DjangoValidationError as error:
            refuse_name(error)
        return Response(self.get_serializer(segment).data, status=201)

    @extend_schema(
        summary="Change a segment",
        description="The whole of it. What it said before stays in its journal.",
        request=ChangedSegmentSerializer,
        responses={200: SegmentSerializer, 409: ProblemSerializer},
        examples=[
            OpenApiExample(
                "another name",
                value={"name": "Silent for half a year", "definition": EXAMPLE, "version": 1},
                request_only=True,
            )
        ],
    )
    def update(self, request: Request, pk: str) -> Response:
        segment = cast(Segment, self.get_object())
        if not segment.may_be_changed_by(self.user):
            raise PermissionDenied(MayWriteHere.message)
        form = ChangedSegmentSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        said = form.validated_data
        if said["version"] != segment.version:
            raise Conflict(_("Somebody changed this segment since you read it; read it again."))
        try:
            is_done = segment.change(name=said["name"], definition=said["definition"], by=self.user, at=timezone.now())
        except DjangoValidationError as error:
            refuse_name(error)
        if not is_done:
            raise Conflict(_("Somebody changed this segment since you read it; read it again."))
        return Response(self.get_serializer(segment).data)

    @extend_schema(
        summary="Who is in a segment now",
        description="In the order of ids, page by page. Every read is noted with the customers that were in it.",
        parameters=[AT],
        responses={200: MemberSerializer(many=True), 409: ProblemSerializer},
    )
    @action(detail=True, methods=["get"], serializer_class=MemberSerializer)
    def members(self, request: Request, pk: str) -> Response:
        rows, _stores, _today = self._members(request)
        page = self.paginate_queryset(page_by_page(rows).select_related("customer", "ownership__vehicle", "dealership"))
        found = cast(Sequence[Standing], page)
        self._note_members(found, int(pk))
        return self.get_paginated_response(self.get_serializer(found, many=True).data)

    @extend_schema(
        summary="How many are in a segment now",
        parameters=[AT],
        responses={200: SegmentCountSerializer, 409: ProblemSerializer},
    )
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def count(self, request: Request, pk: str) -> Response:
        rows, stores, today = self._members(request)
        body = {
            "on": today,
            "dealerships": [store.code for store in stores],
            "ownerships": rows.count(),
            "customers": rows.order_by().values("customer_id").distinct().count(),
        }
        return Response(SegmentCountSerializer(body).data)

    def _members(self, request: Request) -> tuple[StandingQuerySet, list[Dealership], date]:
        segment = cast(Segment, self.get_object())
        stores = list(own_dealerships(request))
        if "dealership" in request.query_params:
            wanted = request.query_params["dealership"]
            stores = [store for store in stores if store.code == wanted]
            if not stores:
                raise ValidationError({"dealership": _("You have no dealership with this code.")}, code="invalid")
        now = timezone.now()
        today = stores[0].today(now) if stores else now.date()
        try:
            meaning = segment.meaning
        except UnreadableSegmentError as error:
            raise Conflict(GONE) from error
        return narrow(Standing.objects.for_user(self.user), meaning, stores=stores, today=today), stores, today

    def _note_members(self, rows: Sequence[Standing], segment_id: int) -> None:
        if rows:
            stores = self.user.dealership_ids
            entry = AccessLog.objects.create(
                user=self.user,
                dealership_id=stores[0] if len(stores) == 1 else None,
                at=timezone.now(),
                action=AccessLog.Action.API,
                subject="segment",
                object_id=segment_id,
                rows=len(rows),
            )
            entry.note_customers(row.customer_id for row in rows)


def refuse_name(error: DjangoValidationError) -> NoReturn:
    raise ValidationError({"name": error.messages}, code="unique") from error
