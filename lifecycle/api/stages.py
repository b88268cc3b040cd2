from __future__ import annotations

from typing import Any, cast

import django_filters
from django.utils import timezone
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.filters import customer_filter
from dealercrm.accounts.api.fields import CodeOf, WhyField
from dealercrm.accounts.api.filters import dealership_filter, own_dealerships
from dealercrm.accounts.api.viewsets import ReadViewSet, ScopedViewSet
from lifecycle.api.explanations import DaySerializer, ExplanationSerializer
from lifecycle.explaining import explain
from lifecycle.models import Stage, StageChange, Standing, Substage
from lifecycle.outlook import outlook
from lifecycle.summary import summary_of
from vehicles.models import Ownership


class StandingSerializer(serializers.ModelSerializer[Standing]):
    id = serializers.IntegerField(source="ownership_id", read_only=True, help_text="The ownership's id.")
    dealership = CodeOf()
    why = WhyField()

    class Meta:
        model = Standing
        fields = [
            "id", "ownership", "customer", "dealership", "stage", "substage", "why", "since", "last_visit_on",
            "interval_days", "due_on", "due_from", "due_to", "due_km", "km_per_year", "odometer_km", "odometer_on",
            "health", "chance_soon", "loyalty", "probably_sold", "visits_24m", "rfm_r", "rfm_f", "rfm_m", "value_24m",
            "calibration_version", "judged_on",
        ]  # fmt: skip


class PriceLineSerializer(serializers.Serializer[Any]):
    work_group = serializers.CharField(source="group")
    labour = serializers.DecimalField(max_digits=10, decimal_places=2)
    parts = serializers.DecimalField(max_digits=10, decimal_places=2)


class NeedSerializer(serializers.Serializer[Any]):
    """A visit that the car will need, forecast afresh; nothing of it is stored."""

    on = serializers.DateField(source="stop.on", help_text="The most likely day; today for what is late.")
    due_on = serializers.DateField(source="stop.due_on")
    first_on = serializers.DateField(source="stop.first_on", help_text="Four of five such cars come between the two.")
    last_on = serializers.DateField(source="stop.last_on")
    km = serializers.IntegerField(source="stop.km", allow_null=True)
    works = serializers.ListField(source="stop.works", child=serializers.CharField(), help_text="Work groups.")
    price = serializers.DecimalField(
        source="promised", max_digits=12, decimal_places=2, allow_null=True, help_text="null: a work has no price."
    )
    lines = PriceLineSerializer(source="price.lines", many=True)


class NeedsSerializer(serializers.Serializer[Any]):
    ownership = serializers.IntegerField()
    currency = serializers.CharField()
    needs = NeedSerializer(many=True)


class StandingFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()

    class Meta:
        model = Standing
        fields = {
            "stage": ["exact"], "substage": ["exact"], "since": ["gte", "lt"],
            "due_on": ["gte", "lt"], "health": ["gte", "lt"], "loyalty": ["exact"],
        }  # fmt: skip


