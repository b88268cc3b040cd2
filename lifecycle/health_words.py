"""Health in words: what each part of the scorecard is, which band a customer is in, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealercrm.sentences import Sentence, shown
from lifecycle.rules.health import ACQUIRED, AGE, DUE, PARTS, RATIO, RHYTHM, SERVICES, SILENCE

PART_LABELS: dict[str, Promise] = {
    "ratio": gettext_lazy("Last visit, of this car's interval"),
    "silence": gettext_lazy("Last visit"),
    "due": gettext_lazy("Next maintenance"),
    "age": gettext_lazy("Age of the car"),
    "services": gettext_lazy("Maintenances here"),
    "warranty": gettext_lazy("Warranty"),
    "rhythm": gettext_lazy("Last visit, of their usual gap"),
    "acquired": gettext_lazy("How the car was bought"),
}
ACTIONS: dict[str, Sentence] = {
    "action.ask_owner": gettext_lazy("Ask whether they still own the car before anything is offered."),
    "action.listen": gettext_lazy("Listen first: settle what made them unhappy, then offer a visit."),
    "action.confirm": gettext_lazy("Confirm the appointment."),
    "action.next_car": gettext_lazy("Speak of the next car, with a trade-in price at hand."),
    "action.win_back": gettext_lazy("Call, ask why they stay away, and note the reason."),
    "action.first_service": gettext_lazy("Invite to the first service and name a date: it keeps the warranty."),
    "action.after_warranty": gettext_lazy("Call with a fixed price: the warranty has ended, and now most leave."),
    "action.thin_ice": gettext_lazy("Call this week and offer a date with a fixed price."),
    "action.maintenance": gettext_lazy("Call and offer a date for the maintenance."),
    "action.keep_in_touch": gettext_lazy("Ask how the car is; nothing is due yet."),
}


class PartShown(NamedTuple):
    """One part of the health as people read it; `points` above nought speak for a visit."""

    label: str
    words: str
    points: int


def parts_shown(bands: Sequence[int], points: Sequence[int]) -> list[PartShown]:
    """Parts that weigh most first; those of a scorecard that had other parts are left out."""
    if len(bands) != len(PARTS) or len(points) != len(PARTS):
        return []
    found = [
        PartShown(str(PART_LABELS[part]), band_words(part, band), weight)
        for part, band, weight in zip(PARTS, bands, points, strict=True)
    ]
    return sorted(found, key=lambda part: -abs(part.points))


def band_words(part: str, band: int) -> str:
    """A band in the reader's language."""
    return _BANDS[part](band)


def _between(edges: Sequence[object], band: int) -> str:
    """A band of numbers that stand for themselves."""
    if band == 0:
        return _("under %(number)s") % {"number": shown(edges[0])}
    if band >= len(edges):
        return _("%(number)s and more") % {"number": shown(edges[-1])}
    return f"{shown(edges[band - 1])} – {shown(edges[band])}"


def _months(band: int) -> str:
    edges = [round(edge * 12) for edge in SILENCE]
    return _("%(months)s months ago") % {"months": _between(edges, band)}


def _due(band: int) -> str:
    if band == 0:
        return _("not within 90 days")
    if band == len(DUE):
        return _("overdue for half a year or more")
    low, high = DUE[band - 1], DUE[band]
    if high <= 0:
        return _("due in %(low)s to %(high)s days") % {"low": -high, "high": -low}
    return _("overdue by %(low)s to %(high)s days") % {"low": low, "high": high}


def _age(band: int) -> str:
    if band > len(AGE):
        return _("not known")
    return _("%(years)s years") % {"years": _between(AGE, band)}


def _services(band: int) -> str:
    if band == SERVICES:
        return _("%(number)s and more") % {"number": SERVICES}
    return str(band) if band else _("none yet")


def _warranty(band: int) -> str:
    return str(
        (
            _("more than a year left"),
            _("ends within a year"),
            _("ended within the last year"),
            _("ended more than a year ago"),
            _("not known"),
        )[band]
    )


def _rhythm(band: int) -> str:
    if band > len(RHYTHM):
        return _("no usual gap yet")
    return _("%(times)s of it") % {"times": _between(RHYTHM, band)}


def _acquired(band: int) -> str:
    return {
        "new": _("new from us"),
        "used": _("used from us"),
        "elsewhere": _("elsewhere"),
    }[ACQUIRED[band]]


_BANDS: dict[str, Callable[[int], str]] = {
    "ratio": lambda band: _("%(times)s of it") % {"times": _between(RATIO, band)},
    "silence": _months,
    "due": _due,
    "age": _age,
    "services": _services,
    "warranty": _warranty,
    "rhythm": _rhythm,
    "acquired": _acquired,
}
