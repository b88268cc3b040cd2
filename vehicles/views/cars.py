"""The cars of one customer, what is promised to them, and what can be written down about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers.models import Customer
from customers.views.doors import STAFF, customer_or_404
from dealercrm.accounts.guards import StoreRequest, role_required
from vehicles.forms import BookingForm, ComplaintForm, EndForm, FeedbackForm, RefusalForm
from vehicles.models import Appointment, Complaint, OdometerReading, Ownership

BELIEVED = (OdometerReading.Plausibility.PLAUSIBLE, OdometerReading.Plausibility.CONFIRMED)


@role_required(*STAFF)
@require_GET
def customer_cars(request: StoreRequest, pk: int) -> HttpResponse:
    """Cars with stage and odometer, open complaints and appointments, and the forms behind the buttons."""
    customer = customer_or_404(request, pk)
    return _panel(request, customer, _forms(request, customer, timezone.now()))


@role_required(*STAFF)
@require_POST
def refusals(request: StoreRequest, pk: int) -> HttpResponse:
    """The customer does not want to hear about something."""
    now = timezone.now()
    customer = customer_or_404(request, pk)
    form = RefusalForm(request.POST, customer=customer, today=request.store.today(now))
    return written(
        request, customer, now, "refusal", form, lambda: form.save(store=request.store, by=request.user, at=now)
    )


@role_required(*STAFF)
@require_POST
def customer_complaints(request: StoreRequest, pk: int) -> HttpResponse:
    """The customer complains; from now on nobody sells them anything until it is made good."""
    now = timezone.now()
    customer = customer_or_404(request, pk)
    form = ComplaintForm(request.POST, customer=customer, today=request.store.today(now))
    return written(
        request, customer, now, "complaint", form, lambda: form.save(store=request.store, by=request.user, at=now)
    )


@role_required(*STAFF)
@require_POST
def customer_appointments(request: StoreRequest, pk: int) -> HttpResponse:
    """Expect the customer at the active store."""
    now = timezone.now()
    customer = customer_or_404(request, pk)
    form = BookingForm(request.POST, customer=customer, store=request.store, now=now)
    return written(request, customer, now, "booking", form, lambda: form.save(by=request.user))


@role_required(*STAFF)
@require_http_methods(["POST"])
def ownership_end(request: StoreRequest, pk: int) -> HttpResponse:
    """The car was sold, traded in, written off; `undo` takes that back."""
    now = timezone.now()
    ownership = get_object_or_404(Ownership.objects.for_user(request.user).select_related("customer"), pk=pk)
    customer = customer_or_404(request, ownership.customer_id)
    if "undo" in request.POST:
        note = "" if ownership.reopen() else _("Somebody else owns this car by now.")
        return _changed(request, customer, now, note)
    form = EndForm(request.POST, ownership=ownership, today=request.store.today(now))
    return written(request, customer, now, f"end{ownership.pk}", form, form.save)


def written(
    request: StoreRequest, customer: Customer, now: datetime, name: str, form: Form, save: Callable[[], object]
) -> HttpResponse:
    """Save a good form and show the panel anew; an unfit one comes back open, with its errors."""
    if form.is_valid():
        save()
        return _changed(request, customer, now)
    forms = _forms(request, customer, now) | {name: form, "open_form": name}
    return _panel(request, customer, forms, status=422)


def _changed(request: StoreRequest, customer: Customer, now: datetime, note: str = "") -> HttpResponse:
    if not request.htmx:
        return redirect("customer", pk=customer.pk)
    response = _panel(request, customer, _forms(request, customer, now) | {"note": note})
    response["HX-Trigger"] = "timeline-changed"
    return response


def _forms(request: StoreRequest, customer: Customer, now: datetime) -> dict[str, Any]:
    """Empty forms; who has one car means that one."""
    today = request.store.today(now)
    cars = list(customer.ownerships.open()[:2])
    only_car = cars[0] if len(cars) == 1 else None
    return {
        "today": today,
        "now": now,
        "refusal": RefusalForm(customer=customer, today=today, only_car=only_car),
        "complaint": ComplaintForm(customer=customer, today=today, only_car=only_car),
        "feedback": FeedbackForm(customer=customer, only_car=only_car),
        "booking": BookingForm(customer=customer, store=request.store, now=now, only_car=only_car),
    }


def _panel(request: StoreRequest, customer: Customer, forms: dict[str, Any], status: int = 200) -> HttpResponse:
    """Cars now owned first, then the latest. Four queries, and one for the choices of a form with a car."""
    readings = OdometerReading.objects.for_user(request.user).filter(
        vehicle=OuterRef("vehicle"), plausibility__in=BELIEVED
    )
    newest = readings.order_by("-read_on", "-pk")
    cars = list(
        Ownership.objects.for_user(request.user)
        .filter(customer=customer)
        .select_related("vehicle__model__make", "vehicle__make", "home_store")
        .annotate(km=Subquery(newest.values("km")[:1]), km_on=Subquery(newest.values("read_on")[:1]))
    )
    cars.sort(key=lambda car: (car.is_open, car.ended_on or car.started_on, car.pk), reverse=True)
    for car in cars:
        name = f"end{car.pk}"
        car.end_form = forms.get(name) or EndForm(ownership=car, today=forms["today"])  # type: ignore[attr-defined]
    complaints = Complaint.objects.for_user(request.user).open().filter(customer=customer).order_by("opened_at")
    visits = Appointment.objects.for_user(request.user).open().filter(customer=customer, starts_at__gte=forms["now"])
    context = {
        "customer": customer,
        "cars": cars,
        "open_complaints": complaints[:5],
        "expected": visits.select_related("dealership", "ownership__vehicle__model__make").order_by("starts_at")[:5],
        **forms,
    }
    template = "vehicles/_cars.html" if request.htmx else "vehicles/cars.html"
    return render(request, template, context, status=status)
