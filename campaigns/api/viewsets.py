from __future__ import annotations

from typing import Any, cast

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.calls import (
    CallResultSerializer,
    CallSerializer,
    ClaimSerializer,
    EpochSerializer,
    ResultRecordSerializer,
)
from campaigns.api.offers import MadeOfferSerializer
from campaigns.api.tasks import ContactTaskFilter, ContactTaskSerializer
from campaigns.card import card_tasks, load_card
from campaigns.claiming import NotClaimableError, claim, claim_next, extend_lease, give_back
from campaigns.completing import BadDetails, LateResultError, complete
from campaigns.loading import Store
from campaigns.models import ContactTask
from campaigns.undoing import NotUndoableError, undo
from dealercrm.accounts.api.problems import Conflict, ProblemSerializer
from dealercrm.accounts.api.viewsets import ReadViewSet
from dealercrm.accounts.models import Role
from dealercrm.sentences import sentence

TOO_LATE = _("This call is no longer yours: the lease ran out, or it was closed.")


@extend_schema_view(
    list=extend_schema(
        summary="Calls and messages to do, and those done",
        description="What waits until the plan of its day is whole, or for a manager's word, is no task yet and is "
        "left out: nobody can take it.",
    ),
    retrieve=extend_schema(summary="One contact task"),
)
class ContactTaskViewSet(ReadViewSet):
    """Operators work the list; a claim is a lease, and its epoch tells a late result from a good one."""

    model = ContactTask
    serializer_class = ContactTaskSerializer
    filterset_class = ContactTaskFilter
    ordering_fields = ("id", "due_on", "priority", "not_before")
    write_roles = frozenset({Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR})

    def loaded(self, rows: Any) -> Any:
        released = rows.filter(Q(is_released=True) | ~Q(status=ContactTask.Status.OPEN))
        return released.select_related("dealership", "assigned_to", "claimed_by")

    @extend_schema(
        summary="Take the next call",
        description="The best call of the store that nobody else holds, or the one already in your hand. "
        "204: nothing is left to call now. 409: the call you asked for cannot be taken; `detail` says why.",
        request=ClaimSerializer,
        responses={200: CallSerializer, 204: None, 404: ProblemSerializer, 409: ProblemSerializer},
        examples=[OpenApiExample("the next one", value={"dealership": "north"}, request_only=True)],
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def claims(self, request: Request) -> Response:
        form = ClaimSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        dealership, now = form.validated_data["dealership"], timezone.now()
        task: ContactTask | None
        if "task" in form.validated_data:
            wanted = self.get_queryset().filter(pk=form.validated_data["task"], dealership=dealership).first()
            if wanted is None:
                raise NotFound
            try:
                task = claim(wanted.pk, self.user, now=now)
            except NotClaimableError as error:
                raise Conflict(sentence(error.why.as_json())) from error
        else:
            task = claim_next(self.user, dealership, now=now)
        if task is None:
            return Response(status=204)
        self.log_reading(1, task.customer_id)
        return Response(CallSerializer(task, context=self.get_serializer_context()).data)

    @extend_schema(
        summary="Keep a taken call",
        methods=["PUT"],
        description="Keeps it for another while; send it while the card is open.",
        request=EpochSerializer,
        responses={200: ContactTaskSerializer, 409: ProblemSerializer},
        examples=[OpenApiExample("as the claim gave it", value={"epoch": 1}, request_only=True)],
    )
    @extend_schema(
        summary="Give a taken call back",
        methods=["POST"],
        description="Puts it back on the list as it was.",
        request=EpochSerializer,
        responses={200: ContactTaskSerializer, 409: ProblemSerializer},
        examples=[OpenApiExample("as the claim gave it", value={"epoch": 1}, request_only=True)],
    )
    @action(detail=True, methods=["put", "post"], url_path="lease")
    def lease(self, request: Request, pk: str) -> Response:
        task = self.own_task()
        form = EpochSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        change = extend_lease if request.method == "PUT" else give_back
        if not change(task, self.user, form.validated_data["epoch"], timezone.now()):
            raise Conflict(TOO_LATE)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        summary="Record the result of a taken call",
        description="Everything that follows happens at once: the appointment, the next dial, the refusal. "
        "409: the call is no longer yours; nothing is recorded but your note.",
        request=ResultRecordSerializer,
        responses={200: CallResultSerializer, 409: ProblemSerializer},
        examples=[
            OpenApiExample(
                "booked",
                value={
                    "epoch": 1,
                    "outcome": "booked",
                    "note": "Comes with his wife's car.",
                    "details": {"starts_at": "2026-03-20T10:00:00+03:00"},
                },
                request_only=True,
            ),
            OpenApiExample("nobody answered", value={"epoch": 1, "outcome": "no_answer"}, request_only=True),
        ],
    )
    @action(detail=True, methods=["post"])
    def result(self, request: Request, pk: str) -> Response:
        task = self.own_task()
        form = ResultRecordSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            recorded = complete(task.pk, by=self.user, now=timezone.now(), **form.validated_data)
        except BadDetails as error:
            field = error.field if error.field == "outcome" else f"details.{error.field}"
            raise ValidationError({field: str(error)}, code="invalid") from error
        except LateResultError as error:
            raise Conflict(_("This call is no longer yours; nothing is recorded, but your note is kept.")) from error
        return Response(CallResultSerializer(recorded).data)

    @extend_schema(
        summary="The offers of a call",
        description="In the order to make them; after those that may be made, the others with why not.",
        responses={200: MadeOfferSerializer(many=True)},
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def offers(self, request: Request, pk: str) -> Response:
        now = timezone.now()
        rows = cast("QuerySet[ContactTask]", self.get_queryset()).filter(channel="call")
        task = get_object_or_404(card_tasks(rows, self.user, now), pk=pk)
        card = load_card(task, self.user, Store.load(task.dealership, now), now)
        self.log_reading(1, task.customer_id)
        return Response(MadeOfferSerializer(card.offers.all(), many=True).data)

    @extend_schema(
        summary="Take a result back",
        description="Within half a minute, by whoever recorded it: everything is as it was before, and the call is in "
        "hand again with the next epoch. 409: too late, or something was built on it.",
        request=None,
        responses={200: ContactTaskSerializer, 409: ProblemSerializer},
    )
    @result.mapping.delete
    def undo_result(self, request: Request, pk: str) -> Response:
        task, now = self.own_task(), timezone.now()
        try:
            undo(task.pk, by=self.user, now=now)
        except NotUndoableError as refused:
            raise Conflict(sentence(refused.why.as_json())) from refused
        return Response(self.get_serializer(self.get_object()).data)

    def own_task(self) -> ContactTask:
        """The task of the address; 404 at a foreign store, 403 where the role does not work calls."""
        task = cast(ContactTask, self.get_object())
        self.own_dealership(task.dealership.code)
        return task
