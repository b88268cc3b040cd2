"""Segments that every installation has from the first day: read, exported, and copied to be changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """A segment that ships with the product; `use` says in one sentence what it is good for."""

    code: str
    name: StrPromise
    use: StrPromise
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lack(ReadyMade):
    """Those of whom something is not known or not right: a line of the page on the quality of the data.

    `among` are those of whom it could be known; `counts_cars` says whether cars or customers are counted.
    """

    among: Mapping[str, Any] = field(default_factory=dict)
    counts_cars: bool = False


def _between(field: str, low: int | None = None, high: int | None = None) -> dict[str, Any]:
    ends = {"from": low, "to": high}
    return {"field": field, "op": "between"} | {name: end for name, end in ends.items() if end is not None}


def _any(field: str, *values: str, **ends: int) -> dict[str, Any]:
    return {"field": field, "op": "any", "values": list(values)} | ends


def _is(field: str, op: str) -> dict[str, Any]:
    return {"field": field, "op": op}


_ALL = (
    ReadyMade(
        "best-paying",
        _("Best-paying customers"),
        _("A fifth of the customers bring half of the money: nobody here should wait or be forgotten."),
        {"all": [_between("rfm_m", 5)]},
    ),
    ReadyMade(
        "worth-saving",
        _("Worth saving"),
        _("They pay more than most and are about to stay away: call them first."),
        {"all": [_between("rfm_m", 4), _between("health", 0, 40)], "but_not": [_is("booked", "yes")]},
    ),
    ReadyMade(
        "never-contacted-buyers",
        _("Buyers never contacted"),
        _("They bought a car here, and nobody has spoken or written to them since."),
        {"all": [_any("acquired", "new", "used"), _is("last_touch", "unknown")]},
    ),
    ReadyMade(
        "long-not-contacted",
        _("Not contacted for a year"),
        _("We know how to reach them and have let a year pass."),
        {"all": [_between("last_touch", 365), _is("has_phone", "yes")]},
    ),
    ReadyMade(
        "last-year",
        _("Customers of the last year"),
        _("Everybody who was here for service or bought a car within a year."),
        {"all": [_between("last_seen", 0, 365)]},
    ),
    ReadyMade(
        "thin-ice",
        _("Thin ice"),
        _("The last weeks before they fall asleep: a call now costs least and keeps most."),
        {"all": [_any("substage", "thin_ice")], "but_not": [_is("booked", "yes")]},
    ),
    ReadyMade(
        "out-of-warranty-soon",
        _("Out of warranty soon"),
        _("In the first year after the warranty a quarter leaves: offer the service contract before it ends."),
        {"all": [_between("warranty_end", 0, 90)]},
    ),
    ReadyMade(
        "declined-safety",
        _("Declined brakes, steering or tyres"),
        _("Recommended, declined and not done since: they drive with it."),
        {
            "all": [
                _any("occasion", "declined_work"),
                _any("work_declined", "brakes", "brake_pads_front", "steering", "tyres", **{"from": 0, "to": 180}),
            ],
        },
    ),
    ReadyMade(
        "next-car",
        _("Thinking of the next car"),
        _("Their time to change the car has come or comes within three months."),
        {"all": [_between("buying_from", -120, 90)], "but_not": [_is("complaint", "yes")]},
    ),
    ReadyMade(
        "asleep-and-reachable",
        _("Asleep and reachable"),
        _("They left silently, allow us to call and have not complained."),
        {
            "all": [_any("stage", "dormant", "lost"), _any("consent", "marketing/call"), _is("has_phone", "yes")],
            "but_not": [_is("complaint", "yes")],
        },
    ),
    ReadyMade(
        "out-of-reach",
        _("Out of reach"),
        _("Neither a phone nor an email that works: ask at the next visit."),
        {"all": [_is("has_phone", "no"), _is("has_email", "no")]},
    ),
)

_MARKETING = [f"marketing/{channel}" for channel in ("call", "email", "sms", "messenger")]
_PERSONS = {"all": [_any("customer_kind", "person")]}

_LACKS = (
    Lack("no-phone", _("No phone"), _("Nobody can call them."), {"all": [_is("has_phone", "no")]}),
    Lack("no-email", _("No email"), _("Every reminder costs a call."), {"all": [_is("has_email", "no")]}),
    Lack(
        "no-marketing-consent",
        _("No consent to marketing"),
        _("No offer may reach them, by any channel."),
        {"all": [], "but_not": [_any("consent", *_MARKETING)]},
    ),
    Lack("no-city", _("No city"), _("Their time zone is guessed from the store's."), {"all": [_is("has_city", "no")]}),
    Lack(
        "no-birth-date",
        _("No birth date"),
        _("Nobody congratulates them, and namesakes are hard to tell apart."),
        {"all": [_any("customer_kind", "person"), _is("person_age", "unknown")]},
        among=_PERSONS,
    ),
    Lack(
        "no-mileage",
        _("No odometer reading"),
        _("The next service is a guess from months alone."),
        {"all": [_is("mileage", "unknown")]},
        counts_cars=True,
    ),
    Lack(
        "old-mileage",
        _("Last reading older than 400 days"),
        _("The forecast of mileage has grown wide: ask at the next call."),
        {"all": [_between("odometer_read", 401)]},
        counts_cars=True,
    ),
    Lack(
        "doubtful-reading",
        _("A reading in doubt"),
        _("It was kept and left out of the forecast until somebody confirms it."),
        {"all": [_is("reading_doubt", "yes")]},
        counts_cars=True,
    ),
    Lack(
        "doubtful-vin",
        _("A VIN in doubt"),
        _("Typed with letters that no VIN has, or too short: recalls and covers may miss the car."),
        {"all": [_is("vin_doubt", "yes")]},
        counts_cars=True,
    ),
    Lack(
        "no-year",
        _("No year of manufacture"),
        _("The age of the car, and with it the time to change it, is not known."),
        {"all": [_is("age", "unknown")]},
        counts_cars=True,
    ),
)  # fmt: skip

READY_MADE: dict[str, ReadyMade] = {one.code: one for one in _ALL}
LACKS: dict[str, Lack] = {one.code: one for one in _LACKS}
