from __future__ import annotations

from django.contrib import messages as toasts
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import InboundMessage, OutboxMessage
from campaigns.models.inbound import InboundQuerySet
from campaigns.sending import decide_unknown
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role

ROWS = 50


@require_safe
@role_required(Role.MANAGER)
def messages(request: StoreRequest) -> HttpResponse:
    """Letters of the store by what became of them; the unknown ones wait for a person."""
    if request.GET.get("status") == "incoming":
        return _incoming(request)
    rows = OutboxMessage.objects.for_user(request.user).filter(dealership=request.store)
    numbers = dict(rows.order_by().values_list("status").annotate(number=Count("pk")))
    status = request.GET.get("status", "")
    if status not in OutboxMessage.Status.values:
        status = "unknown" if numbers.get("unknown") else ""
    shown = rows.filter(status=status) if status else rows
    page = Paginator(shown.select_related("customer", "task").order_by("-not_before", "-pk"), ROWS)
    context = {
        "incoming": _received(request).waiting().count(),
        "page": page.get_page(request.GET.get("page")),
        "status": status,
        "all": sum(numbers.values()),
        "statuses": [
            {"code": choice.value, "label": choice.label, "number": numbers.get(choice.value, 0)}
            for choice in OutboxMessage.Status
        ],
    }
    return render(request, "campaigns/messages.html", context)


def _received(request: StoreRequest) -> InboundQuerySet:
    return InboundMessage.objects.for_user(request.user).filter(dealership=request.store)


def _incoming(request: StoreRequest) -> HttpResponse:
    """What customers wrote, newest first; what no call on a list will answer waits for a person here."""
    rows = _received(request).select_related("customer").order_by("-at", "-pk")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    waiting = set(_received(request).waiting().values_list("pk", flat=True)[:1000])
    return render(request, "campaigns/messages_in.html", {"page": page, "waiting": waiting})


@require_POST
@role_required(Role.MANAGER)
def settle_inbound(request: StoreRequest, pk: int) -> HttpResponse:
    """A person has dealt with what somebody wrote."""
    heard = get_object_or_404(_received(request), pk=pk)
    if heard.settle(at=timezone.now()):
        toasts.success(request, _("Recorded."))
    else:
        toasts.info(request, _("A colleague has answered it already."))
    return redirect(f"{reverse('messages')}?status=incoming")


@require_POST
@role_required(Role.MANAGER)
def decide_message(request: StoreRequest, pk: int) -> HttpResponse:
    """What a person found out about a letter whose sender died."""
    mine = OutboxMessage.objects.for_user(request.user).filter(dealership=request.store)  # manager here, not elsewhere
    message = get_object_or_404(mine.select_related("task", "dealership"), pk=pk)
    found = request.POST.get("found", "")
    decided = decide_unknown(message, has_left=found == "sent", send_again=found == "again", now=timezone.now())
    if decided:
        toasts.success(request, _("Recorded."))
    else:
        toasts.warning(request, _("This letter was decided meanwhile."))
    return redirect("messages")
