"""The first month with a new car: what to do, ticked off by the owner; a question comes to the store."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from campaigns.hearing import ask_on_page
from dealercrm.accounts.links import BOOK, WELCOME
from dealercrm.accounts.public import at_store, public_page
from lifecycle.models import Standing
from vehicles.models import Cover, FirstMonthTick, Ownership


@public_page()
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Ticks are kept; `question` stands on the timeline in their own words and opens a call."""
    now, ownership = timezone.now(), _ownership(token)
    with at_store(request, ownership.home_store, ownership.customer.language):
        if request.method == "POST":
            question = request.POST.get("question", "").strip()[:2000]
            if question:
                ask_on_page(ownership, question, now=now)
            else:
                FirstMonthTick.objects.keep(ownership, request.POST.getlist("item"), at=now)
            return redirect(f"{request.path}?{'asked' if question else 'kept'}=1")
        standing = Standing.objects.filter(ownership=ownership).first()
        insurance = Cover.objects.filter(ownership=ownership, kind=Cover.Kind.INSURANCE, voided_at=None)
        context = {
            "at": ownership.home_store,
            "ownership": ownership,
            "items": FirstMonthTick.Item.choices,
            "ticked": set(FirstMonthTick.objects.filter(ownership=ownership).values_list("item", flat=True)),
            "first_service_on": standing.due_on if standing else None,
            "first_service_km": standing.due_km if standing else None,
            "insured_until": insurance.order_by("-ends_on").values_list("ends_on", flat=True).first(),
            "book_token": BOOK.sign(ownership.pk),
            "is_asked": "asked" in request.GET,
            "is_kept": "kept" in request.GET,
        }
        return render(request, "campaigns/public/welcome.html", context)


def _ownership(token: str) -> Ownership:
    ids = WELCOME.read(token)
    cars = Ownership.objects.open().standing().filter(customer__erased_at=None, customer__merged_into=None)
    loaded = cars.select_related("customer", "home_store", "vehicle__model__make", "vehicle__make")
    ownership = loaded.filter(pk=ids[0]).first() if ids else None
    if ownership is None:
        raise Http404
    return ownership
