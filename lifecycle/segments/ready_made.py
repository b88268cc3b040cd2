"""Segments that every installation has from the first day: read, exported, and copied to be changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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

READY_MADE: dict[str, ReadyMade] = {one.code: one for one in _ALL}
