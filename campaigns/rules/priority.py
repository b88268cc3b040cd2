"""In which order calls are made: what a minute of an operator earns, promises first.

    value = P(reach) x worth of the kind x urgency / minutes of a call

Worth is the margin of a taken offer times the share that takes it (ContactValues, DOMAIN section 9);
urgency rises to `urgency_factor` in the last `urgency_days` before the window closes. Measured uplift
replaces the defaults once campaigns have verdicts.
"""

from __future__ import annotations

from datetime import date, datetime

from campaigns.rules.plays import Privilege, play_of
from campaigns.rules.policy import ContactValues

# Promised calls stand above every value and complaints right below; the order inside is kept in the number,
# so that claiming the next call is one walk down one index.
_PROMISED = 1e9
_URGENT = 1e6


def value_of_call(kind: str, values: ContactValues, *, today: date, due_on: date, closes_on: date) -> float:
    """Roubles (the store's currency) per operator minute, plus the step for kinds that cannot wait."""
    play = play_of(kind)
    worth: float = getattr(values, play.worth)
    value = values.reach_share * worth / values.call_minutes
    left = (closes_on - today).days
    if left < values.urgency_days:
        value *= values.urgency_factor
    elif due_on <= today:
        # Inside the window value rises evenly from due to close, so what has waited longest comes first.
        whole = max((closes_on - due_on).days, 1)
        value *= 1 + (values.urgency_factor - 1) * (1 - left / whole)
    if play.privilege is not Privilege.NONE:
        value += _URGENT
    return round(value, 4)


def value_of_promise(at: datetime) -> float:
    """Promised calls before all others, the earlier hour first."""
    return _PROMISED - at.timestamp() / 60
