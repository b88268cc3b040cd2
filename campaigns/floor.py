"""Today's floor: who works, what each has done and holds, and how far down the list the day will come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Q

from campaigns.loading import Store
from campaigns.models import ContactTask, Outcome, Shift
from campaigns.rules.capacity import Desk, Reach, reach_of
from campaigns.rules.hours import window_of
from dealercrm.accounts.models import User

NOT_REACHED = (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.WRONG_NUMBER)


@dataclass(slots=True)
class Operator:
    """One operator's day at the store."""

    user: User
    minutes: int
    done: int = 0
    reached: int = 0
    booked: int = 0
    promised: int = 0
    in_hand: ContactTask | None = None

    @property
    def desk(self) -> Desk:
        return Desk(self.minutes, self.done)


def operators_of(store: Store) -> list[Operator]:
    """Every operator of the store and what they have done today, by name. 3 queries, however many."""
    shifts = dict(Shift.objects.filter(dealership=store.dealership, on=store.today).values_list("user_id", "minutes"))
    rows = {
        user.pk: Operator(user, shifts.get(user.pk, store.values.operator_minutes))
        for user in store.dealership.operators()
    }
    calls = ContactTask.objects.filter(dealership=store.dealership).calls()
    done = calls.filter(status=ContactTask.Status.DONE, closed_at__gte=midnight_of(store) - timedelta(days=1))
    for user_id, made, reached, booked in done.values_list("claimed_by").annotate(
        made=Count("pk"),
        reached=Count("pk", filter=~Q(outcome__in=NOT_REACHED)),
        booked=Count("pk", filter=Q(outcome=Outcome.BOOKED)),
    ):
        if row := rows.get(user_id):
            row.done, row.reached, row.booked = made, reached, booked
    return list(rows.values())


def calls_held_by(operators: list[Operator], store: Store, now: datetime) -> list[Operator]:
    """The same operators with the call each has in hand and how many are promised for today. 2 queries."""
    rows = {one.user.pk: one for one in operators}
    calls = ContactTask.objects.filter(dealership=store.dealership).calls()
    promised = calls.open().filter(assigned_to__in=rows, promised_at__lt=midnight_of(store))
    for user_id, number in promised.values_list("assigned_to").annotate(number=Count("pk")):
        rows[user_id].promised = number
    held = calls.filter(status=ContactTask.Status.CLAIMED, lease_until__gt=now, claimed_by__in=rows)
    for task in held.select_related("customer"):
        if task.claimed_by_id is not None:
            rows[task.claimed_by_id].in_hand = task
    return operators


def reach_today(store: Store, operators: list[Operator], calls_left: int, now: datetime) -> Reach:
    """Where the line through today's list stands."""
    window = window_of(store.today, store.dealership.zone, store.values, store.holidays)
    to_closing = 0 if window is None else int((window.closes - now).total_seconds() // 60)
    return reach_of([one.desk for one in operators], calls_left, store.values, max(to_closing, 0))


@transaction.atomic
def set_minutes(store: Store, user: User, minutes: int) -> int:
    """The operator's minutes for today. At 0 their promised calls open to everybody; how many those are."""
    Shift.objects.update_or_create(
        dealership=store.dealership, user=user, on=store.today, defaults={"minutes": minutes}
    )
    return hand_over(store, user, None) if minutes == 0 else 0


def hand_over(store: Store, from_user: User, to_user: User | None) -> int:
    """Promised calls that one operator has not in hand become another's, or everybody's; how many."""
    promised = ContactTask.objects.filter(
        dealership=store.dealership, status=ContactTask.Status.OPEN, assigned_to=from_user
    )
    return promised.update(assigned_to=to_user)


def midnight_of(store: Store) -> datetime:
    """The end of the store's today."""
    return datetime.combine(store.today + timedelta(days=1), time.min, store.dealership.zone)
