"""Points of one customer at the active store: what they have, the last entries, and what staff write down."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from customers.models import Customer
from customers.views.doors import RULERS, STAFF, customer_or_404
from dealercrm.accounts.guards import StoreRequest, role_required
from vehicles.forms_loyalty import PointsForm
from vehicles.models import LoyaltyAccount, LoyaltyEntry, LoyaltyPolicy

SHOWN = 8


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def customer_loyalty(request: StoreRequest, pk: int) -> HttpResponse:
    """The panel of the customer's page; says nothing there where the programme is off."""
    customer = customer_or_404(request, pk)
    may_adjust = request.role in RULERS
    if request.method != "POST":
        return _panel(request, customer, PointsForm(may_adjust=may_adjust))
    form = PointsForm(request.POST, may_adjust=may_adjust)
    if form.is_valid() and form.save(customer, store=request.store, by=request.user, now=timezone.now()):
        if not request.htmx:
            return redirect("customer", pk=customer.pk)
        return _panel(request, customer, PointsForm(may_adjust=may_adjust))
    return _panel(request, customer, form, status=422)


def _panel(request: StoreRequest, customer: Customer, form: PointsForm, status: int = 200) -> HttpResponse:
    """Two queries; none where the programme is off."""
    values = LoyaltyPolicy.values_of(request.store)
    if request.htmx and not values.is_on:
        return HttpResponse()
    accounts = LoyaltyAccount.objects.for_user(request.user).filter(dealership=request.store, customer=customer)
    entries = LoyaltyEntry.objects.for_user(request.user).filter(dealership=request.store, customer=customer)
    account = accounts.first()
    context = {
        "customer": customer,
        "is_on": values.is_on,
        "account": account,
        "worth": account.balance * Decimal(str(values.point_value)) if account else None,
        "entries": entries.select_related("repair_order", "by").order_by("-pk")[:SHOWN] if values.is_on else (),
        "points": form,
        "is_soon": account is not None and account.expires_soon(request.store.today(timezone.now())),
    }
    template = "vehicles/_loyalty.html" if request.htmx else "vehicles/customer_loyalty.html"
    return render(request, template, context, status=status)
