from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.card import card_tasks, load_card
from campaigns.loading import Store
from campaigns.models import ContactTask, Outcome
from campaigns.offering import Offers
from campaigns.rules.outcomes import COMMON, OFFER_DETAILS
from campaigns.views.pauses import PauseForm
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog, Role
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
    task = get_object_or_404(card_tasks(tasks, request.user, now), pk=pk)
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
        "said": said_so_far(request, card.offers),
        "task": task,
        "is_mine": is_mine,
        "is_open": task.status == ContactTask.Status.OPEN,
        "now": now,
        "there": now.astimezone(card.zone),
        "error": error,
        "note": request.POST.get("note", ""),
        "referrals": [one for one in request.POST.getlist("referrals") if one.isdecimal()],
        "pause": task.pause(now) if not is_mine else None,
        "pause_form": PauseForm(now=now) if request.role == Role.MANAGER else None,
        "is_manager": request.role == Role.MANAGER,
        "rest": [outcome for outcome in Outcome if outcome.value not in COMMON],
        "reasons": Refusal.Reason.choices,
        "operators": list(task.dealership.operators()) if request.role == Role.MANAGER else [],
        "undoable": card.last_answer,
    }
    return render(request, "campaigns/card.html", context, status=status)


class SaidSoFar(NamedTuple):
    """What this card's form knows of the offers: kept when the card is shown again in the middle of a call."""

    view: int | None
    shown: frozenset[int]
    refused: frozenset[int]
    has_next: bool
    is_first: bool  # a refusal now leads to the fallback and not to an end of the topic


def said_so_far(request: StoreRequest, offers: Offers) -> SaidSoFar:
    order = [made.offer.pk for made in offers.possible]
    posted = {name: {int(one) for one in request.POST.getlist(name) if one.isdecimal()} for name in OFFER_DETAILS}
    main, shown, refused = (posted[name].intersection(order) for name in OFFER_DETAILS)
    left = [pk for pk in order if pk not in refused]
    view = next((pk for pk in left if pk in main), left[0] if left else next(iter(order), None))
    is_first = not refused and len(order) > 1
    return SaidSoFar(view, frozenset(shown | {view} if view else shown), frozenset(refused), len(left) > 1, is_first)
