"""What a customer may choose on the page of preferences: topics by channels, and which words a choice adds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from customers.rules.consent import CHANNELS, NEEDS_CONSENT, Said, allows

# Safety is not a choice: a recall reaches the owner whatever else they have said.
TOPICS = ("marketing", "survey", "service", "courtesy")


class Choice(NamedTuple):
    """One box of the page: may we contact the customer about this topic by this channel?"""

    topic: str
    channel: str
    is_allowed: bool


def choices(events: Iterable[Said], needs_consent: frozenset[str] = NEEDS_CONSENT) -> list[Choice]:
    """Every box as it stands, topic by topic, from what the customer has said so far."""
    said = list(events)
    return [
        Choice(topic, channel, allows(said, topic, channel, needs_consent)) for topic in TOPICS for channel in CHANNELS
    ]


def changes(
    stands: Iterable[Choice], wanted: Collection[tuple[str, str]], shown: Collection[str] = CHANNELS
) -> list[Choice]:
    """The boxes that come out otherwise than they stand; of channels that were not shown nothing was said."""
    return [
        Choice(topic, channel, (topic, channel) in wanted)
        for topic, channel, is_allowed in stands
        if channel in shown and ((topic, channel) in wanted) != is_allowed
    ]
