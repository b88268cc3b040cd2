"""Who is about to leave: thin ice, and at risk. Sorted by what is at stake, with what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from dealercrm.why import Why
from lifecycle.models import HealthAlert, LifecyclePolicy, Stage, Standing, Substage
from lifecycle.models.standing import StandingQuerySet
from lifecycle.rules.actions import recommend

PAGE, MOST_PAGES = 50, 40  # a list longer than 2,000 is a segment, not a list to work on
ALARM_DAYS = 45
WATCHED = (Stage.FIRST_SERVICE, Stage.RETENTION)


class Risk(NamedTuple):
    standing: Standing
    alert: HealthAlert | None
    action: Why


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
def thin_ice(request: StoreRequest) -> HttpResponse:
    """The last weeks before dormant: who is worth most first."""
    rows = Standing.objects.for_user(request.user).filter(dealership=request.store)
    return _page(request, rows.filter(stage=Stage.RETENTION, substage=Substage.THIN_ICE), "thin-ice")


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
def at_risk(request: StoreRequest) -> HttpResponse:
    """Maintenance is due and a visit within 30 days unlikely, or health has fallen lately; nothing is booked."""
    today = request.store.today(timezone.now())
    policy = LifecyclePolicy.of(request.store).values()
    fell = HealthAlert.objects.filter(
        ownership_id=OuterRef("pk"), on__gte=today - timedelta(days=ALARM_DAYS), dealership=request.store
    ).filter(Q(on__gt=OuterRef("last_visit_on")) | Q(ownership__standing__last_visit_on=None))
    rows = (
        Standing.objects.for_user(request.user)
        .filter(dealership=request.store, stage__in=WATCHED)
        .exclude(substage=Substage.BOOKED)
        .filter(Q(due_on__lte=today, chance_soon__lt=policy.at_risk_below) | Q(Exists(fell)))
    )
    return _page(request, rows, "at-risk", below=policy.at_risk_below)


def _page(request: StoreRequest, rows: StandingQuerySet, name: str, *, below: int = 0) -> HttpResponse:
    number = request.GET.get("page", "1")
    if not number.isdecimal() or not 1 <= int(number) <= MOST_PAGES:
        raise Http404
    start = (int(number) - 1) * PAGE
    total = rows.count()
    found = list(
        rows.order_by(F("value_24m").desc(nulls_last=True), "health", "pk").select_related(
            "customer", "ownership__vehicle__make", "ownership__vehicle__model__make", "dealership"
        )[start : start + PAGE]
    )
    alerts = {
        alert.ownership_id: alert
        for alert in HealthAlert.objects.filter(ownership_id__in=[row.pk for row in found]).order_by("on")
    }
    line = LifecyclePolicy.of(request.store).values().probably_sold_line
    return render(
        request,
        "lifecycle/risk.html",
        {
            "name": name,
            "rows": [Risk(row, _alert(row, alerts.get(row.pk)), action_for(row, line)) for row in found],
            "total": total,
            "below": below,
            "next": int(number) + 1 if start + PAGE < min(total, PAGE * MOST_PAGES) else None,
            "is_first": number == "1",
        },
    )


def _alert(row: Standing, alert: HealthAlert | None) -> HealthAlert | None:
    """The newest alarm, unless the customer has been here since."""
    return alert if alert and (row.last_visit_on is None or alert.on > row.last_visit_on) else None


def action_for(row: Standing, sold_line: int) -> Why:
    """The recommended action of a standing."""
    return recommend(
        stage=row.stage,
        substage=row.substage,
        loyalty=row.loyalty,
        bands=row.forecasts.get("health_bands", ()),
        sold_points=row.probably_sold,
        sold_line=sold_line,
    )
