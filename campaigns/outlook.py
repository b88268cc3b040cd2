"""Before a campaign starts: how many today and in the next 30 days, whom, who is blocked, and the minutes it takes.

Today is what planning would do with the facts of this moment (previewing.py). The days after it are played
through by the same rules on assumptions that the page says: only occasions that are known today, every call is
made on its day and nobody answers, every message leaves, nothing else changes. A large base is played on a
sample, drawn the same way each time, and the page says so.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from campaigns.announcing import occasions_to_open
from campaigns.assigning import Draws
from campaigns.floor import operators_of
from campaigns.loading import Store, load_customer_facts
from campaigns.models import Campaign, ContactTask
from campaigns.models.campaign import ANNOUNCEMENT
from campaigns.planning import READ, Wanted, plan_customer, tried_of
from campaigns.playbook import History, Members, Playbook
from campaigns.previewing import UNSAVED, Day, what_if, with_cars
from campaigns.rules.blast import room_for_calls
from campaigns.rules.cadence import OPEN, Tried
from campaigns.rules.facts import Contacted, CustomerFacts
from campaigns.rules.ruling import CONTACT
from customers.models import Channel, Customer
from lifecycle.models import Occasion
from lifecycle.public_holidays import public_holidays

DAYS = 30
MOST_TODAY = 1000  # customers that are planned for today before a sample has to do
MOST_AHEAD = 250  # customers that are played through the month
SHOWN = 10


class DayAhead(NamedTuple):
    """Contacts of the campaign on a day, and the operator minutes of its calls."""

    on: date
    calls: int
    messages: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a manager sees before pressing start. `concerned`: customers with a reason that it would answer today."""

    concerned: int
    looked_at: int
    ahead: int
    played: int
    calls: int
    messages: int
    beyond_minutes: int
    needs_word: bool
    blocked: list[tuple[str, int]]
    first: list[ContactTask]
    days: list[DayAhead]
    call_minutes: float
    capacity: int
    others: int

    @property
    def minutes(self) -> int:
        return round(self.calls * self.call_minutes)

    @property
    def is_sample(self) -> bool:
        return self.looked_at < self.concerned

    @property
    def is_ahead_sample(self) -> bool:
        return self.played < self.ahead

    @property
    def calls_ahead(self) -> int:
        return sum(day.calls for day in self.days)

    @property
    def messages_ahead(self) -> int:
        return sum(day.messages for day in self.days)

    @property
    def busiest(self) -> int:
        return max((day.minutes for day in self.days), default=0)


def outlook_of(campaign: Campaign, store: Store, *, now: datetime) -> Outlook:
    """The outlook of a campaign as if it were started now, or as it runs; a large base is never planned whole."""
    if campaign.is_announcement and campaign.starts_on is None:
        campaign.starts_on = store.today  # as starting it now would; not saved
    playbook = Playbook.load(store.dealership, store.today, as_if_started=campaign)
    today = _customers(campaign, store, store.today)
    looked_at = _sample(today, MOST_TODAY, campaign)
    day = what_if(store, now=now, playbook=playbook, customers=looked_at)
    scale = len(today) / len(looked_at) if looked_at else 1.0
    mine = [task for task in day.tasks if playbook.rows[task.step_id].campaign_id == campaign.pk]
    calls = round(scale * sum(task.channel == Channel.CALL for task in mine))
    room = calls if campaign.minutes_a_day is None else room_for_calls(campaign.minutes_a_day, 0, store.values)
    ahead = _customers(campaign, store, store.today + timedelta(days=DAYS - 1))
    played = _sample(ahead, MOST_AHEAD, campaign)
    days = play(campaign, store, playbook, played, share=len(played) / len(ahead) if ahead else 1.0)
    others = ContactTask.objects.filter(dealership=store.dealership, is_released=True).calls().open()
    return Outlook(
        concerned=len(today),
        looked_at=len(looked_at),
        ahead=len(ahead),
        played=len(played),
        calls=min(calls, room),
        messages=round(scale * sum(task.channel != Channel.CALL for task in mine)),
        beyond_minutes=max(calls - room, 0),
        needs_word=bool({campaign.code, ""} & set(day.settled.asked)),
        blocked=_blocked(day, playbook, campaign, scale),
        first=_with_names(sorted(mine, key=lambda task: -task.priority)[:SHOWN]),
        days=days,
        call_minutes=store.values.call_minutes,
        capacity=sum(one.minutes for one in operators_of(store)),
        others=round(others.exclude(step__campaign__code=campaign.code).count() * store.values.call_minutes),
    )


