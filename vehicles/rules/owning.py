"""Who owned a car when: sales and visits of one vehicle as a line of ownerships that never overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

NEW, USED, ELSEWHERE = "new", "used", "elsewhere"
TRADED_IN, SOLD = "traded_in", "sold"


@dataclass(slots=True)
class Span:
    """One ownership. `pk` is None until it is stored; `ended_on` is the day the next owner has the car."""

    pk: int | None
    customer_id: int
    acquired: str
    started_on: date
    ended_on: date | None = None
    end_reason: str = ""
    price: Decimal | None = None
    home_store_id: int = 0

    def copy(self) -> Span:
        return replace(self)


@dataclass(frozen=True, slots=True)
class Sale:
    """We sold the car to this customer; `before` is the date the source gave for the same sale earlier."""

    customer_id: int
    sold_on: date
    acquired: str
    price: Decimal | None
    store_id: int
    before: date | None = None


def in_force(spans: Sequence[Span], on: date) -> Span | None:
    """The ownership of that day; on the day of a handover it is the new owner's."""
    for span in reversed(by_start(spans)):
        if span.started_on <= on:
            return span if span.ended_on is None or on < span.ended_on or _is_last_day(span, on) else None
    return None


def _is_last_day(span: Span, on: date) -> bool:
    """Sold on the day it was bought, or a visit on the very day it was given away: still that owner."""
    return span.ended_on == on


def by_start(spans: Sequence[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (span.started_on, span.pk or 0))


def add_sale(spans: list[Span], sale: Sale) -> Span:
    """Put a sale into the line: a corrected sale moves its ownership, a visit-born one becomes the sale's,
    else a new one opens. Earlier owners end where it begins."""
    span = _of_this_sale(spans, sale)
    if span is None:
        span = Span(None, sale.customer_id, sale.acquired, sale.sold_on)
        spans.append(span)
    moved_from = span.started_on
    span.acquired, span.started_on, span.price, span.home_store_id = (
        sale.acquired,
        sale.sold_on,
        sale.price,
        sale.store_id,
    )
    if span.ended_on is not None and span.ended_on < span.started_on:
        span.ended_on = span.started_on
    for other in spans:
        if other is not span and other.ended_on == moved_from and other.started_on <= span.started_on:
            other.ended_on = span.started_on
    close_gaps(spans)
    return span


def _of_this_sale(spans: Sequence[Span], sale: Sale) -> Span | None:
    mine = [span for span in spans if span.customer_id == sale.customer_id]
    for span in mine:
        if span.started_on in (sale.sold_on, sale.before):
            return span
    for span in by_start(mine):
        between = [one for one in spans if sale.sold_on < one.started_on < span.started_on]
        if span.acquired == ELSEWHERE and not between and (span.ended_on is None or span.ended_on > sale.sold_on):
            return span  # known from a visit before the sale was exported
    return None


def visit(spans: list[Span], customer_id: int, on: date, store_id: int, *, opens_ownership: bool) -> Span | None:
    """The ownership a visit belongs to. Where nobody owns the car that day, the visitor does from that day on
    (`opens_ownership` False: our own work on a stock car makes nobody an owner)."""
    span = in_force(spans, on)
    if span is not None or not opens_ownership:
        return span
    later = [one for one in by_start(spans) if one.started_on > on]
    if later and later[0].customer_id == customer_id:
        if later[0].acquired != ELSEWHERE:
            return None  # before our own sale to the same customer: a test drive, a preparation
        later[0].started_on = on  # an older visit arrives: they have had the car since then at least
        return later[0]
    span = Span(None, customer_id, ELSEWHERE, on, home_store_id=store_id)
    spans.append(span)
    close_gaps(spans)
    return span


def joinable(later_acquired: str) -> bool:
    """Are two ownerships of one car by one person, nobody between them, really one? Not where we sold it again."""
    return later_acquired == ELSEWHERE


def close_gaps(spans: Sequence[Span]) -> None:
    """Every ownership but the last ends when the next begins, at the latest."""
    line = by_start(spans)
    for one, following in pairwise(line):
        if one.ended_on is None or one.ended_on > following.started_on:
            one.ended_on = following.started_on
        if not one.end_reason:
            # Sold used by us: its owner gave it to us. Otherwise we only know that somebody else has it.
            one.end_reason = TRADED_IN if following.acquired == USED else SOLD