@extend_schema_view(
    list=extend_schema(summary="Where each ownership stands", description="Stage, forecast and why, as last judged."),
    retrieve=extend_schema(summary="Where one ownership stands", description="The id is the ownership's."),
)
class StandingViewSet(ReadViewSet):
    model = Standing
    serializer_class = StandingSerializer
    filterset_class = StandingFilter
    ordering_fields = ("id", "since")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership")

    @extend_schema(
        summary="What a car will need in the next 24 months",
        description="The schedule applied along the forecast, at the prices of the home store.",
        responses=forced_singular_serializer(NeedsSerializer),  # type: ignore[no-untyped-call]
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def needs(self, request: Request, pk: str) -> Response:
        standing = cast(Standing, self.get_object())
        ownership = Ownership.objects.select_related("home_store", "vehicle").get(pk=standing.pk)
        found = outlook(ownership, ownership.home_store.today(timezone.now()))
        body = {"ownership": ownership.pk, "currency": ownership.home_store.currency, "needs": found.needs}
        return Response(NeedsSerializer(body).data)

    @extend_schema(
        summary="Why an ownership stands there",
        description="Facts used, forecasts, every kind of occasion with its window or why there is none; of any date, "
        "replayed from the facts known now, beside what was said then.",
        parameters=[DaySerializer],
        responses=ExplanationSerializer,
        filters=False,
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def explanation(self, request: Request, pk: str) -> Response:
        standing = self.get_object()
        asked = DaySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        day = asked.validated_data.get("date") or standing.dealership.today(timezone.now())
        return Response(explain(standing.pk, day, reader=self.user).as_json())


class StageChangeSerializer(serializers.ModelSerializer[StageChange]):
    dealership = CodeOf()
    why = WhyField()

    class Meta:
        model = StageChange
        fields = [
            "id", "ownership", "dealership", "on", "at", "from_stage", "from_substage", "to_stage", "to_substage",
            "why",
        ]  # fmt: skip


class StageChangeFilter(django_filters.FilterSet):
    dealership = dealership_filter()

    class Meta:
        model = StageChange
        fields = {"ownership": ["exact"], "to_stage": ["exact"], "from_stage": ["exact"], "on": ["gte", "lt"]}


@extend_schema_view(
    list=extend_schema(summary="Moves between stages", description="The journal: who moved, when and why."),
    retrieve=extend_schema(summary="One move between stages"),
)
class StageChangeViewSet(ReadViewSet):
    model = StageChange
    serializer_class = StageChangeSerializer
    filterset_class = StageChangeFilter
    ordering_fields = ("id", "on")

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership")


class SubstageCountSerializer(serializers.Serializer[Any]):
    substage = serializers.ChoiceField(choices=Substage.choices, allow_blank=True)
    label = serializers.CharField(help_text="In the language you accept.")  # type: ignore[assignment]
    ownerships = serializers.IntegerField(source="number")
    share = serializers.FloatField(help_text="Of the stage.")


class StageCountSerializer(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(choices=Stage.choices)
    label = serializers.CharField(help_text="In the language you accept.")  # type: ignore[assignment]
    ownerships = serializers.IntegerField(source="number")
    share = serializers.FloatField(allow_null=True, help_text="Of all owners; null: prospects and the ended are none.")
    change_in_a_week = serializers.IntegerField(source="week", allow_null=True, help_text="null: no snapshot yet.")
    change_in_a_month = serializers.IntegerField(source="month", allow_null=True, help_text="null: no snapshot yet.")
    substages = SubstageCountSerializer(source="parts", many=True)


class StageSummarySerializer(serializers.Serializer[Any]):
    """The base by stage as the manager's page shows it: the same figures from the same place."""

    on = serializers.DateField(help_text="The store's date that these figures are of.")
    dealerships = serializers.ListField(child=serializers.CharField())
    owners = serializers.IntegerField()
    active = serializers.IntegerField()
    active_share = serializers.FloatField(allow_null=True)
    active_change = serializers.FloatField(allow_null=True, help_text="Of the share, in a month.")
    thin_ice = serializers.IntegerField()
    stages = StageCountSerializer(source="bars", many=True)


class StageSummaryFilter(django_filters.FilterSet):
    dealership = dealership_filter()

    class Meta:
        model = Standing
        fields: list[str] = []


class StageSummaryViewSet(ScopedViewSet):
    model = Standing
    serializer_class = StageSummarySerializer
    filterset_class = StageSummaryFilter
    pagination_class = None

    @extend_schema(
        summary="The base by stage",
        description="How many cars stand at which stage, their shares, and how that moved in a week and a month; "
        "of one dealership or of all yours.",
        responses=forced_singular_serializer(StageSummarySerializer),  # type: ignore[no-untyped-call]
    )
    def list(self, request: Request) -> Response:
        self.filter_queryset(self.get_queryset())  # refuses unknown parameters and foreign stores
        stores = own_dealerships(request)
        if code := request.query_params.get("dealership"):
            stores = stores.filter(code=code)
        found = list(stores)
        now = timezone.now()
        today = found[0].today(now) if found else now.date()
        summary = summary_of(found, today)
        body = {
            name: getattr(summary, name)
            for name in ("owners", "active", "active_share", "active_change", "thin_ice", "bars")
        }
        body |= {"on": today, "dealerships": [store.code for store in found]}
        return Response(self.get_serializer(body).data)
