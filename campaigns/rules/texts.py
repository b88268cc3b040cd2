"""Texts with named places: a closed list of names, filled by exact name, never by an expression.

A line whose place has no value for this customer is left out, so that no text ever says "your None".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACES = frozenset(
    {
        "name",  # how the person is addressed
        "car",  # make and model
        "plate",
        "store",
        "operator",
        "due_on",
        "until",
        "last_visit_on",
        "price",  # fixed, of the works: it may be promised
        "usual_price",  # what such works usually cost here; said, never written, and only where none is fixed
        "works",
        "policy",
        "appointment_at",
        "km",
        "holiday",  # the public holiday of a greeting
        "nps_link",  # how was this visit?
        "book_link",  # book a service for this car
        "visit_link",  # the visit that was booked: another time, or not at all
        "welcome_link",  # the first month with this car
        "offer",  # its name, price and last day, as one phrase
        "offer_price",
        "offer_until",
    }
)
OFFER_PLACES = frozenset({"offer", "offer_price", "offer_until"})
_PLACE = re.compile(r"\{([a-z_]+)\}")


def places_in(text: str) -> frozenset[str]:
    return frozenset(_PLACE.findall(text))


def unknown_places(text: str) -> frozenset[str]:
    """Names that nobody will ever fill: a typing mistake in a text, found before it is sent."""
    return places_in(text) - PLACES


def render(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled; lines with an empty place are left out, blank lines never double."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if any(not values.get(place) for place in places_in(line)):
            continue
        filled = _PLACE.sub(lambda found: values[found.group(1)], line).rstrip()
        if filled or (lines and lines[-1]):
            lines.append(filled)
    return "\n".join(lines).strip()
