"""Times asked for on the web by people whom we did not recognise: an operator says who it is, or declines."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from campaigns.loading import Store
from campaigns.visiting import Status, confirm_request
from customers.models import ContactPoint, Customer
from dealercrm.accounts.guards import StoreRequest, check_role_at, role_required
from dealercrm.accounts.models import Role, User
from vehicles.models import Ownership, VisitRequest

CALLERS = (Role.OPERATOR, Role.MANAGER)
MOST = 20


class Waiting(NamedTuple):
    """A request with the customers it may be of: those with its phone, and the owner of its plate."""

    asked: VisitRequest
    people: list[Customer]


@role_required(*CALLERS)
@require_GET
def visit_requests(request: StoreRequest) -> HttpResponse:
    """Part of the page of appointments; by itself it is a page too."""
    rows = VisitRequest.objects.for_user(request.user).waiting().filter(dealership=request.store)
    asked = list(rows.select_related("work_group").order_by("asked_at", "pk")[: MOST + 1])
    template = "campaigns/_visit_requests.html" if request.htmx else "campaigns/visit_requests.html"
    return render(request, template, {"waiting": _with_people(asked[:MOST], request.user), "is_cut": len(asked) > MOST})


@role_required(*CALLERS)
@require_POST
def visit_request_answer(request: StoreRequest, pk: int) -> HttpResponse:
    """`customer` names who it is (`new`: nobody we know); `decline` gives the time back."""
    now = timezone.now()
    rows = VisitRequest.objects.for_user(request.user).select_related("dealership", "work_group", "appointment")
    asked = get_object_or_404(rows, pk=pk)
    check_role_at(request.user, asked.dealership_id, *CALLERS)
    if "decline" in request.POST:
        is_done = asked.settle(Status.DECLINED, at=now, by=request.user)
    else:
        is_done = _confirm(request, asked, now)
    if not is_done:
        messages.warning(request, _("A colleague has answered it already."))
    return redirect("appointments")


def _confirm(request: StoreRequest, asked: VisitRequest, now: datetime) -> bool:
    said = request.POST.get("customer", "")
    customer = None
    if said != "new":
        living = Customer.objects.for_user(request.user).living()
        customer = get_object_or_404(living, pk=int(said) if said.isdecimal() and len(said) < 19 else 0)
    cars = Ownership.objects.open().standing().filter(customer=customer, vehicle__plate_key=asked.plate_key)
    ownership = cars.first() if customer is not None and asked.plate_key else None
    return confirm_request(Store.load(asked.dealership, now), asked, customer, ownership, by=request.user, now=now)


def _with_people(asked: list[VisitRequest], user: User) -> list[Waiting]:
    """Two queries, however many requests."""
    living = Customer.objects.for_user(user).living()
    by_phone: dict[str, list[Customer]] = defaultdict(list)
    points = ContactPoint.objects.filter(value__in={one.phone for one in asked}, customer__in=living)
    for point in points.select_related("customer").order_by("customer_id"):
        by_phone[point.value].append(point.customer)
    by_plate: dict[str, list[Customer]] = defaultdict(list)
    keys = {one.plate_key for one in asked if one.plate_key}
    cars = Ownership.objects.open().standing().filter(vehicle__plate_key__in=keys, customer__in=living)
    for car in cars.select_related("customer", "vehicle"):
        by_plate[car.vehicle.plate_key].append(car.customer)
    return [
        Waiting(one, list({who.pk: who for who in (*by_plate[one.plate_key], *by_phone[one.phone])}.values())[:3])
        for one in asked
    ]
