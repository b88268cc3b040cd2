"""Odometer readings that nobody believes: a person confirms them or marks them wrong, one key each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from vehicles.models import OdometerReading
from vehicles.reading import settle_reading

SETTLERS = (Role.MANAGER, Role.ADMINISTRATOR)
MOST = 100
Flag = OdometerReading.Plausibility


class Doubted(NamedTuple):
    """A reading beside its believed neighbours."""

    reading: OdometerReading
    before: OdometerReading | None
    after: OdometerReading | None


@require_GET
@role_required(*SETTLERS)
def doubtful_readings(request: StoreRequest) -> HttpResponse:
    """Suspect readings of the store's present cars, the latest first. Four queries."""
    suspects = OdometerReading.objects.for_user(request.user).standing().suspect().of_cars_at(request.store)
    total = suspects.count()
    rows = suspects.select_related("vehicle__model__make", "vehicle__make").order_by("-read_on", "-pk")[:MOST]
    context = {"rows": _beside_neighbours(list(rows)), "total": total, "most": MOST}
    return render(request, "vehicles/doubtful_readings.html", context)


@require_POST
@role_required(*SETTLERS)
def reading_verdict(request: StoreRequest, pk: int) -> HttpResponse:
    """`verdict` confirmed or wrong; plausible takes it back. Who was slower sees what a colleague said."""
    rows = OdometerReading.objects.for_user(request.user).select_related("vehicle__model__make", "vehicle__make")
    reading = get_object_or_404(rows, pk=pk)
    verdict = request.POST.get("verdict", "")
    if verdict not in {Flag.CONFIRMED, Flag.WRONG, Flag.PLAUSIBLE}:
        return HttpResponse(status=400)
    is_done = settle_reading(reading, verdict, by=request.user, at=timezone.now())
    if not request.htmx:
        return redirect("doubtful-readings")
    note = "" if is_done else _("A colleague has answered this already.")
    (row,) = _beside_neighbours([reading])
    context = {"row": row, "note": note, "has_focus": True}
    return render(request, "vehicles/_doubtful_reading.html", context, status=200 if is_done else 409)


def _beside_neighbours(readings: Sequence[OdometerReading]) -> list[Doubted]:
    """One query for the neighbours of all."""
    believed: dict[int, list[OdometerReading]] = {}
    others = OdometerReading.objects.filter(
        vehicle__in={one.vehicle_id for one in readings}, plausibility__in=[Flag.PLAUSIBLE, Flag.CONFIRMED]
    )
    for other in others.order_by("read_on", "km"):
        believed.setdefault(other.vehicle_id, []).append(other)
    found = []
    for one in readings:
        others_of_car = [other for other in believed.get(one.vehicle_id, []) if other.pk != one.pk]
        before = [other for other in others_of_car if other.read_on <= one.read_on]
        after = [other for other in others_of_car if other.read_on > one.read_on]
        found.append(Doubted(one, before[-1] if before else None, after[0] if after else None))
    return found