def play(campaign: Campaign, store: Store, playbook: Playbook, customers: list[int], *, share: float) -> list[DayAhead]:
    """The campaign's contacts of the next 30 days on the assumptions above, for all customers these stand for.

    About 15 queries; the days themselves are played in memory.
    """
    month = _Month.load(campaign, store, playbook, customers)
    found = []
    for offset in range(DAYS):
        day = store.today + timedelta(days=offset)
        made = month.day(day, share)
        mine = [wanted for wanted in made if playbook.rows[wanted.next.step.id].campaign_id == campaign.pk]
        calls = round(sum(wanted.candidate.channel == Channel.CALL for wanted in mine) / share)
        messages = round(sum(wanted.candidate.channel != Channel.CALL for wanted in mine) / share)
        found.append(DayAhead(day, calls, messages, round(calls * store.values.call_minutes)))
    return found


@dataclass(slots=True)
class _Month:
    """Facts, occasions and what was tried, as they would become day by day."""

    store: Store
    playbook: Playbook
    facts: dict[int, CustomerFacts]
    occasions: dict[int, list[Occasion]]
    tried: dict[int, History]
    members: Members
    draws: Draws

    @classmethod
    def load(cls, campaign: Campaign, store: Store, playbook: Playbook, customers: list[int]) -> _Month:
        last = store.today + timedelta(days=DAYS - 1)
        rows = list(Customer.objects.filter(pk__in=customers).order_by("pk"))
        occasions: dict[int, list[Occasion]] = defaultdict(list)
        known = Occasion.objects.open().filter(
            dealership=store.dealership, customer__in=rows, opens_on__lte=last, closes_on__gte=store.today
        )
        for occasion in known.select_related("ownership").only(*READ).order_by("pk"):
            occasions[occasion.customer_id].append(occasion)
        for occasion in _announced(campaign, store, set(customers)):
            occasions[occasion.customer_id].append(occasion)
        every = [occasion for ones in occasions.values() for occasion in ones]
        members = {
            **playbook.members_among(every, store.dealership, store.today),
            **playbook.on(last).members_among(every, store.dealership, store.today),
        }
        tried = tried_of(store, occasions, {})
        facts = load_customer_facts(rows, store)
        return cls(store, playbook, facts, occasions, tried, members, Draws.load(store, customers))

    def day(self, day: date, share: float) -> list[Wanted]:
        """Play a day through; the contacts that are made on it."""
        store = replace(self.store, today=day, holidays=public_holidays(self.store.dealership.country, day))
        playbook = self.playbook.on(day)
        granted: list[Wanted] = []
        for customer_id, occasions in self.occasions.items():
            offered = [one for one in occasions if one.opens_on <= day <= one.closes_on]
            if offered:
                facts = self.facts[customer_id]
                rulings, wanted = plan_customer(facts, offered, self.tried, playbook, self.members, store, self.draws)
                granted += wanted
                kept = {item.occasion_id for item in rulings if item.ruling.gate == "holdout"}
                self.facts[customer_id] = replace(facts, held_out=facts.held_out | kept)
        made = _within_minutes(granted, playbook, store, share)
        for one in made:
            self._note(one, day, store)
        if day == self.store.today:
            self._finish_today(day)
        return made

    def _note(self, wanted: Wanted, day: date, store: Store) -> None:
        """The contact was made: the message counts in the budget, the dial that nobody answered does not."""
        candidate, following = wanted.candidate, wanted.next
        outcome = "no_answer" if candidate.channel == Channel.CALL else "sent"
        tried = Tried(following.step.position, following.attempt, candidate.channel, "done", outcome, day)
        self.tried[wanted.occasion.pk].append((following.step.id, tried))
        if candidate.channel == Channel.CALL:
            return
        facts = self.facts[wanted.occasion.customer_id]
        contact = Contacted(day, candidate.channel, candidate.purpose, candidate.kind, store.dealership.pk)
        facts = replace(facts, contacts=(*facts.contacts, contact))
        if candidate.channel == Channel.EMAIL:
            facts = replace(facts, last_email_on=day, unanswered_emails=facts.unanswered_emails + 1)
        self.facts[wanted.occasion.customer_id] = facts

    def _finish_today(self, day: date) -> None:
        """What stands on today's list already is made today as well."""
        for history in self.tried.values():
            history[:] = [
                (step, task._replace(status="done", outcome=task.outcome or "no_answer", closed_on=day))
                if task.status in OPEN
                else (step, task)
                for step, task in history
            ]
        self.facts = {pk: replace(facts, in_flight=()) for pk, facts in self.facts.items()}


