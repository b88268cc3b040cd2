"""What a campaign would do before it is started, and days that wait for a manager's word."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.loading import Store
from campaigns.models import HeldPlan
from campaigns.outlook import DAYS, Outlook, outlook_of
from campaigns.views.campaigns import leading, versions_or_404
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog, Role

HEIGHT, WIDTH, BAR = 96, 600, 20  # of the picture, in its own units: thirty bars


@require_safe
@role_required(Role.MANAGER)
def campaign_outlook(request: StoreRequest, code: str) -> HttpResponse:
    """Today and the next 30 days of a campaign, as planning would make them; asked for by its page."""
    now = timezone.now()
    store = Store.load(request.store, now)
    versions = versions_or_404(request, code)
    asked = request.GET.get("version", "")
    chosen = next((row for row in versions if str(row.version) == asked), None) if asked else None
    if asked and chosen is None:
        raise Http404
    campaign = chosen or leading(versions, store.today)
    if campaign.not_ready(store.today):
        return render(request, "campaigns/_campaign_outlook.html", {"campaign": campaign, "outlook": None})
    outlook = outlook_of(campaign, store, now=now)
    _note_seen(request, outlook, campaign.pk)
    context = {
        "campaign": campaign,
        "outlook": outlook,
        "bars": _bars(outlook),
        "days": DAYS,
        "capacity": _line(outlook),
    }
    return render(request, "campaigns/_campaign_outlook.html", context)


@require_POST
@role_required(Role.MANAGER)
def confirm_plan(request: StoreRequest, pk: int) -> HttpResponse:
    """A manager has seen the numbers: what was held leaves within a minute, by the sweep."""
    rows = HeldPlan.objects.for_user(request.user).filter(dealership=request.store).select_related("dealership")
    plan = get_object_or_404(rows, pk=pk)
    if plan.confirm(by=request.user, at=timezone.now()):
        messages.success(request, _("Confirmed: it leaves within a minute."))
    else:
        messages.info(request, _("Somebody has confirmed it already."))
    return redirect("campaigns")


def _top(outlook: Outlook) -> float:
    return max(outlook.busiest, outlook.capacity, 1)


def _bars(outlook: Outlook) -> list[dict[str, object]]:
    """Operator minutes of each day as a bar; x, y, height in the units of the picture."""
    bars = []
    for number, day in enumerate(outlook.days):
        height = round(HEIGHT * day.minutes / _top(outlook), 1)
        bars.append({"day": day, "x": number * BAR + 2, "y": HEIGHT - height, "height": height, "width": BAR - 4})
    return bars


def _line(outlook: Outlook) -> float:
    return round(HEIGHT - HEIGHT * outlook.capacity / _top(outlook), 1)


def _note_seen(request: StoreRequest, outlook: Outlook, campaign_id: int) -> None:
    """Who saw which customers: ids only."""
    if outlook.first:
        entry = AccessLog.objects.create(
            user=request.user,
            dealership=request.store,
            at=timezone.now(),
            action=AccessLog.Action.VIEW,
            subject="campaign",
            object_id=campaign_id,
            rows=len(outlook.first),
        )
        entry.note_customers(task.customer_id for task in outlook.first)
