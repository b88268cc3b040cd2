"""Where one car stands, in short for other pages and in full with every reason."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from lifecycle.explaining import day_of, explain
from lifecycle.health_words import PartShown, parts_shown
from lifecycle.library import Library
from lifecycle.models import HealthMonth, Occasion, StageChange, Standing
from lifecycle.rules.maintenance import about
from lifecycle.sentences import kind_label
from lifecycle.views.risk import action_for
from vehicles.models import Ownership

READERS = (Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR)
CHANGES = 12


def find_ownership(request: StoreRequest, pk: int) -> Ownership:
    rows = Ownership.objects.for_user(request.user)
    return get_object_or_404(
        rows.select_related("customer", "home_store", "vehicle__make", "vehicle__model__make"), pk=pk
    )


@role_required(*READERS)
def ownership_standing(request: StoreRequest, pk: int) -> HttpResponse:
    """A fragment for the customer's and the car's page: stage and why, what is open, what comes next, what was."""
    ownership = find_ownership(request, pk)
    standing = Standing.objects.filter(ownership=ownership).first()
    occasions = list(Occasion.objects.open().filter(ownership=ownership).order_by("due_on", "pk"))
    changes = list(StageChange.objects.filter(ownership=ownership).order_by("-on", "-pk")[: CHANGES + 1])
    return render(
        request,
        "lifecycle/_standing.html",
        {
            "ownership": ownership,
            "standing": standing,
            "occasions": [(row, kind_label(row.kind)) for row in occasions],
            "changes": changes[:CHANGES],
            "has_more": len(changes) > CHANGES,
            "due_km": about(standing.due_km) if standing else None,
            "km_per_year": about(standing.km_per_year) if standing else None,
            "parts": _parts(standing)[:3] if standing else [],
            "store": ownership.home_store,
            **_later(standing, ownership.home_store.today(timezone.now())),
        },
    )


def _parts(standing: Standing) -> list[PartShown]:
    return parts_shown(standing.forecasts.get("health_bands", ()), standing.forecasts.get("health_points", ()))


def _later(standing: Standing | None, today: date) -> dict[str, date]:
    """What is still ahead of the forecasts that are kept as text: end of warranty and the buying window."""
    found = {}
    for name in ("warranty_until", "buying_from", "buying_to"):
        text = standing.forecasts.get(name) if standing else None
        if text and (day := date.fromisoformat(text)) >= today:
            found[name] = day
    if "buying_to" in found and standing:
        found["buying_from"] = date.fromisoformat(standing.forecasts["buying_from"])
    return found


@role_required(*READERS)
def occasion_explain(request: StoreRequest, pk: int) -> HttpResponse:
    """Every reason, open or not, as of any day, judged afresh from the facts known now, beside what was said then."""
    ownership = find_ownership(request, pk)
    today = ownership.home_store.today(timezone.now())
    day = day_of(request.GET.get("date", ""), today)
    if day is None:
        raise Http404
    library = Library()
    found = explain(ownership.pk, day, library, reader=request.user)
    changes = list(StageChange.objects.filter(ownership=ownership).order_by("-on", "-pk"))
    line = library.values(ownership.home_store_id, found.facts.category).probably_sold_line
    return render(
        request,
        "lifecycle/explain.html",
        {
            "ownership": ownership,
            "found": found,
            "day": day,
            "today": today,
            "standing": found.standing,
            "km_now": about(found.judgement.forecast.driving.km_on(day)),
            "months": _months(found.standing, today) if day == today else [],
            "action": action_for(found.standing, line),
            "next_car": found.judgement.next_car,
            "changes": changes,
            "earlier": next((change.on for change in changes if change.on < day), None),
            "later": next((change.on for change in reversed(changes) if day < change.on <= today), None),
        },
    )


def _months(standing: Standing, today: date) -> list[tuple[date, int | None]]:
    """Health at the end of each of the last twelve months that know one, the current one last."""
    rows = HealthMonth.objects.of(standing.ownership_id, today=today, months=12, now=standing.health)
    return [(month, health) for month, health in rows if health is not None]
