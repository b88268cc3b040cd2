"""A store's loyalty programme: on or off, what a point costs and is worth, who is held out."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealercrm.accounts.forms.policy import Section, Word
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Dealership, Role
from dealercrm.accounts.views.policy_page import policy_page
from vehicles.models import LoyaltyPolicy
from vehicles.rules.policy import LoyaltyValues

SECTIONS = (
    Section(
        gettext_lazy("Loyalty programme"),
        {
            "is_on": Word(
                gettext_lazy("The programme is on"),
                gettext_lazy("Visits from the day it is switched on earn points; while it is off no page shows any."),
            ),
            "points_per_hundred": Word(
                gettext_lazy("Points for each 100 paid"),
                gettext_lazy("Of what the customer pays; warranty, insurance and internal orders earn nothing."),
                1000,
            ),
            "point_value": Word(
                gettext_lazy("A point is worth"),
                gettext_lazy("In the store's currency, when it is spent."),
                10000,
            ),
            "expiry_months": Word(
                gettext_lazy("Points are good for, months"),
                gettext_lazy("Counted from the visit; what expires first is spent first."),
                120,
            ),
            "holdout_share": Word(
                gettext_lazy("Left out of the programme, share"),
                gettext_lazy("These customers earn nothing, so that we see what the programme brings."),
                1,
            ),
        },
    ),
)


def check(values: LoyaltyValues) -> Mapping[str, str]:
    for name in ("points_per_hundred", "point_value", "expiry_months"):
        if values.is_on and not getattr(values, name):
            return {name: _("This must be more than 0.")}
    if values.holdout_share > 0.5:
        return {"holdout_share": _("At most half may be left alone.")}
    return {}


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
def loyalty_policy(request: StoreRequest) -> HttpResponse:
    def policy_of(store: Dealership) -> LoyaltyPolicy:
        policy = LoyaltyPolicy.of(store)
        policy.today = store.today(timezone.now())
        return policy

    return policy_page(request, policy_of, SECTIONS, "vehicles/loyalty_policy.html", "loyalty-policy", check)
