"""Smaller lists of an operator: promised calls, own results."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.loading import Store
from campaigns.models import CallResult, ContactTask, Outcome
from campaigns.staff import BOOKED, REACHED, month_after, month_before, month_of, operator_lines, own_entries
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role

PERIODS = {"day": 1, "week": 7, "month": 30}
ROWS = 50


@require_safe
@role_required(Role.OPERATOR, Role.MANAGER)
def callbacks(request: StoreRequest) -> HttpResponse:
    """Calls this operator promised, and those of colleagues that are so late that anybody may make them."""
    now = timezone.now()
    store = Store.load(request.store, now)
    grace = timedelta(minutes=store.values.callback_grace_minutes)
    promised = (
        ContactTask.objects.for_user(request.user)
        .filter(dealership=request.store, promised_at__isnull=False)
        .calls()
        .open()
        .select_related("customer", "ownership__vehicle__model__make", "ownership__vehicle__make", "assigned_to")
        .order_by("promised_at")
    )
    context = {
        "now": now,
        "late_since": now - grace,
        "mine": list(promised.filter(assigned_to=request.user)[:ROWS]),
        "late": list(promised.filter(promised_at__lte=now - grace).exclude(assigned_to=request.user)[:ROWS]),
        "grace": store.values.callback_grace_minutes,
    }
    return render(request, "campaigns/callbacks.html", context)


@require_safe
@role_required(Role.OPERATOR, Role.MANAGER)
def my_results(request: StoreRequest) -> HttpResponse:
    """What this operator's calls ended with, today, in the last week or month; and who came of it."""
    now = timezone.now()
    period = request.GET.get("period", "day")
    days = PERIODS.get(period, 1)
    since = datetime.combine(request.store.today(now) - timedelta(days=days - 1), time.min, request.store.zone)
    results = CallResult.objects.counting().filter(by=request.user, task__dealership=request.store, at__gte=since)
    by_outcome = {row["outcome"]: row["number"] for row in results.values("outcome").annotate(number=Count("pk"))}
    totals = results.aggregate(
        calls=Count("pk"),
        reached=Count("pk", filter=REACHED),
        booked=Count("pk", filter=BOOKED),
    )
    today = request.store.today(now)
    month = month_of(request.GET.get("month", ""), today)
    most = max(by_outcome.values(), default=1)
    context = {
        "period": period if period in PERIODS else "day",
        "totals": totals,
        "reach_share": totals["reached"] / totals["calls"] if totals["calls"] else None,
        "booked_share": totals["booked"] / totals["reached"] if totals["reached"] else None,
        "outcomes": [
            {
                "label": outcome.label,
                "number": by_outcome[outcome.value],
                "width": 100 * by_outcome[outcome.value] // most,
            }
            for outcome in Outcome
            if outcome.value in by_outcome
        ],
        "month": month,
        "month_before": f"{month_before(month):%Y-%m}",
        "month_after": f"{month_after(month):%Y-%m}" if month_after(month) <= today else "",
        "mine": operator_lines(request.store, month, only=request.user)[0],
        "credits": list(own_entries(request.store, month, request.user)[:ROWS]),
        "results": list(
            results.select_related("task__customer", "task__ownership__vehicle__model__make").order_by("-at")[:ROWS]
        ),
    }
    return render(request, "campaigns/my_results.html", context)
