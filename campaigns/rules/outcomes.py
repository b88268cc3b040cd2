"""What a call can end with and what follows, as one table: DOMAIN section 7."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from campaigns.rules.policy import ContactValues


class Effect(NamedTuple):
    """`needs`: details without which the outcome says nothing. `then`: what becomes of the cadence."""

    was_reached: bool
    then: str  # "" it ends | "callback" | "dial" again later | "next" step
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()


EFFECTS: Mapping[str, Effect] = {
    "booked": Effect(True, "", ("starts_at",), ("minutes", "purpose", "work_group", "note")),
    "callback": Effect(True, "callback", ("at",)),
    "no_answer": Effect(False, "dial"),
    "busy": Effect(False, "dial"),
    "thinks": Effect(True, "next"),
    "refused": Effect(True, "", (), ("reason", "until", "all_cars", "all_topics")),
    "no_calls": Effect(True, ""),
    "wrong_number": Effect(False, "next", (), ("contact_point",)),
    "sold": Effect(True, "", (), ("on",)),
    "done_elsewhere": Effect(True, "", (), ("where", "reason", "on")),
    "complaint": Effect(True, "", (), ("text",)),
    "moved": Effect(True, "", (), ("city", "is_away")),
    "done": Effect(True, "", (), ("score", "comment", "solution")),
    "deceased": Effect(True, ""),
    "duplicate": Effect(True, "", (), ("of",)),
}
# Of any outcome: the offer in view at its end, those that were told, those that were refused on the way.
OFFER_DETAILS = ("offer", "offers_shown", "offers_refused")
# Of any outcome: whom the customer recommended us to (name and phone), and the ids of those noted during the call.
REFERRAL_DETAILS = ("referral", "referrals")
UNDO_FOR = timedelta(seconds=30)  # an answer may be taken back so long
# The number keys of the card; the rest stands behind 9.
COMMON = ("booked", "callback", "no_answer", "busy", "thinks", "refused", "no_calls", "wrong_number")


class BadDetails(ValueError):
    """The result cannot be recorded as it is: `field` is what to mend, the message says how."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check_details(outcome: str, details: Mapping[str, object]) -> None:
    """Raise BadDetails where something the outcome needs is missing or unknown."""
    effect = EFFECTS.get(outcome)
    if effect is None:
        raise BadDetails("outcome", f"Unknown outcome {outcome!r}; known are: {', '.join(EFFECTS)}.")
    for name in effect.needs:
        if not details.get(name):
            raise BadDetails(name, f"{outcome}: {name} is needed.")
    for name in details:
        if name not in (*effect.needs, *effect.may_have, *OFFER_DETAILS, *REFERRAL_DETAILS):
            raise BadDetails(name, f"{outcome}: {name} is not a detail of this outcome.")


def may_dial_again(unanswered_at: list[datetime], now: datetime, values: ContactValues) -> bool:
    """False when this dial was the last of `dials` within `dial_days`: the call closes as unreached."""
    recent = [at for at in unanswered_at if at > now - timedelta(days=values.dial_days)]
    return len(recent) < values.dials
