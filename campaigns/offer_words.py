"""An offer in one sentence, for the manager who reads twenty of them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Offer
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.templatetags.dealercrm import day, money, number
from lifecycle.sentences import inside, work_group_name


def what_of(offer: Offer, store: Dealership) -> str:
    """What the customer gets."""
    amount = money(offer.amount, store)
    if offer.kind == Offer.Kind.DISCOUNT and offer.percent is not None:
        return _("%(percent)s%% off the works that are due") % {
            "percent": number(offer.percent.normalize(), _places(offer))
        }
    return {
        Offer.Kind.FIXED_PRICE: _("The fixed price of the works that are due"),
        Offer.Kind.DISCOUNT: _("%(amount)s off the works that are due") % {"amount": amount},
        Offer.Kind.BONUS: _("A bonus of %(amount)s") % {"amount": amount},
        Offer.Kind.POINTS: _("%(amount)s points") % {"amount": number(offer.amount)},
        Offer.Kind.GIFT: _("A gift"),
        Offer.Kind.TRADE_IN: _("Trade-in and credit proposal with a test drive"),
    }[Offer.Kind(offer.kind)]


def sentence_of(offer: Offer, store: Dealership, left: int | None = None) -> str:
    """What, for whom, how long, and what must be free. `left`: pieces nobody was promised."""
    parts = [what_of(offer, store)]
    if offer.work_groups:
        named = ", ".join(inside(work_group_name(code)) for code in offer.work_groups)
        parts.append(_("where one of these is due: %(works)s") % {"works": named})
    if offer.segment is not None:
        parts.append(_("only for “%(segment)s”") % {"segment": offer.segment.name})
    if offer.valid_from:
        parts.append(_("from %(on)s") % {"on": day(offer.valid_from)})
    if offer.valid_until:
        parts.append(_("until %(on)s") % {"on": day(offer.valid_until)})
    if offer.days_valid is not None:
        parts.append(
            ngettext("%(number)s day to decide", "%(number)s days to decide", offer.days_valid)
            % {"number": offer.days_valid}
        )
    if offer.needs_slot:
        parts.append(_("needs a free time in the workshop"))
    if offer.stock is not None:
        shown = {"left": number(left if left is not None else offer.stock), "stock": number(offer.stock)}
        parts.append(_("%(left)s of %(stock)s pieces left") % shown)
    return "; ".join(parts) + "."


def _places(offer: Offer) -> int:
    return 0 if offer.percent is None or offer.percent == offer.percent.to_integral_value() else 1
