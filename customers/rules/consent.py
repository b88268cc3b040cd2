"""What a customer allows, from the journal of what they said: the latest word wins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

from dealercrm.why import Why

# Purposes that the law lets us contact for only with a consent; the others until the customer objects.
NEEDS_CONSENT = frozenset({"survey", "marketing"})


class Said(Protocol):
    """One consent event: an empty purpose or channel means all of them."""

    @property
    def purpose(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def is_given(self) -> bool: ...
    @property
    def at(self) -> datetime: ...


def last_word(events: Iterable[Said], purpose: str, channel: str) -> Said | None:
    """The latest event that speaks of this purpose and channel; of two at one moment the withdrawal."""
    about = (event for event in events if event.purpose in ("", purpose) and event.channel in ("", channel))
    return max(about, key=lambda event: (event.at, not event.is_given), default=None)


def allows(events: Iterable[Said], purpose: str, channel: str, needs_consent: frozenset[str] = NEEDS_CONSENT) -> bool:
    """May this customer be contacted for that purpose by that channel?

    Silence means yes for safety, service and courtesy, and no for what needs a consent. An imported
    "yes" that is older than a withdrawal stays older, however late it was imported.
    """
    word = last_word(events, purpose, channel)
    if word is None:
        return purpose not in needs_consent
    return word.is_given


CHANNELS = ("call", "email", "sms", "messenger")


class Line(NamedTuple):
    """A sentence for the head of a customer's page; `tone` is danger, warn, good or empty."""

    tone: str
    why: Why


def summary(events: Iterable[Said], needs_consent: frozenset[str] = NEEDS_CONSENT) -> list[Line]:
    """What somebody must know before they dial or write: what is forbidden first, then what marketing may do."""
    said = list(events)

    def open_channels(purpose: str) -> list[str]:
        return [channel for channel in CHANNELS if allows(said, purpose, channel, needs_consent)]

    service, marketing = open_channels("service"), open_channels("marketing")
    if not service:
        return [Line("danger", Why("consent.no_contact"))]
    lines = []
    if "call" not in service:
        lines.append(Line("danger", Why("consent.no_calls")))
    closed = [channel for channel in CHANNELS if channel not in service and channel != "call"]
    if closed:
        lines.append(Line("warn", Why("consent.not_by", {"channels": closed})))
    if not marketing:
        lines.append(Line("", Why("consent.no_marketing")))
    elif len(marketing) == len(CHANNELS):
        lines.append(Line("good", Why("consent.marketing")))
    else:
        lines.append(Line("good", Why("consent.marketing_by", {"channels": marketing})))
    return lines