def _within_minutes(granted: list[Wanted], playbook: Playbook, store: Store, share: float) -> list[Wanted]:
    """Without the calls that the minutes of their campaign do not hold, on the sample's share of these minutes."""
    left: dict[int, int] = {}
    made = []
    for wanted in sorted(granted, key=lambda one: (-one.candidate.value, one.occasion.pk)):
        campaign = playbook.campaign_of(wanted.next.step.id)
        if wanted.candidate.channel == Channel.CALL and campaign.minutes_a_day is not None:
            room = left.setdefault(campaign.pk, round(share * room_for_calls(campaign.minutes_a_day, 0, store.values)))
            if room <= 0:
                continue
            left[campaign.pk] = room - 1
        made.append(wanted)
    return made


def _customers(campaign: Campaign, store: Store, last: date) -> list[int]:
    """Everybody with a reason that the campaign answers until a day, sorted. One query, two for an announcement."""
    about = Q(kind=ANNOUNCEMENT, cycle=campaign.code) if campaign.is_announcement else Q(kind__in=campaign.kinds)
    rows = Occasion.objects.open().filter(
        about, dealership=store.dealership, opens_on__lte=last, closes_on__gte=store.today
    )
    found = set(rows.values_list("customer_id", flat=True))
    if campaign.is_announcement:
        found |= {row.customer_id for row in _announced(campaign, store, None, last)}
    return sorted(found)


def _announced(
    campaign: Campaign, store: Store, only: set[int] | None = None, last: date | None = None
) -> list[Occasion]:
    """What the announcement would open when its day comes (today where it names none), unsaved."""
    if not campaign.is_announcement:
        return []
    first = max(campaign.starts_on or store.today, store.today)
    if last is not None and first > last:
        return []
    rows = []
    for number, occasion in enumerate(occasions_to_open(replace(store, today=first), campaign), start=1):
        if only is None or occasion.customer_id in only:
            occasion.pk = UNSAVED + number
            rows.append(occasion)
    if only is not None:
        with_cars(rows)
    return rows


def _sample(ids: list[int], most: int, campaign: Campaign) -> list[int]:
    """The same customers each time somebody looks."""
    if len(ids) <= most:
        return ids
    return sorted(random.Random(campaign.code).sample(ids, most))  # noqa: S311 -- a sample, no secret


def _blocked(day: Day, playbook: Playbook, campaign: Campaign, scale: float) -> list[tuple[str, int]]:
    """(gate, customers) of those who are not contacted today, the most frequent gate first."""
    gates = Counter(
        item.ruling.gate
        for item in day.decided
        if item.ruling.verdict != CONTACT and playbook.rows[item.step_id].campaign_id == campaign.pk
    )
    return [(gate, max(round(scale * number), 1)) for gate, number in gates.most_common()]


def _with_names(tasks: Iterable[ContactTask]) -> list[ContactTask]:
    rows = list(tasks)
    customers = Customer.objects.in_bulk([row.customer_id for row in rows])
    for row in rows:
        row.customer = customers[row.customer_id]
    return rows
