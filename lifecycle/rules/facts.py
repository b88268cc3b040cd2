"""What the rules may know of one ownership: plain tuples, loaded by lifecycle/loading.py and by nobody else.

Dates are local dates of the home store; distances are kilometres. A fact may lie in the future of
the day that is judged (a replay of a past date, an order that was dated tomorrow); `known_on` cuts
those off and tells the clock when the first of them becomes known.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from lifecycle.rules.clock import Clock


class Visit(NamedTuple):
    """A repair order that counts. `is_ours` means: made during this ownership (else by an earlier owner).

    `is_by_other`: somebody else than the owner brought the car. `is_internal`: our own order, nobody was here.
    `paid`: by the customer, in whole units of the home store's currency; 0 where somebody else paid.
    """

    id: int
    on: date
    works: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    is_ours: bool = True
    is_by_other: bool = False
    is_internal: bool = False
    paid: int = 0


class Reading(NamedTuple):
    """What the odometer showed. `is_doubted`: not believed beside the others of its car; no forecast uses it."""

    on: date
    km: int
    is_doubted: bool = False


class CoverFact(NamedTuple):
    id: int
    kind: str
    product: str
    starts_on: date | None
    ends_on: date
    limit_km: int | None = None


class Booking(NamedTuple):
    """An appointment. `made_on` is when it was booked."""

    id: int
    purpose: str
    on: date
    status: str
    made_on: date


class TouchFact(NamedTuple):
    id: int
    on: date
    topic: str
    outcome: str
    was_reached: bool
    is_outgoing: bool = True


class RefusalFact(NamedTuple):
    """`topic` empty: every topic. `until` empty: for good."""

    on: date
    topic: str
    until: date | None


class ComplaintFact(NamedTuple):
    """A complaint of the customer; `is_about_this` where this car is the one to call about."""

    id: int
    opened_on: date
    resolved_on: date | None
    is_about_this: bool = True


class PointFact(NamedTuple):
    """A phone or an address of the customer; `dead_on` and `reason` where it was found to reach nobody."""

    kind: str
    dead_on: date | None = None
    reason: str = ""


class RecallFact(NamedTuple):
    """The maker calls this car back. `since`: published and on our list; `done_on`: by an order or a person's word."""

    code: str
    title: str
    since: date
    done_on: date | None = None


class AnswerFact(NamedTuple):
    """What the customer answered after a visit with this car: 0 to 10."""

    on: date
    score: int


class Holiday(NamedTuple):
    """A public holiday of the store's country: its first day where it lasts for several."""

    on: date
    name_en: str
    name_ru: str


class Line(NamedTuple):
    """One line of the schedule: this work group every so many km or months."""

    group: str
    km: int | None
    months: int | None
    is_maintenance: bool = False
    is_safety: bool = False


class Market(NamedTuple):
    """What is usual for the make; the fallback of every forecast."""

    price_class: str = "mass"
    km_per_year: int | None = None
    warranty_months: int | None = None
    warranty_km: int | None = None
    warranty_late_days: int | None = None
    make_id: int | None = None
    first_ownership_months: int | None = None


class Facts(NamedTuple):
    """Everything that decides stage and occasions of one ownership."""

    ownership_id: int
    acquired: str
    started_on: date
    ended_on: date | None = None
    end_reason: str = ""
    is_gone: bool = False
    is_company: bool = False
    is_premium: bool = False
    is_main_car: bool = True
    birth_on: date | None = None
    later_purchases: tuple[date, ...] = ()
    market: Market = Market()
    lines: tuple[Line, ...] = ()
    safety_groups: frozenset[str] = frozenset()
    visits: tuple[Visit, ...] = ()
    readings: tuple[Reading, ...] = ()
    covers: tuple[CoverFact, ...] = ()
    bookings: tuple[Booking, ...] = ()
    touches: tuple[TouchFact, ...] = ()
    refusals: tuple[RefusalFact, ...] = ()
    complaints: tuple[ComplaintFact, ...] = ()
    points: tuple[PointFact, ...] = (PointFact("phone"),)
    holidays: tuple[Holiday, ...] = ()
    recalls: tuple[RecallFact, ...] = ()
    answers: tuple[AnswerFact, ...] = ()
    built_year: int | None = None
    customer_since: date | None = None
    referrals: tuple[date, ...] = ()  # when the customer recommended us to somebody
    cars_bought: int = 1  # from us, up to and with this one; the later ones are `later_purchases`

    @property
    def bought_from_us(self) -> bool:
        return self.acquired != "elsewhere"

    @property
    def category(self) -> str:
        """The customer's category, which numbers of the policy may differ by; the first that fits."""
        if self.is_company:
            return "corporate"
        if self.is_premium or self.market.price_class == "premium":
            return "premium"
        return "chinese" if self.market.price_class == "chinese" else "mass"


# What an ownership has from its store and its model, not of its own: the library knows it.
SHARED = ("market", "lines", "safety_groups", "holidays")
# What says who the customer is. No copy of it is kept, so that an erasure need not look for one.
PERSONAL = ("birth_on",)


# Facts that happen on a day, and that day.
_HAPPENED: tuple[tuple[str, Callable[[Any], date]], ...] = (
    ("visits", attrgetter("on")),
    ("readings", attrgetter("on")),
    ("bookings", attrgetter("made_on")),
    ("touches", attrgetter("on")),
    ("refusals", attrgetter("on")),
    ("answers", attrgetter("on")),
    ("complaints", attrgetter("opened_on")),
    ("recalls", attrgetter("since")),
    ("later_purchases", lambda day: day),
    ("referrals", lambda day: day),
)
# Facts that are settled later, the day of it, and what they are until then.
_SETTLED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("complaints", "resolved_on", {"resolved_on": None}),
    ("recalls", "done_on", {"done_on": None}),
    ("points", "dead_on", {"dead_on": None, "reason": ""}),
)


def known_on(facts: Facts, clock: Clock) -> Facts:
    """The facts as of the clock's day: what is dated later has not happened yet."""
    reached = clock.reached
    then: dict[str, Any] = {}
    if facts.ended_on is not None and not reached(facts.ended_on):
        then["ended_on"] = None
    for name, day_of in _HAPPENED:
        rows = getattr(facts, name)
        if rows and not clock.all_reached([*map(day_of, rows)]):
            then[name] = tuple([row for row in rows if reached(day_of(row))])
    for name, settled_on, before in _SETTLED:
        rows = then.get(name, getattr(facts, name))
        if rows and not clock.all_reached([day for row in rows if (day := getattr(row, settled_on))]):
            then[name] = tuple([row if reached(getattr(row, settled_on)) else row._replace(**before) for row in rows])
    return facts._replace(**then) if then else facts
