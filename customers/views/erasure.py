"""A person asks to be forgotten: what would go, and the erasure."""

from __future__ import annotations

from django.apps import apps
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from customers.erasing import erase, what_goes
from customers.views.doors import customer_or_404
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def customer_erasure(request: StoreRequest, pk: int) -> HttpResponse:
    """GET shows what an erasure empties and what stays; POST with `sure` does it. There is no way back."""
    customer = customer_or_404(request, pk)
    if request.method == "POST" and request.POST.get("sure"):
        erase(customer, by=request.user, store=request.store, now=timezone.now())
        return redirect("customer", pk=customer.pk)
    goes = [
        (str(apps.get_model(label)._meta.verbose_name_plural), number)
        for label, number in sorted(what_goes(customer).items())
    ]
    status = 422 if request.method == "POST" else 200
    return render(request, "customers/erasure.html", {"customer": customer, "goes": goes}, status=status)
