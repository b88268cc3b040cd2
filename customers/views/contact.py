"""Phones, emails and messengers of a customer: add, mark as dead or alive, try first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.models import ContactPoint, Customer
from customers.rules.contacts import kind_of
from customers.views.doors import STAFF, back_to, customer_or_404
from customers.views.head import head
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.why import Why


def contact_panel(customer: Customer, points: Sequence[ContactPoint] | None = None, **more: Any) -> dict[str, Any]:
    """What customers/_contacts.html shows; a query unless the points are at hand."""
    rows = list(customer.contact_points.all()) if points is None else points
    return {"customer": customer, "points": sorted(rows, key=lambda point: not point.is_usable), **more}


@role_required(*STAFF)
@require_POST
def contact_points(request: StoreRequest, pk: int) -> HttpResponse:
    """Add what was typed; what cannot be dialled or written to stays in the field with its reason."""
    customer = customer_or_404(request, pk)
    written = request.POST.get("written", "")[:254]
    found = customer.add_contact_point(kind_of(written), written, country=request.store.country, source="by_hand")
    if isinstance(found, Why):
        return _panel(request, customer, status=422, written=written, doubt=found.as_json())
    return _panel(request, customer)


@role_required(*STAFF)
@require_POST
def contact_point(request: StoreRequest, pk: int) -> HttpResponse:
    """`mark` says what is known now: wrong_number, works, or first (try this one before the others)."""
    point = get_object_or_404(ContactPoint.objects.for_user(request.user).select_related("customer"), pk=pk)
    match request.POST.get("mark"):
        case "wrong_number":
            point.mark_invalid("wrong_number", at=timezone.now())
        case "works":
            point.mark_valid()
        case "first":
            point.make_first()
        case _:
            return HttpResponse(status=400)
    return _panel(request, point.customer)


def _panel(request: StoreRequest, customer: Customer, status: int = 200, **more: Any) -> HttpResponse:
    if not request.htmx and status == 200:
        return back_to(customer)
    context = contact_panel(customer, **more)
    if status == 200:
        context |= head(customer, points=context["points"]) | {"panel": "customers/_contacts.html"}
        return render(request, "customers/_news.html", context)
    template = "customers/_contacts.html" if request.htmx else "customers/contacts.html"
    return render(request, template, context, status=status)
