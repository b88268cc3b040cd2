"""Book a service without a login: by the link of one's own car, or by plate and phone."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from campaigns.booking import offered_times
from campaigns.deciding import works_of
from campaigns.loading import Store
from campaigns.pricing import Quote, fixed_quote
from campaigns.rules.outcomes import BadDetails
from campaigns.rules.plays import play_of
from campaigns.visiting import Wish, ask_for_visit
from customers.rules.contacts import normalise_phone
from dealercrm.accounts.limiting import is_too_often
from dealercrm.accounts.links import BOOK, VISIT
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.public import at_store, public_page
from dealercrm.sentences import sentence
from dealercrm.why import Why
from lifecycle.models import Occasion
from vehicles.models import Ownership, WorkGroup
from vehicles.pricing import prices_at

DAYS_SHOWN = 8
# Known or not: a number that is refused later than another would tell whose it is. A wrong digit costs a try too.
VISITS_OF_PHONE = {"most": 5, "seconds": 24 * 3600}
# What people come for, in their words; a code of a work group each.
REASONS = ("maintenance", "diagnostics", "oil", "brakes", "tyres", "body", "other")


@public_page(by_link=False)
def book_at_store(request: HttpRequest, code: str) -> HttpResponse:
    """Anybody: plate, phone, a time. Whether we know them is not to be seen in the answer."""
    dealership = get_object_or_404(Dealership.objects.active(), code=code)
    with at_store(request, dealership):
        return _page(request, dealership, None)


@public_page()
def book_car(request: HttpRequest, token: str) -> HttpResponse:
    """The owner of one car, by the link we sent: the car and what it needs are known."""
    ids = BOOK.read(token)
    cars = Ownership.objects.open().standing().filter(customer__erased_at=None, customer__merged_into=None)
    loaded = cars.select_related("customer", "home_store", "vehicle__model__make", "vehicle__make")
    ownership = loaded.filter(pk=ids[0]).first() if ids else None
    if ownership is None:
        raise Http404
    with at_store(request, ownership.home_store, ownership.customer.language):
        return _page(request, ownership.home_store, ownership)


def _page(request: HttpRequest, dealership: Dealership, ownership: Ownership | None) -> HttpResponse:
    now = timezone.now()
    store = Store.load(dealership, now)
    errors: dict[str, str] = {}
    advice = _advice(store, ownership) if ownership else None
    if request.method == "POST":
        wish, errors = _wish(request, store, now, advice, is_stranger=ownership is None)
        if wish is not None and wish.phone and is_too_often("visit-phone", wish.phone, **VISITS_OF_PHONE):
            wish, errors = None, {"phone": _("Several visits were asked for from this number today. Please call us.")}
        if wish is not None:
            try:
                asked = ask_for_visit(store, wish, ownership, now=now)
            except BadDetails as taken:
                errors = {taken.field: str(taken)}
            else:
                return redirect("visit", token=VISIT.sign(asked.pk))
    context = {
        "at": dealership,
        "ownership": ownership,
        "advice": advice,
        "reasons": _reasons(),
        "slots": offered_times(store, now, days=DAYS_SHOWN),
        "said": request.POST,
        "once": request.POST.get("once") or secrets.token_urlsafe(16),
        "errors": errors,
    }
    return render(request, "campaigns/public/book.html", context, status=422 if errors else 200)


def _wish(
    request: HttpRequest, store: Store, now: datetime, advice: dict[str, Any] | None, *, is_stranger: bool
) -> tuple[Wish | None, dict[str, str]]:
    """What the form says, or what to mend in it, by field."""
    said, errors = request.POST, {}
    starts_at = chosen_time(said.get("starts_at", ""), store, now)
    if starts_at is None:
        errors["starts_at"] = _("Choose one of the free times.")
    phone: str | Why = ""
    if is_stranger:
        phone = normalise_phone(said.get("phone", ""), store.dealership.country)
        if isinstance(phone, Why):
            errors["phone"] = sentence(phone.as_json())
        for name in ("name", "plate"):
            if not said.get(name, "").strip():
                errors[name] = _("Please fill this in.")
    once, note = said.get("once", ""), said.get("note", "").strip()
    reason, _colon, is_advice = said.get("reason", "").partition(":")
    if advice and is_advice:  # the workshop reads every work of the offer that was chosen
        note = " · ".join(part for part in (", ".join(work.name for work in advice["works"]), note) if part)
    if starts_at is None or isinstance(phone, Why) or errors:
        return None, errors
    wish = Wish(
        starts_at=starts_at,
        once=once[:32] or secrets.token_urlsafe(16),
        work_group=WorkGroup.objects.filter(code=reason).first(),
        note=note,
        name=said.get("name", "").strip(),
        phone=phone,
        plate=said.get("plate", "").strip().upper(),
        language=translation.get_language() or "",
    )
    return wish, {}


def chosen_time(text: str, store: Store, now: datetime) -> datetime | None:
    """One of the times that the workshop offers; None for anything else that was posted."""
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or timezone.is_naive(at):
        return None
    offered = (time for day in offered_times(store, now, days=30) for time in day.times)
    return next((time for time in offered if time == at), None)


def _reasons() -> list[WorkGroup]:
    found = {group.code: group for group in WorkGroup.objects.filter(code__in=REASONS)}
    return [found[code] for code in REASONS if code in found]


def _advice(store: Store, ownership: Ownership) -> dict[str, Any] | None:
    """What this car needs now, and its fixed price where the store has one: the occasion that is due first."""
    due = Occasion.objects.on_offer(store.today).filter(ownership=ownership).order_by("due_on", "pk")
    for occasion in due:
        play = play_of(occasion.kind)
        codes = works_of(occasion) or play.works
        if play.booking != "service" or not codes:
            continue
        groups = {group.code: group for group in WorkGroup.objects.filter(code__in=codes)}
        works = [groups[code] for code in codes if code in groups]
        prices = prices_at(store.dealership, [ownership.vehicle.make_id])
        price: Quote | None = fixed_quote(ownership.vehicle, codes, store.today, prices)
        if works:
            main = next((work for work in works if work.code == "maintenance"), works[0])
            return {"works": works, "main": main, "price": price}
    return None
