"""Today's calls in the order to make them: what waits is valued anew each day, and each class has its share.

A call that came onto the list last week is worth something else today, so the whole list is put in order when the
day's plan is whole. What comes onto it later in the day stands by its value until the list is ordered again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from campaigns.floor import midnight_of
from campaigns.loading import Store
from campaigns.models import ContactTask
from campaigns.rules.order import Waits, arrange
from campaigns.rules.plays import Privilege, play_of
from campaigns.rules.priority import aged, value_of_call
from customers.models import Channel
from dealercrm.accounts.writing import update_fields
from dealercrm.why import Why

AT_ONCE = 1000  # rows of one short transaction


class Listed(NamedTuple):
    """A call of today's list that can wait, with what its value depends on."""

    pk: int
    occasion_id: int
    step_id: int
    attempt: int
    kind: str
    purpose: str
    is_by_chance: bool
    value: float
    priority: float
    is_lifted: bool
    opens_on: date
    due_on: date
    closes_on: date

    @property
    def key(self) -> tuple[int, int, int]:
        return self.occasion_id, self.step_id, self.attempt


class Ordered(NamedTuple):
    """What a call is worth today, and where it stands."""

    call: Listed
    value: float
    priority: float
    is_lifted: bool


_FIELDS = (
    *("pk", "occasion_id", "step_id", "attempt", "kind", "purpose", "is_by_chance", "value", "priority", "is_lifted"),
    *("occasion__opens_on", "occasion__due_on", "occasion__closes_on"),
)


def order_of(calls: Iterable[Listed], store: Store, measured: Mapping[str, float]) -> list[Ordered]:
    """Pure: the calls in order. What a draw placed stays where it fell."""
    known = {call.key: call for call in calls}
    values = {
        key: value_of_call(
            call.kind,
            store.values,
            today=store.today,
            opens_on=call.opens_on,
            due_on=call.due_on,
            closes_on=call.closes_on,
            measured=measured,
        )
        for key, call in known.items()
    }
    waiting = [
        Waits(key, call.purpose, call.priority if call.is_by_chance else values[key], call.is_by_chance)
        for key, call in known.items()
    ]
    return [
        Ordered(known[key], values[key], priority, is_lifted)  # type: ignore[index]
        for key, priority, is_lifted in arrange(waiting, store.values.class_share, store.today)
    ]


def listed_today(store: Store, *, released: Iterable[int] = ()) -> list[Listed]:
    """The store's open calls of today but for the promised and the urgent, which stand above all. One query.

    `released`: numbers of calls to count as handed out.
    """
    rows = ContactTask.objects.filter(dealership=store.dealership, not_before__lt=midnight_of(store)).open()
    rows = rows.filter(Q(is_released=True) | Q(pk__in=list(released)), channel=Channel.CALL, promised_at=None)
    found = rows.order_by("pk").values_list(*_FIELDS)
    return [call for call in map(Listed._make, found) if can_wait(call.kind)]


def as_listed(task: ContactTask) -> Listed:
    """A call that is planned and not written yet; its occasion is loaded."""
    about = task.occasion
    return Listed(
        0, task.occasion_id, task.step_id, task.attempt, task.kind, task.purpose, task.is_by_chance, task.value,
        task.priority, task.is_lifted, about.opens_on, about.due_on, about.closes_on,
    )  # fmt: skip


def can_wait(kind: str) -> bool:
    """Whether a call has its place by value; what is urgent stands above every value."""
    return play_of(kind).privilege is Privilege.NONE


def why_there(task: ContactTask) -> list[Why]:
    """Why a call stands elsewhere on the list than its value would put it. No query."""
    if task.promised_at is not None or not can_wait(task.kind):
        return []
    found = [Why("place.by_chance")] if task.is_by_chance else []
    return [*found, Why("place.class_share", {"purpose": task.purpose})] if task.is_lifted else found


def why_worth_more(task: ContactTask, store: Store) -> list[Why]:
    """What waiting has added to the value of a call; its occasion is loaded."""
    about = task.occasion
    if task.promised_at is not None or not can_wait(task.kind):
        return []
    age = aged(store.values, today=store.today, opens_on=about.opens_on, closes_on=about.closes_on)
    percent = round(100 * (age - 1))
    if percent < 1:
        return []
    whole = (about.closes_on - about.opens_on).days
    waited = min((store.today - about.opens_on).days, whole)
    return [Why("place.aged", {"waited": waited, "whole": whole, "percent": percent})]


def order_day(store: Store, measured: Mapping[str, float]) -> int:
    """Put the store's list in order; how many calls were moved. Twice is harmless.

    A call that somebody takes or answers this very moment is left alone: it is no longer on the list.
    """
    changes: dict[int, dict[str, Any]] = {}
    for call, value, priority, is_lifted in order_of(listed_today(store), store, measured):
        if (call.value, call.priority, call.is_lifted) != (value, priority, is_lifted):
            changes[call.pk] = {"value": value, "priority": priority, "is_lifted": is_lifted}
    ids = sorted(changes)
    for first in range(0, len(ids), AT_ONCE):
        part = ids[first : first + AT_ONCE]
        with transaction.atomic():
            # Waiting for a row here could be for each other: an answer holds several calls of its customer.
            held = ContactTask.objects.filter(pk__in=part).open().select_for_update(skip_locked=True, of=("self",))
            update_fields(ContactTask, {pk: changes[pk] for pk in held.order_by("pk").values_list("pk", flat=True)})
    return len(changes)
