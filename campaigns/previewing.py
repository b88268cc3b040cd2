"""What planning would do with a day: by the very functions that plan, with nothing written and nothing locked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.announcing import occasions_to_open
from campaigns.deciding import Decided
from campaigns.loading import Store
from campaigns.models import ContactTask
from campaigns.ordering import as_listed, can_wait, listed_today, order_of
from campaigns.planning import plan_for, waits_for_the_day
from campaigns.playbook import Playbook
from campaigns.running import CUSTOMERS_PER_CHUNK, concerned
from campaigns.settling import Settled, Waiting, settle, waiting_of
from customers.models import Channel, Customer
from lifecycle.models import Occasion
from vehicles.models import Ownership

UNSAVED = 2**62  # of two reasons of equal value the older goes first, and what is not opened yet is the youngest


@dataclass(slots=True)
class Day:
    """What planning would do with a day: contacts of today, decisions, what leaves the list, what waits or is held."""

    tasks: list[ContactTask] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    overtaken: list[ContactTask] = field(default_factory=list)
    settled: Settled = field(default_factory=Settled)

    @property
    def on_the_list(self) -> list[ContactTask]:
        """Contacts that are handed out or held for a word; those beyond the minutes of their campaign are not."""
        beyond = {(item.occasion_id, item.step_id) for item in self.settled.rationed}
        return [task for task in self.tasks if (task.occasion_id, task.step_id) not in beyond]


def what_if(
    store: Store,
    *,
    now: datetime,
    playbook: Playbook | None = None,
    customers: Iterable[int] | None = None,
    confirmed: Iterable[str] = (),
) -> Day:
    """The store's day as the next planning would make it; nothing is written and nothing is locked.

    `customers`: only these; without them everybody whom planning would look at.
    """
    playbook = playbook or Playbook.load(store.dealership, store.today)
    announced = announced_today(store, playbook)
    ids = sorted(set(customers) if customers is not None else {*_concerned(store), *announced})
    day = Day()
    for first in range(0, len(ids), CUSTOMERS_PER_CHUNK):
        part = ids[first : first + CUSTOMERS_PER_CHUNK]
        rows = list(Customer.objects.filter(pk__in=part).order_by("pk"))
        about = [occasion for pk in part for occasion in announced.get(pk, ())]
        planned = plan_for(store, rows, now=now, playbook=playbook, announced=about)
        day.tasks += planned.tasks
        day.decided += planned.decided
        day.overtaken += planned.overtaken
    day.settled = _settled(store, playbook, day, confirmed, is_all=customers is None)
    if customers is None:
        _order(store, playbook, day)
    return day


def announced_today(store: Store, playbook: Playbook) -> dict[int, list[Occasion]]:
    """{customer: occasions that today's announcements would open}; unsaved, numbered after every row there is."""
    found: dict[int, list[Occasion]] = defaultdict(list)
    number = UNSAVED
    for campaign in playbook.current:
        if campaign.is_announcement:
            for occasion in occasions_to_open(store, campaign):
                number += 1
                occasion.pk = number
                found[occasion.customer_id].append(occasion)
    with_cars(occasion for occasions in found.values() for occasion in occasions)
    return found


def with_cars(occasions: Iterable[Occasion]) -> None:
    rows = list(occasions)
    cars = Ownership.objects.only("ended_on").in_bulk([row.ownership_id for row in rows])
    for row in rows:
        row.ownership = cars[row.ownership_id]


def _concerned(store: Store) -> list[int]:
    return list(concerned(store.dealership, store.today).values_list("pk", flat=True))


def _settled(store: Store, playbook: Playbook, day: Day, confirmed: Iterable[str], *, is_all: bool) -> Settled:
    waiting = [
        Waiting(
            0, task.occasion_id, task.step_id, task.customer_id, task.kind, task.channel, task.priority,
            playbook.campaign_of(task.step_id).code,
            playbook.is_rationed(task.step_id, task.kind, task.purpose, task.channel),
        )
        for task in day.tasks
        if waits_for_the_day(task, playbook)
    ]  # fmt: skip
    if is_all:
        gone = {(task.occasion_id, task.step_id) for task in day.overtaken}
        waiting = [w for w in waiting_of(store, playbook) if (w.occasion_id, w.step_id) not in gone] + waiting
    return settle(store, playbook, waiting, confirmed=confirmed)


def _order(store: Store, playbook: Playbook, day: Day) -> None:
    """The places of the day's calls on the list, among those that stand there already."""
    held = {(item.occasion_id, item.step_id) for item in day.settled.held}
    coming = {
        (task.occasion_id, task.step_id, task.attempt): task
        for task in day.on_the_list
        if task.channel == Channel.CALL and can_wait(task.kind) and (task.occasion_id, task.step_id) not in held
    }
    gone = {task.pk for task in day.overtaken}
    released = [item.task_id for item in day.settled.released if item.task_id]
    standing = [call for call in listed_today(store, released=released) if call.pk not in gone]
    listed = standing + [as_listed(task) for task in coming.values()]
    for call, value, priority, is_lifted in order_of(listed, store, playbook.measured):
        if task := coming.get(call.key):
            task.value, task.priority, task.is_lifted = value, priority, is_lifted
