"""The page of one customer. Cars, timeline and people around come by their own URLs."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from customers.finding import find_customers
from customers.forms import CustomerForm
from customers.models import Customer, Erasure
from customers.views.consent import consent_panel
from customers.views.contact import contact_panel
from customers.views.doors import STAFF, back_to, customer_or_404
from customers.views.head import head
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog, Role


@role_required(*STAFF)
@require_GET
def customer(request: StoreRequest, pk: int) -> HttpResponse:
    """Head, contacts, person, consents. A merged customer leads to the one that was kept."""
    now = timezone.now()
    person = find_customers(request.user, [pk]).get(pk)
    if person is None:
        raise Http404
    if person.pk != pk:
        return redirect("customer", pk=person.pk)
    AccessLog.objects.create(
        user=request.user,
        dealership=request.store,
        at=now,
        action=AccessLog.Action.VIEW,
        subject="customer",
        object_id=person.pk,
    )
    if person.erased_at is not None:
        erasure = Erasure.objects.for_user(request.user).filter(customer=person).select_related("by").first()
        return render(request, "customers/erased.html", {"customer": person, "erasure": erasure})
    points = list(person.contact_points.all())
    said = list(person.consent_events.all())
    return render(
        request,
        "customers/customer.html",
        {
            "may_erase": request.role == Role.ADMINISTRATOR,
            "clock_there": _wall_clock(request, person, now),
            **head(person, points=points, said=said),
            **contact_panel(person, points),
            **consent_panel(person, said),
        },
    )


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def customer_edit(request: StoreRequest, pk: int) -> HttpResponse:
    """The person panel as a form, in its place; a page of its own where there is no script."""
    now = timezone.now()
    person = customer_or_404(request, pk)
    form = CustomerForm(request.POST or None, instance=person, now=now)
    if request.method == "POST" and form.is_valid():
        changed = person.correct(form.corrections)
        if not request.htmx or {"last_name", "first_name", "middle_name", "company_name", "city"} & set(changed):
            return _whole_page(request, person)
        return render(request, "customers/_person.html", {"customer": person})
    if request.htmx and "cancel" in request.GET:
        return render(request, "customers/_person.html", {"customer": person})
    template = "customers/_person_form.html" if request.htmx else "customers/edit.html"
    return render(request, template, {"customer": person, "form": form}, status=422 if form.errors else 200)


def _wall_clock(request: StoreRequest, person: Customer, now: datetime) -> str:
    """The time where the customer lives; text, because a template would turn it into the store's zone."""
    return f"{now.astimezone(person.zone(request.store)):%H:%M}"


def _whole_page(request: StoreRequest, person: Customer) -> HttpResponse:
    """The head shows what changed too, so the page comes anew."""
    response = back_to(person)
    if request.htmx:
        response = HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return response
