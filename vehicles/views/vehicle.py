"""The page of one car: passport, owners, odometer, visits, declined works, covers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from customers.models import Customer
from customers.views.doors import STAFF
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog
from vehicles.charts import odometer_chart
from vehicles.forms import ReadingForm
from vehicles.models import OdometerReading, Ownership, RepairOrder, RepairOrderLine, Vehicle
from vehicles.reading import doubt_about

VISITS = 40


@role_required(*STAFF)
@require_GET
def vehicle(request: StoreRequest, pk: int) -> HttpResponse:
    """Everything we know of a car. Of other stores' visits and covers date and purpose only."""
    now = timezone.now()
    today = request.store.today(now)
    car = _vehicle_or_404(request, pk)
    AccessLog.objects.create(
        user=request.user,
        dealership=request.store,
        at=now,
        action=AccessLog.Action.VIEW,
        subject="vehicle",
        object_id=car.pk,
    )
    orders = list(
        car.repair_orders.standing()
        .select_related("dealership")
        .prefetch_related("lines__work_group")
        .order_by("-opened_on", "-pk")[: VISITS + 1]
    )
    visits = [{"order": order, "is_foreign": not request.user.sees_store(order.dealership_id)} for order in orders]
    covers = car.covers.filter(voided_at=None).order_by("-ends_on")
    return render(
        request,
        "vehicles/vehicle.html",
        {
            "car": car,
            "today": today,
            "owners": _owners(request, car),
            "visits": visits[:VISITS],
            "is_cut": len(visits) > VISITS,
            "most": VISITS,
            "declined": declined_and_not_done(orders, request.user.sees_store),
            "covers": [{"cover": one, "is_foreign": not request.user.sees_store(one.dealership_id)} for one in covers],
            **_odometer(request, car),
            "form": ReadingForm(today=today),
        },
    )


@role_required(*STAFF)
@require_POST
def vehicle_readings(request: StoreRequest, pk: int) -> HttpResponse:
    """Take a reading. A doubtful one is asked about first; `sure` answers yes (confirmed) or no (kept as suspect)."""
    car = _vehicle_or_404(request, pk)
    form = ReadingForm(request.POST, today=request.store.today(timezone.now()))
    sure = request.POST.get("sure")
    doubt = None
    if form.is_valid():
        doubt = None if sure else doubt_about(car, form.cleaned_data["km"], form.cleaned_data["on"])
        if not doubt:
            form.save(car, store=request.store, by=request.user, is_certain=sure == "yes")
            if not request.htmx:
                return redirect("vehicle", pk=car.pk)
            fresh = ReadingForm(today=form.today)
            return render(request, "vehicles/_odometer.html", {"car": car, "form": fresh, **_odometer(request, car)})
    template = "vehicles/_odometer.html" if request.htmx else "vehicles/odometer.html"
    context = {"car": car, "form": form, "doubt": doubt, **_odometer(request, car)}
    return render(request, template, context, status=422)


def declined_and_not_done(orders: Iterable[RepairOrder], sees_store: Any) -> list[dict[str, Any]]:
    """Recommended works that were declined and not done at a later visit, newest first. Orders come newest first."""
    done: set[int] = set()
    found: list[dict[str, Any]] = []
    for order in orders:
        lines: list[RepairOrderLine] = list(order.lines.all())
        if sees_store(order.dealership_id):
            found += [
                {"line": line, "order": order} for line in lines if line.is_declined and line.work_group_id not in done
            ]
        done |= {line.work_group_id for line in lines if line.work_group_id and not line.is_declined}
    return found


def _vehicle_or_404(request: StoreRequest, pk: int) -> Vehicle:
    rows = Vehicle.objects.for_user(request.user).select_related("make", "model__make")
    return get_object_or_404(rows, pk=pk)


def _owners(request: StoreRequest, car: Vehicle) -> list[dict[str, Any]]:
    """Owners over time, newest first; one whom none of the user's stores knows has no name here."""
    owners = car.ownerships.standing().select_related("customer", "home_store")
    rows: list[Ownership] = list(owners.order_by("-started_on", "-pk"))
    known = set(
        Customer.objects.for_user(request.user)
        .living()
        .filter(pk__in=[row.customer_id for row in rows])
        .values_list("pk", flat=True)
    )
    return [{"ownership": row, "is_known": row.customer_id in known} for row in rows]


def _odometer(request: StoreRequest, car: Vehicle) -> dict[str, Any]:
    """Readings and their drawing; `forecast_from` is the ownership whose forecast is drawn into it, if one is ours."""
    readings: list[OdometerReading] = list(car.odometer_readings.order_by("-read_on", "-pk"))
    ours = Ownership.objects.for_user(request.user).open().filter(vehicle=car).values_list("pk", flat=True).first()
    return {"readings": readings, "chart": odometer_chart(readings), "forecast_from": ours}
