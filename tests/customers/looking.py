"""The nightly look in one call, for tests that have no cars."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from customers.suggesting import Garages, look_through, write_suggestions


def refresh_suggestions(garages: Garages, *, now: datetime) -> Counter[str]:
    return write_suggestions(look_through(garages), now=now)
