"""Which offers may be made to a customer now, in which order, and why not the others. DOMAIN sections 6 and 7."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from dealercrm.why import Why
from vehicles.rules.pricing import PriceLine

FIXED_PRICE, DISCOUNT, TRADE_IN = "fixed_price", "discount", "trade_in"
WHOLE = Decimal(1)


def is_marketing(kind: str) -> bool:
    """A discount, bonus, gift or cross-sell makes a contact marketing; the plain price of what is due does not."""
    return kind != FIXED_PRICE


class Terms(NamedTuple):
    """An offer as a manager wrote it down; amounts in the store's currency."""

    code: str
    kind: str
    percent: Decimal | None = None
    amount: Decimal | None = None
    groups: tuple[str, ...] = ()  # only where one of these works is due; none: any
    valid_from: date | None = None
    valid_until: date | None = None
    days_valid: int | None = None  # from the day the customer first hears of it
    needs_slot: bool = False
    is_active: bool = True


class Known(NamedTuple):
    """What is known of one offer and this customer."""

    is_in_segment: bool = True
    is_refused: bool = False  # this very offer, for this kind of occasion, not long ago
    told_until: date | None = None  # the day they were told when they first heard of it
    left: int | None = None  # pieces nobody was promised; None: no limit


@dataclass(frozen=True, slots=True)
class Situation:
    """The contact that is being made. `lines` is the fixed price of the due works, empty where there is none."""

    today: date
    closes_on: date
    works: tuple[str, ...] = ()
    lines: tuple[PriceLine, ...] = ()
    no_marketing: Why | None = None  # why nothing may be sold in this contact
    silent_until: date | None = None  # no sales offers until then: the customer has just bought
    first_slot: date | None = None


class Judged(NamedTuple):
    """An offer for this customer: with its price and last day, or with the reason why it is not made."""

    terms: Terms
    why_not: Why | None
    until: date
    price: Decimal | None = None
    usual: Decimal | None = None  # the price without the offer

    @property
    def off(self) -> Decimal:
        """What is taken off the price."""
        return self.usual - self.price if self.usual is not None and self.price is not None else Decimal(0)


def judge(terms: Terms, known: Known, situation: Situation) -> Judged:
    """One offer for one customer today.

    A promise outlives a change of the offer's days: whoever was told a day keeps it.
    """
    until = last_day(terms, known, situation)
    price, usual = price_of(terms, situation.lines)
    return Judged(terms, _why_not(terms, known, situation, until, price), until, price, usual)


def in_order(offers: Iterable[tuple[Terms, Known]], situation: Situation) -> list[Judged]:
    """Every offer of a campaign, judged, the order kept: the first without a `why_not` is made, the next is its
    fallback."""
    return [judge(terms, known, situation) for terms, known in offers]


def possible(judged: Sequence[Judged]) -> list[Judged]:
    return [one for one in judged if one.why_not is None]


def last_day(terms: Terms, known: Known, situation: Situation) -> date:
    """The day named to the customer: what they were told first, else the nearest end, else that of the occasion."""
    if known.told_until is not None:
        return known.told_until
    ends = [terms.valid_until] if terms.valid_until else []
    if terms.days_valid is not None:
        ends.append(situation.today + timedelta(days=terms.days_valid))
    return min(ends, default=situation.closes_on)


def price_of(terms: Terms, lines: Sequence[PriceLine]) -> tuple[Decimal | None, Decimal | None]:
    """(price with the offer, price without) of the due works; (None, None) without a fixed price.

    A discount is taken off the works it is for, never below nothing, and rounded to whole units.
    """
    if not lines:
        return None, None
    usual = sum((line.amount for line in lines), Decimal(0))
    if terms.kind != DISCOUNT:
        return usual, usual
    base = sum((line.amount for line in lines if not terms.groups or line.group in terms.groups), Decimal(0))
    off = base * terms.percent / 100 if terms.percent is not None else min(terms.amount or Decimal(0), base)
    return max(usual - off.quantize(WHOLE, ROUND_HALF_UP), Decimal(0)), usual


def _why_not(terms: Terms, known: Known, situation: Situation, until: date, price: Decimal | None) -> Why | None:
    """The first of the reasons, the ones that nobody can change in the call last."""
    today = situation.today
    if not terms.is_active:
        return Why("offer.off")
    if terms.valid_from is not None and today < terms.valid_from:
        return Why("offer.not_yet", {"on": terms.valid_from})
    if until < today:
        return Why("offer.over", {"on": until})
    if known.is_refused:
        return Why("offer.refused")
    if not known.is_in_segment:
        return Why("offer.not_for_them")
    if terms.groups and not set(terms.groups) & set(situation.works):
        return Why("offer.other_works")
    if terms.kind == FIXED_PRICE and price is None:
        return Why("offer.no_price")
    if known.left is not None and known.left <= 0:
        return Why("offer.no_stock")
    if terms.needs_slot and (situation.first_slot is None or situation.first_slot > until):
        return Why("offer.no_slot", {"until": until})
    if terms.kind == TRADE_IN and situation.silent_until is not None and today < situation.silent_until:
        return Why("offer.silence", {"until": situation.silent_until})
    if is_marketing(terms.kind) and situation.no_marketing is not None:
        return situation.no_marketing
    return None
