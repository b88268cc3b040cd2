"""Whether a customer without a car is a prospect: one line for the customer's page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from customers.views.doors import STAFF, customer_or_404
from dealercrm.accounts.guards import StoreRequest, role_required
from lifecycle.prospects import prospects, with_news


@role_required(*STAFF)
def customer_prospect(request: StoreRequest, pk: int) -> HttpResponse:
    """Empty for whoever owns or owned a car or was here."""
    customer = customer_or_404(request, pk)
    rows = prospects(request.stores).filter(pk=customer.pk)
    return render(request, "lifecycle/_prospect.html", {"person": with_news(rows, request.stores).first()})
