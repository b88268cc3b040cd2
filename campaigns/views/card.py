from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.card import load_card
from campaigns.loading import Store
from campaigns.models import ContactTask, Outcome
from campaigns.rules.outcomes import COMMON
from campaigns.undoing import undoable
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog, Role, User
from vehicles.models import Refusal


@require_safe
@role_required(Role.OPERATOR, Role.MANAGER)
def call_card(request: StoreRequest, pk: int) -> HttpResponse:
    """One call on one screen. Numbers and outcomes only for the operator who holds it."""
    return show_card(request, pk, timezone.now())


def show_card(
    request: StoreRequest, pk: int, now: datetime, *, error: Exception | None = None, status: int = 200
) -> HttpResponse:
    tasks = ContactTask.objects.for_user(request.user).calls()
    task = get_object_or_404(
        tasks.select_related(
            "dealership", "customer", "occasion", "step", "claimed_by", "assigned_to",
            "ownership__vehicle__model__make", "ownership__vehicle__make",
        ),
        pk=pk,
    )  # fmt: skip
    is_mine = task.status == ContactTask.Status.CLAIMED and task.claimed_by_id == request.user.pk
    card = load_card(task, request.user, Store.load(task.dealership, now), now)
    AccessLog.objects.create(
        user=request.user,
        dealership=task.dealership,
        at=now,
        action=AccessLog.Action.VIEW,
        subject="call card",
        object_id=task.customer_id,
    )
    context = {
        "card": card,
        "task": task,
        "is_mine": is_mine,
        "is_open": task.status == ContactTask.Status.OPEN,
        "now": now,
        "there": now.astimezone(card.zone),
        "error": error,
        "note": request.POST.get("note", ""),
        "rest": [outcome for outcome in Outcome if outcome.value not in COMMON],
        "reasons": Refusal.Reason.choices,
        "operators": _operators(task) if request.role == Role.MANAGER else [],
        "undoable": undoable(request.user, now),
    }
    return render(request, "campaigns/card.html", context, status=status)


def _operators(task: ContactTask) -> list[User]:
    """To whom a manager may give this call."""
    people = User.objects.filter(
        is_active=True, memberships__dealership=task.dealership_id, memberships__role=Role.OPERATOR
    )
    return list(people.order_by("first_name", "last_name", "username"))
