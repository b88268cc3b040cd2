from __future__ import annotations

from typing import Any, cast

import django_filters
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.contesting import NotContestableError, contest
from campaigns.models import Contest, Decision
from campaigns.models.decision import DecisionChange
from customers.api.filters import customer_filter
from dealercrm.accounts.api.fields import CodeOf, WhyField
from dealercrm.accounts.api.filters import dealership_filter
from dealercrm.accounts.api.problems import Conflict, ProblemSerializer
from dealercrm.accounts.api.viewsets import ReadViewSet
from dealercrm.accounts.models import Role
from dealercrm.sentences import sentence


class ContestSerializer(serializers.ModelSerializer[Contest]):
    by = CodeOf("username")

    class Meta:
        model = Contest
        fields = ["id", "decision", "gate", "text", "by", "at", "is_upheld", "answer", "answered_at"]


class ContestRecordSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=1000, help_text="What is wrong with the decision.")


class DecisionChangeSerializer(serializers.ModelSerializer[DecisionChange]):
    why = WhyField()

    class Meta:
        model = DecisionChange
        fields = ["on", "verdict", "gate", "why"]


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    dealership = CodeOf()
    why = WhyField()
    changes = DecisionChangeSerializer(many=True, read_only=True, help_text="What was said when, the first word first.")

    class Meta:
        model = Decision
        fields = [
            "id", "dealership", "occasion", "customer", "verdict", "gate", "failed_gates", "why", "eligible_on",
            "decided_on", "changes",
        ]  # fmt: skip


class DecisionFilter(django_filters.FilterSet):
    customer = customer_filter()
    dealership = dealership_filter()
    ownership = django_filters.NumberFilter("occasion__ownership", help_text="The ownership's id.")

    class Meta:
        model = Decision
        fields = {
            "verdict": ["exact"], "gate": ["exact"], "occasion": ["exact"],
            "decided_on": ["gte", "lt"],
        }  # fmt: skip


@extend_schema_view(
    list=extend_schema(summary="Why a customer is contacted, or not", description="One row per occasion and step."),
    retrieve=extend_schema(summary="One decision"),
)
class DecisionViewSet(ReadViewSet):
    model = Decision
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    ordering_fields = ("id", "decided_on")
    write_roles = frozenset({Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR})

    def loaded(self, rows: Any) -> Any:
        return rows.select_related("dealership").prefetch_related("changes")

    @extend_schema(
        summary="Contest a decision",
        description="A manager answers. 409: it cannot be contested, `detail` says why: the customer is contacted by "
        "now, is in a control group, or somebody has contested it already.",
        request=ContestRecordSerializer,
        responses={201: ContestSerializer, 409: ProblemSerializer},
        examples=[OpenApiExample("a wrong fact", value={"text": "His phone is in the file."}, request_only=True)],
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def contests(self, request: Request, pk: str) -> Response:
        decision = cast(Decision, self.get_object())
        self.own_dealership(decision.dealership.code)
        form = ContestRecordSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            made = contest(decision, form.validated_data["text"], by=self.user, at=timezone.now())
        except NotContestableError as refused:
            raise Conflict(sentence(refused.why.as_json())) from refused
        return Response(ContestSerializer(made).data, status=201)
