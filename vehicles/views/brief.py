"""A customer's cars and visits in a few lines, for pages that show two people side by side."""

from __future__ import annotations

from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from customers.views.doors import STAFF, customer_or_404
from dealercrm.accounts.guards import StoreRequest, role_required
from vehicles.models import Ownership

MOST = 6


@role_required(*STAFF)
@require_GET
def customer_brief(request: StoreRequest, pk: int) -> HttpResponse:
    """Each car with its years, visits and the last one; visits with cars of others in one number. Two queries."""
    customer = customer_or_404(request, pk)
    counted = Q(repair_orders__voided_at=None)
    cars = list(
        Ownership.objects.for_user(request.user)
        .filter(customer=customer)
        .select_related("vehicle__model__make", "vehicle__make")
        .annotate(
            visits=Count("repair_orders", filter=counted), last_on=Max("repair_orders__opened_on", filter=counted)
        )
        .order_by("-started_on", "-pk")[: MOST + 1]
    )
    visits = customer.repair_orders.standing()
    elsewhere = visits.exclude(ownership__customer=customer).count()
    return render(
        request,
        "vehicles/_brief.html" if request.htmx else "vehicles/brief.html",
        {"customer": customer, "cars": cars[:MOST], "has_more": len(cars) > MOST, "with_other_cars": elsewhere},
    )
