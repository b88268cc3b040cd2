"""How far down the list today's operators come: minutes they have, minutes a call takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from campaigns.rules.policy import ContactValues


class Desk(NamedTuple):
    """An operator's day: minutes for calls in all, and calls made so far."""

    minutes: int
    done: int


class Reach(NamedTuple):
    """`calls` of the list are reached today; `one_more` is what a further operator would reach below that line."""

    calls: int
    one_more: int


def minutes_left(desk: Desk, values: ContactValues, minutes_to_closing: int) -> float:
    """What is left of an operator's minutes; nobody calls after the quiet hours have begun."""
    return max(min(desk.minutes - desk.done * values.call_minutes, minutes_to_closing), 0)


def reach_of(desks: Iterable[Desk], calls_left: int, values: ContactValues, minutes_to_closing: int) -> Reach:
    """Where the line through the list stands now, counted in calls from its top."""
    left = sum(minutes_left(desk, values, minutes_to_closing) for desk in desks)
    calls = min(int(left / values.call_minutes), calls_left)
    another = minutes_left(Desk(values.operator_minutes, 0), values, minutes_to_closing)
    return Reach(calls, min(int(another / values.call_minutes), calls_left - calls))
