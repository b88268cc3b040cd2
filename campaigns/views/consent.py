from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from campaigns.card import card_tasks, load_card
from campaigns.loading import Store
from campaigns.models import ContactTask
from campaigns.views.card import said_so_far
from customers.models import Customer, Purpose
from dealercrm.accounts.guards import StoreRequest, check_role_at, role_required
from dealercrm.accounts.models import Role


@require_POST
@role_required(Role.OPERATOR, Role.MANAGER)
def call_consent(request: StoreRequest, pk: int) -> HttpResponse:
    """The customer agrees, in the call in hand, to hear of offers: recorded, and the offers are shown."""
    now = timezone.now()
    tasks = ContactTask.objects.for_user(request.user).calls()
    task = get_object_or_404(tasks.select_related("dealership", "customer"), pk=pk)
    check_role_at(request.user, task.dealership_id, Role.OPERATOR, Role.MANAGER)
    if task.status != ContactTask.Status.CLAIMED or task.claimed_by_id != request.user.pk:
        return redirect("call-card", task.pk)  # gone from their hand: the card says so
    customer: Customer = task.customer
    customer.give_consent(purpose=Purpose.MARKETING, at=now, source="call", dealership=task.dealership, by=request.user)
    if not request.htmx:
        return redirect("call-card", task.pk)
    task = card_tasks(tasks, request.user, now).get(pk=pk)
    card = load_card(task, request.user, Store.load(task.dealership, now), now)
    context = {"card": card, "task": task, "is_mine": True, "said": said_so_far(request, card.offers)}
    return render(request, "campaigns/_offers.html", context)
