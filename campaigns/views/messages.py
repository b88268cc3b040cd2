from __future__ import annotations

from django.contrib import messages as toasts
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import OutboxMessage
from campaigns.sending import decide_unknown
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role

ROWS = 50


@require_safe
@role_required(Role.MANAGER)
def messages(request: StoreRequest) -> HttpResponse:
    """Letters of the store by what became of them; the unknown ones wait for a person."""
    rows = OutboxMessage.objects.for_user(request.user).filter(dealership=request.store)
    numbers = dict(rows.order_by().values_list("status").annotate(number=Count("pk")))
    status = request.GET.get("status", "")
    if status not in OutboxMessage.Status.values:
        status = "unknown" if numbers.get("unknown") else ""
    shown = rows.filter(status=status) if status else rows
    page = Paginator(shown.select_related("customer", "task").order_by("-not_before", "-pk"), ROWS)
    context = {
        "page": page.get_page(request.GET.get("page")),
        "status": status,
        "all": sum(numbers.values()),
        "statuses": [
            {"code": choice.value, "label": choice.label, "number": numbers.get(choice.value, 0)}
            for choice in OutboxMessage.Status
        ],
    }
    return render(request, "campaigns/messages.html", context)


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
