"""Which missing field kept a contact from being made, and what the contact was expected to bring."""

from __future__ import annotations

from campaigns.rules.plays import play_of
from campaigns.rules.policy import ContactValues

_POINTS = {"call": "phone", "sms": "phone", "email": "email", "messenger": "messenger"}


def field_lacking(gate: str, why: str, channel: str) -> str | None:
    """`phone`, `email`, `messenger` or `consent`; None where the gate is shut by something that is known."""
    if gate == "no_contact_point":
        return _POINTS.get(channel)
    if gate == "no_consent" and why == "gate.no_consent":
        return "consent"
    return None


def margin_of_contact(kind: str, values: ContactValues) -> float:
    """Margin that one more contact of this kind brings, as priority counts it: share that is reached x worth."""
    worth: float = getattr(values, play_of(kind).worth)
    return values.reach_share * worth
