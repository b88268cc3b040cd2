"""The offers of one campaign: which and in what order, and how they compare. Both stand on its page by hx-get."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.loading import Store
from campaigns.models import Campaign, CampaignOffer, Offer, OfferEvent
from campaigns.offer_results import results_of
from campaigns.offer_words import sentence_of
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role


@require_http_methods(["GET", "POST"])
@role_required(Role.MANAGER)
def campaign_offers(request: StoreRequest, code: str) -> HttpResponse:
    """The first is the main offer, the next its fallback. POST: `order`, all codes; or `add`, `remove`, `up`, one.

    It counts from the next card on; what was told before stays in the journal.
    """
    campaign = _campaign(request, code)
    ours = Offer.objects.for_user(request.user).filter(dealership=request.store)
    offers = list(ours.on_sale().select_related("segment").order_by("pk"))
    rows = CampaignOffer.objects.current().filter(campaign=campaign).select_related("offer__segment")
    chosen = [row.offer for row in rows.order_by("position")]
    error = ""
    if request.method == "POST":
        by_code = {offer.code: offer for offer in [*offers, *chosen]}
        order = [by_code[one] for one in _order(request, [offer.code for offer in chosen]) if one in by_code]
        CampaignOffer.objects.set_for(campaign, order, at=timezone.now())
        chosen = order
        if not request.htmx:
            return redirect("offers")
        if not order:
            error = _("Without an offer the card says only the reason and what the works cost.")
    listed = [{"offer": offer, "sentence": sentence_of(offer, request.store)} for offer in chosen]
    left = [offer for offer in offers if offer not in chosen]
    context = {"campaign": campaign, "rows": listed, "others": left, "note": error}
    return render(request, "campaigns/_campaign_offers.html", context)


@require_safe
@role_required(Role.MANAGER)
def campaign_offer_results(request: StoreRequest, code: str) -> HttpResponse:
    """Offers of a campaign side by side, those that it made before too."""
    campaign = _campaign(request, code)
    store = Store.load(request.store, timezone.now())
    events = OfferEvent.objects.for_user(request.user).filter(
        dealership=request.store, task__step__campaign__code=campaign.code
    )
    made = set(events.order_by().values_list("offer__code", flat=True).distinct())
    carried = CampaignOffer.objects.current().filter(campaign=campaign).values_list("offer__code", flat=True)
    rows = Offer.objects.for_user(request.user).filter(dealership=request.store, code__in={*made, *carried})
    context = {
        "campaign": campaign,
        "results": results_of(store, rows.current().order_by("pk"), campaign=campaign.code),
    }
    return render(request, "campaigns/_campaign_offer_results.html", context)


def _campaign(request: StoreRequest, code: str) -> Campaign:
    """The version that runs, else the newest."""
    rows = Campaign.objects.for_user(request.user).filter(dealership=request.store, code=code)
    return get_object_or_404(rows.order_by("-is_active", "-version")[:1])


def _order(request: StoreRequest, order: list[str]) -> list[str]:
    if "order" in request.POST:
        return list(dict.fromkeys(request.POST.getlist("order")))
    if code := request.POST.get("add"):
        return [*order, code] if code not in order else order
    if code := request.POST.get("remove"):
        return [one for one in order if one != code]
    code = request.POST.get("up", "")
    if code in order[1:]:
        at = order.index(code)
        order[at - 1], order[at] = order[at], order[at - 1]
    return order
