"""Offers for managers: what is offered, what it must bring, and what became of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.forms_offers import LaunchForm, OfferForm
from campaigns.loading import Store
from campaigns.models import CampaignOffer, Offer
from campaigns.models.offer import OfferQuerySet
from campaigns.offer_results import results_of
from campaigns.offer_words import sentence_of
from campaigns.offering import stock_left
from campaigns.rules.economics import outlook
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from lifecycle.models import Occasion

MOST = 200


@require_safe
@role_required(Role.MANAGER)
def offers(request: StoreRequest) -> HttpResponse:
    """Every offer of the store with a sentence, its campaigns, and how many took it."""
    store = Store.load(request.store, timezone.now())
    carried = CampaignOffer.objects.current().filter(campaign__is_active=True).select_related("campaign")
    rows = list(
        _ours(request)
        .current()
        .select_related("segment")
        .prefetch_related(Prefetch("campaign_offers", carried.order_by("position"), to_attr="carried"))
        .order_by("-is_active", "pk")[:MOST]
    )
    left = stock_left(store, rows)
    listed = [
        {"offer": one.offer, "result": one, "sentence": sentence_of(one.offer, request.store, left.get(one.offer.code))}
        for one in results_of(store, rows)
    ]
    context = {"rows": listed, "active": sum(row.is_active for row in rows)}
    return render(request, "campaigns/offers.html", context)


@require_safe
@role_required(Role.MANAGER)
def offer(request: StoreRequest, code: str) -> HttpResponse:
    """One offer: its words, its campaigns, break-even before launch, what became of it, its versions."""
    row = _offer(request, code)
    store = Store.load(request.store, timezone.now())
    campaigns = [
        one.campaign
        for one in row.campaign_offers.current().filter(campaign__is_active=True).select_related("campaign")
    ]
    form = _launch_form(row, store, campaigns, request.GET)
    context = {
        "offer": row,
        "sentence": sentence_of(row, request.store, stock_left(store, [row]).get(row.code)),
        "campaigns": campaigns,
        "result": results_of(store, [row])[0],
        "versions": _ours(request).filter(code=row.code).order_by("-version"),
        **_outlook(form),
    }
    is_partial = request.htmx and request.htmx.target == "outlook"
    return render(request, "campaigns/_offer_outlook.html" if is_partial else "campaigns/offer.html", context)


@require_http_methods(["GET", "POST"])
@role_required(Role.MANAGER)
def offer_new(request: StoreRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@role_required(Role.MANAGER)
def offer_edit(request: StoreRequest, code: str) -> HttpResponse:
    """Change an offer; what customers have heard of stays as it was and the next version is made."""
    return _edit(request, _offer(request, code))


@require_POST
@role_required(Role.MANAGER)
def offer_state(request: StoreRequest, code: str) -> HttpResponse:
    """Take an offer off, or make it again; campaigns keep its place."""
    row = _offer(request, code)
    is_active = request.POST.get("is_active") == "1"
    row.switch(is_active)
    messages.success(request, _("It is offered again.") if is_active else _("It is not offered any more."))
    return redirect("offer", row.code)


def _edit(request: StoreRequest, row: Offer | None) -> HttpResponse:
    form = OfferForm(request.POST or None, store=request.store, user=request.user, instance=row)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            stored = form.store_as(by=request.user, at=timezone.now())
            if row is not None and stored.version > row.version:
                messages.success(
                    request,
                    _("Version %(number)s counts from now on; customers had heard of the one before.")
                    % {"number": stored.version},
                )
            return redirect("offer", stored.code)
        status = 422
    return render(request, "campaigns/offer_edit.html", {"form": form, "offer": row}, status=status)


def _offer(request: StoreRequest, code: str) -> Offer:
    row: Offer = get_object_or_404(_ours(request).current().select_related("segment"), code=code)
    return row


def _ours(request: StoreRequest) -> OfferQuerySet:
    return Offer.objects.for_user(request.user).filter(dealership=request.store)


def _launch_form(row: Offer, store: Store, campaigns: list[Any], given: Any) -> LaunchForm:
    """The numbers of the offer and its campaigns, or what was typed over them."""
    if "eligible" in given:
        return LaunchForm(given)
    kinds = {kind for campaign in campaigns for kind in campaign.kinds}
    reasons = Occasion.objects.on_offer(store.today).filter(dealership=store.dealership, kind__in=kinds)
    shares = [campaign.holdout_share for campaign in campaigns]
    numbers = {
        "eligible": reasons.values("customer").distinct().count(),
        "holdout_share": max(shares, default=0.1) * 100,
        "contact_cost": store.values.call_cost,
        "reach_share": store.values.reach_share * 100,
        "take_rate": row.take_rate * 100,
        "anyway_share": row.anyway_share * 100,
        "cost": row.cost if row.cost is not None else Decimal(0),
        "margin": row.margin or Decimal(0),
    }
    return LaunchForm({name: f"{float(value):.2f}".rstrip("0").rstrip(".") for name, value in numbers.items()})


def _outlook(form: LaunchForm) -> dict[str, Any]:
    return {"form": form, "outlook": outlook(form.launch()) if form.is_valid() else None}
