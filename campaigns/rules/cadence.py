"""Which contact of a campaign comes next for an occasion: read from what was done, no state of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple

# Outcomes of a call after which the cadence goes on; every other outcome is an answer and ends it.
GOES_ON = frozenset({"no_answer", "thinks", "wrong_number"})
OPEN = frozenset({"open", "claimed"})
BEGUN = OPEN | {"done"}  # somebody was contacted, or is about to be


class Step(NamedTuple):
    id: int
    position: int
    channel: str
    delay_days: int


class Tried(NamedTuple):
    """A task of this occasion: which step, which attempt, how it stands or ended."""

    position: int
    attempt: int
    channel: str
    status: str
    outcome: str
    closed_on: date | None
    was_stopped: bool = False  # taken off because its campaign was stopped, which says nothing about the customer


class Next(NamedTuple):
    step: Step
    attempt: int
    on: date  # not before this day
    is_start: bool  # nothing of this cadence has reached out yet
    is_repeat: bool  # a call of this cadence was made before


def next_contact(
    steps: Sequence[Step], tried: Sequence[Tried], *, opens_on: date, due_on: date, passed_over: Collection[int] = ()
) -> Next | None:
    """The next contact, or None: one is under way, the customer has answered, or the cadence is through.

    A message may start a cadence when the window opens, a call on the due day: "due is the date of the
    action". `passed_over` are steps whose channel is closed to this customer (no email address): the
    cadence walks past them. A call that was taken off the list before anybody dialled is decided afresh; a message
    only where its campaign had been stopped.
    """
    if any(task.status in OPEN for task in tried):
        return None
    ahead = [step for step in sorted(steps, key=lambda step: step.position) if step.position not in passed_over]
    made = [task for task in tried if task.status == "done"]
    is_repeat = any(task.channel == "call" for task in made)
    last = max(tried, key=lambda task: (task.position, task.attempt), default=None)
    if last is not None and last.channel == "call" and last.status == "done" and last.outcome not in GOES_ON:
        return None
    if last is None or (last.status != "done" and (last.channel == "call" or last.was_stopped)):
        position = last.position if last else 0
        step = next((step for step in ahead if step.position >= position), None)
        if step is None:
            return None
        attempt = last.attempt + 1 if last and step.position == last.position else 1
        on = due_on if step.channel == "call" else opens_on
        return Next(step, attempt, on, not made, is_repeat)
    step = next((step for step in ahead if step.position > last.position), None)
    if step is None:
        return None
    ended_on = last.closed_on or due_on
    return Next(step, 1, ended_on + timedelta(days=step.delay_days), not made, is_repeat)
