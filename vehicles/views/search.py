"""The search box of every page, and the telephony's pop-up. What was typed never stands in an address."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from customers.rules.asking import Asked, read
from customers.views.doors import STAFF
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog
from vehicles.searching import MOST, Found, search

SESSION_KEY = "caller"


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def customers(request: StoreRequest) -> HttpResponse:
    """POST searches for `q`; GET with ?phone= is a call that came in; a bare GET is the empty box."""
    now = timezone.now()
    if request.method == "POST":
        return _answer(request, request.POST.get("q", ""), now)
    if "phone" in request.GET:
        return _caller(request, request.GET["phone"], now)
    caller = request.session.pop(SESSION_KEY, "")
    if caller:
        return _answer(request, caller, now, is_caller=True)
    return render(request, "vehicles/search.html", {"typed": ""})


def _caller(request: StoreRequest, phone: str, now: datetime) -> HttpResponse:
    """Straight to the one who calls; with none or several the number moves from the address into the session."""
    # A plus sign in an address means a space, so telephony systems send +7912... as " 7912...".
    written = phone.strip()
    asked = read(f"+{written}" if phone.startswith(" ") else written, request.store.country)
    found = search(request.user, Asked(phone=asked.phone))
    if found.only_customer:
        _note(request, found, now)
        return redirect("customer", pk=found.only_customer.pk)
    request.session[SESSION_KEY] = asked.phone or written[:40]
    return redirect("customers")


def _answer(request: StoreRequest, typed: str, now: datetime, *, is_caller: bool = False) -> HttpResponse:
    asked = read(typed, request.store.country)
    found = Found([], []) if asked.is_nothing else search(request.user, asked)
    _note(request, found, now)
    if found.only_customer:
        address = reverse("customer", args=[found.only_customer.pk])
        return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)
    context = {
        "typed": typed.strip(), "asked": asked, "found": found, "count": len(found), "most": MOST,
        "is_caller": is_caller,
    }  # fmt: skip
    template = "vehicles/_found.html" if request.htmx and not request.htmx.boosted else "vehicles/search.html"
    return render(request, template, context)


def _note(request: StoreRequest, found: Found, now: datetime) -> None:
    """Who searched, and how many people they saw; not for whom."""
    AccessLog.objects.create(
        user=request.user,
        dealership=request.store,
        at=now,
        action=AccessLog.Action.SEARCH,
        subject="customer",
        rows=len(found),
    )
