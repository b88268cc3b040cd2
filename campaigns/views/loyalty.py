"""The loyalty programme of a store: what is outstanding, what came and went, who loses points soon, what it earns."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.charts import interval_chart
from campaigns.loading import Store
from campaigns.loyalty import SOON, effect_of, months_of, outstanding_of
from campaigns.loyalty_words import as_of_sentence, effect_sentence
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from vehicles.models import LoyaltyAccount, LoyaltyPolicy

MOST = 50


@require_safe
@role_required(Role.MANAGER)
def loyalty(request: StoreRequest) -> HttpResponse:
    """A fixed number of queries. Where the programme is off it says nothing about points."""
    values = LoyaltyPolicy.values_of(request.store)
    if not values.is_on:
        return render(request, "campaigns/loyalty.html", {"is_on": False})
    store = Store.load(request.store, timezone.now())
    effect = effect_of(store, values)
    result = effect.result
    leaving = (
        LoyaltyAccount.objects.for_user(request.user)
        .filter(dealership=request.store, balance__gt=0, expires_on__range=(store.today, store.today + SOON))
        .living()
        .select_related("customer")
        .order_by("expires_on", "-expiring", "pk")
    )
    soon = list(leaving[: MOST + 1])
    months = months_of(store)
    context = {
        "is_on": True,
        "values": values,
        "outstanding": outstanding_of(store, values),
        "months": months,
        "has_months": any(any(month[1:]) for month in months),
        "soon": soon[:MOST],
        "is_cut": len(soon) > MOST,
        "most": MOST,
        "days": SOON.days,
        "effect": effect,
        "result": result,
        "sentence": effect_sentence(effect, store.values.horizon_days),
        "as_of": as_of_sentence(effect) if result else "",
        "chart": interval_chart(result.uplift, result.break_even)
        if result and result.uplift and not result.is_alarm
        else None,
        "horizon": store.values.horizon_days,
    }
    return render(request, "campaigns/loyalty.html", context)
