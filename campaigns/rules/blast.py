"""Limits of a whole day: how many calls a campaign's minutes hold, and when so many contacts need a manager's word."""

from __future__ import annotations

from collections.abc import Mapping

from campaigns.rules.facts import is_free
from campaigns.rules.policy import ContactValues
from lifecycle.rules.kinds import KINDS


def room_for_calls(minutes_a_day: int, taken: int, values: ContactValues) -> int:
    """How many further calls fit into a campaign's minutes of the day, `taken` calls of it being made or listed."""
    return max(int(minutes_a_day / values.call_minutes) - taken, 0)


def needs_release(kind: str, purpose: str, channel: str, *, has_minutes: bool) -> bool:
    """Whether a contact waits until the day's plan is whole.

    Messages, because a machine sends a whole base within minutes; calls of an announcement, because nothing in the
    facts asked for them; calls of a campaign with minutes of its own, because the best of the day are not known
    before its end. Other calls are limited by the people who make them. Safety and confirmations never wait.
    """
    if is_free(kind, purpose):
        return False
    is_announced = kind in KINDS and not KINDS[kind].is_judged
    return channel != "call" or is_announced or has_minutes


def most_without_a_word(base: int, values: ContactValues) -> int:
    """So many customers of a base may be contacted in a day before a manager is asked."""
    return max(values.blast_floor, int(base * values.blast_share))


def too_many(contacts: Mapping[str, int], in_all: int, most: int) -> list[str]:
    """Codes of the campaigns that would contact too many; "" where all of them together would. Empty: none."""
    found = sorted(code for code, number in contacts.items() if number > most)
    return found or ([""] if in_all > most else [])
