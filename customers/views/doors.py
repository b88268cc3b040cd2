"""Who may come to a customer's page, and how everything about one customer is reached."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from customers.models import Customer
from dealercrm.accounts.guards import StoreRequest
from dealercrm.accounts.models import Role

STAFF = (Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR)
RULERS = (Role.MANAGER, Role.ADMINISTRATOR)


def customer_or_404(request: StoreRequest, pk: int) -> Customer:
    """A living customer whom one of the user's stores knows. Merged, erased and foreign ones are not there."""
    return get_object_or_404(Customer.objects.for_user(request.user).living(), pk=pk)


def back_to(customer: Customer) -> HttpResponse:
    return redirect("customer", pk=customer.pk)
