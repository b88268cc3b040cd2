"""How occasions are drawn. `{% load lifecycle %}`."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template

from lifecycle.rules.occasions import Candidate

register = template.Library()

WIDE = 1000  # units of the drawing


@register.inclusion_tag("lifecycle/_window.html")
def window_bar(candidate: Candidate, day: date) -> dict[str, Any]:
    """The window of an occasion as a bar with its due day, and where the day that is explained lies beside it."""
    first, last = min(candidate.opens_on, day), max(candidate.closes_on, day)
    whole = max((last - first).days, 1)

    def place(on: date) -> int:
        return round(WIDE * (min(max(on, first), last) - first).days / whole)

    return {
        "candidate": candidate,
        "day": day,
        "start": place(candidate.opens_on),
        "width": max(place(candidate.closes_on) - place(candidate.opens_on), 4),
        "due": place(candidate.due_on),
        "now": place(day),
    }
