"""What happened between us and one customer: the fragment under their cars, and its older pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from customers.views.doors import STAFF, customer_or_404
from dealercrm.accounts.guards import StoreRequest, role_required
from vehicles.timeline import Place, timeline


@role_required(*STAFF)
@require_GET
def customer_timeline(request: StoreRequest, pk: int) -> HttpResponse:
    """The newest page, or the one after `?before=` a place."""
    customer = customer_or_404(request, pk)
    before = Place.from_text(request.GET.get("before", ""))
    entries, place = timeline(customer, request.user, request.store.zone, before)
    template = "vehicles/_timeline.html" if request.htmx else "vehicles/timeline.html"
    return render(
        request,
        template,
        {"customer": customer, "entries": entries, "older": place and place.as_text(), "is_first": before is None},
    )
