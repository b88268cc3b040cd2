"""In which order calls are made: what a minute of an operator earns, promises first.

    value = P(reach) x worth of the kind x urgency x age / minutes of a call

Worth is the margin of a taken offer times the share that takes it (ContactValues, DOMAIN section 9);
urgency rises to `urgency_factor` in the last `urgency_days` before the window closes; age is what waiting adds
(`aged`). Where a campaign has a
verdict, what its calls were measured to bring (verdicts.worth_of_call) replaces P(reach) x worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from campaigns.rules.plays import PLAYS, Privilege, play_of
from campaigns.rules.policy import ContactValues

# Promised calls stand above every value and complaints right below; the order inside is kept in the number,
# so that claiming the next call is one walk down one index.
_PROMISED = 1e9
_URGENT = 1e6
NOTHING_MEASURED: Mapping[str, float] = MappingProxyType({})


class Place(NamedTuple):
    """Where a call stands on the list. `propensity` is the chance it had of being placed in this way: by the draw,
    or by its value. None for calls that cannot wait: no draw moves them."""

    priority: float
    is_by_chance: bool
    propensity: float | None


def value_of_call(
    kind: str,
    values: ContactValues,
    *,
    today: date,
    opens_on: date,
    due_on: date,
    closes_on: date,
    measured: Mapping[str, float] = NOTHING_MEASURED,
) -> float:
    """Roubles (the store's currency) per operator minute, plus the step for kinds that cannot wait.

    `measured`: what one call about a kind brings, reached or not, where that is known.
    """
    play = play_of(kind)
    value = _worth_of_a_minute(kind, values, measured)
    left = (closes_on - today).days
    if left < values.urgency_days:
        value *= values.urgency_factor
    elif due_on <= today:
        # Inside the window value rises evenly from due to close, so what has waited longest comes first.
        whole = max((closes_on - due_on).days, 1)
        value *= 1 + (values.urgency_factor - 1) * (1 - left / whole)
    value *= aged(values, today=today, opens_on=opens_on, closes_on=closes_on)
    if play.privilege is not Privilege.NONE:
        value += _URGENT
    return round(value, 4)


def aged(values: ContactValues, *, today: date, opens_on: date, closes_on: date) -> float:
    """What waiting makes of a call's value: 1 on the day it opens, evenly up to 1 + `ageing_bonus` on its last day.

    A straight line over the whole window, so that of two equal reasons the one that has waited the larger part of its
    time comes first, whatever their windows; and so small that a far better call still goes ahead. A window of one
    day has nothing to wait for.
    """
    whole = (closes_on - opens_on).days
    if whole <= 0:
        return 1.0
    waited = min(max((today - opens_on).days, 0), whole)
    return 1 + values.ageing_bonus * waited / whole


def _worth_of_a_minute(kind: str, values: ContactValues, measured: Mapping[str, float]) -> float:
    if kind in measured:
        return measured[kind] / values.call_minutes
    worth: float = getattr(values, play_of(kind).worth)
    return values.reach_share * worth / values.call_minutes


def place_of_call(
    kind: str,
    value: float,
    values: ContactValues,
    measured: Mapping[str, float] = NOTHING_MEASURED,
    *,
    occasion_id: int,
    step_id: int,
    attempt: int,
) -> Place:
    """The call's place by its value, but for a small share that a draw puts anywhere in the range of values.

    Without it nobody would ever learn what calls bring that never come up. The draw is the same however often
    the day is planned.
    """
    if play_of(kind).privilege is not Privilege.NONE:
        return Place(value, False, None)
    digest = hashlib.md5(f"place:{occasion_id}:{step_id}:{attempt}".encode(), usedforsecurity=False).digest()
    is_drawn = int.from_bytes(digest[:4], "big") < values.random_share * 2**32
    if not is_drawn:
        return Place(value, False, round(1 - values.random_share, 6))
    low, high = _range_of_values(values, measured)
    place = low + (high - low) * int.from_bytes(digest[4:8], "big") / 2**32
    return Place(round(place, 4), True, values.random_share)


def _range_of_values(values: ContactValues, measured: Mapping[str, float]) -> tuple[float, float]:
    """The least and the greatest value a call that can wait may have on a day."""
    minutes = [
        _worth_of_a_minute(kind, values, measured) for kind, play in PLAYS.items() if play.privilege is Privilege.NONE
    ]
    return min(minutes), max(minutes) * values.urgency_factor * (1 + values.ageing_bonus)


def value_of_promise(at: datetime) -> float:
    """Promised calls before all others, the earlier hour first."""
    return _PROMISED - at.timestamp() / 60
