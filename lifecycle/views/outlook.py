"""What a car will need and where its odometer goes: fragments for the customer's and the car's page."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dealercrm.accounts.guards import StoreRequest, role_required
from lifecycle.outlook import MONTHS, outlook
from lifecycle.rules.maintenance import about
from lifecycle.views.standing import READERS, find_ownership
from vehicles.charts import odometer_chart
from vehicles.models import OdometerReading


@require_GET
@role_required(*READERS)
def ownership_needs(request: StoreRequest, pk: int) -> HttpResponse:
    """The visits that the car will need in 24 months, each with its works, km, window and price."""
    ownership = find_ownership(request, pk)
    today = ownership.home_store.today(timezone.now())
    found = outlook(ownership, today)
    prices = [need.price for need in found.needs]
    context = {
        "ownership": ownership,
        "needs": [(need, about(need.stop.km)) for need in found.needs],
        "months": MONTHS,
        "total": sum((price.amount for price in prices), Decimal(0)) if all(p.is_whole for p in prices) else None,
    }
    return render(request, "lifecycle/_needs.html", context)


@require_GET
@role_required(*READERS)
def ownership_odometer(request: StoreRequest, pk: int) -> HttpResponse:
    """The car's odometer chart with its forecast drawn in."""
    ownership = find_ownership(request, pk)
    found = outlook(ownership, ownership.home_store.today(timezone.now()))
    readings = OdometerReading.objects.for_user(request.user).filter(vehicle=ownership.vehicle_id)
    chart = odometer_chart(list(readings.order_by("read_on", "pk")), found.odometer)
    return render(request, "vehicles/_odometer_chart.html", {"chart": chart})
