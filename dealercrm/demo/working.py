"""The last days of the demo, lived through the product itself: nights, plans, and operators who call.

Nothing is written here past the functions that the night, the planner and the call card use. What customers
answer comes from the truth: who would come anyway books, who has sold the car says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from campaigns.booking import offered_times
from campaigns.card import card_tasks, load_card
from campaigns.channels import nowhere
from campaigns.claiming import NotClaimableError, claim, claim_next
from campaigns.completing import complete
from campaigns.loading import Store
from campaigns.models import ContactTask
from campaigns.offered import TOLD
from campaigns.running import plan_store
from campaigns.sending import send_due
from dealercrm.accounts.models import Dealership, User
from dealercrm.demo.bringing import call_those_due, credit, receive
from dealercrm.demo.voices import hear
from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.truth import Truth
from lifecycle.calibrating import calibrate
from lifecycle.nights import start_night, work_on
from vehicles.duplicates import look, start_looking

EARLIER_NIGHTS = (30, 7)  # days before today that the movement figures compare with
CALIBRATED_ON = 1000  # ownerships: twice what its own numbers need, and soon done
WORKED_DAYS = 2  # before today, when operators called
CALLS_A_DAY = 60  # of one store, at most
SHARE_OF_THE_LIST = 18  # a small store calls one in so many: the list is left to whoever tries the demo
REACHED = 0.5
NIGHT, MORNING, EVENING = time(2, 10), time(9, 30), time(17, 30)
MINUTES_A_CALL = 6
FALLBACK = 0.35  # of talks that came to the point: the first offer was refused
# Kinds that are done once somebody has spoken with the customer.
JUST_TALK = {"courtesy_call", "onboarding", "service_feedback", "complaint_follow_up", "data_check", "warranty_end"}
NOTES = {
    "thinks": ("подумает до пятницы", "сравнивает с другим сервисом", "посоветуется с женой", ""),
    "refused": ("дорого", "обслуживается рядом с домом", "пока не нужно", ""),
    "callback": ("за рулём, просил перезвонить", "на совещании", ""),
    "done": ("всё хорошо, вопросов нет", "благодарит за звонок", "", ""),
}


@dataclass
class Replay:
    """Nights and working days of both stores, one after another."""

    stores: list[Dealership]
    operators: list[User]
    truth: Truth
    ownerships: range
    dice: Dice
    today: date
    now: datetime

    def run(self, *, tick: Callable[[str], None]) -> Counter[str]:
        """Everything up to the plan of today. `tick(phase)` after each phase, for the clock of the caller."""
        counts: Counter[str] = Counter()
        calibrate(self.today - timedelta(days=EARLIER_NIGHTS[0]), sample=CALIBRATED_ON)
        tick("calibration")
        for days in EARLIER_NIGHTS:
            self._night(self.today - timedelta(days=days))
            tick("nights before")
        self._bring(self.today - timedelta(days=EARLIER_NIGHTS[-1]))
        tick("calls a week ago")
        worked = self._worked_days()
        for day in worked:
            self._night(day)
            tick("nights before")
            self._plan(day)
            tick("plans before")
            counts.update(self._work(day, is_last=day == worked[-1]))
            self._send_letters(day)
            tick("calls before")
        for store in self.stores:
            hear(store, self.operators, now=self.now)
        tick("what customers said")
        self._night(self.today, now=self.now)
        looking = start_looking(self.stores[0], now=self.now)
        if looking is not None:
            look(looking, clock=lambda: self.now)
        tick("tonight")
        for store in self.stores:
            credit(store, on=self.today, now=self.now)
        tick("whose visits they were")
        self._plan(self.today, now=self.now)
        tick("plan of today")
        return counts

    def _bring(self, day: date) -> None:
        """Calls of a week ago, and who came of them up to the days that are worked in full."""
        if day.weekday() == 6:  # nobody calls on a Sunday
            day += timedelta(days=1)
        for store in self.stores:
            call_those_due(store, self.operators, day=day)
            until = datetime.combine(self._worked_days()[0], NIGHT, tzinfo=store.zone)
            receive(store, self.operators, until=until)

    def _worked_days(self) -> list[date]:
        """The last days before today when operators were in; nobody calls on a Sunday."""
        before = (self.today - timedelta(days=days) for days in range(WORKED_DAYS + 1, 0, -1))
        return [day for day in before if day.weekday() < 6][-WORKED_DAYS:]

    def _night(self, day: date, *, now: datetime | None = None) -> None:
        for store in self.stores:
            at = now or datetime.combine(day, NIGHT, tzinfo=store.zone)
            run = start_night(store, on=day, now=at)
            if run is not None:
                work_on(run, clock=lambda at=at: at)  # type: ignore[misc]

    def _plan(self, day: date, *, now: datetime | None = None) -> None:
        for store in self.stores:
            at = now or datetime.combine(day, NIGHT, tzinfo=store.zone) + timedelta(minutes=20)
            plan_store(store, on=day, now=at, clock=lambda at=at: at)  # type: ignore[misc]

    def _work(self, day: date, *, is_last: bool) -> Counter[str]:
        """Two operators take the calls of the day in turn, by the list's own order."""
        counts: Counter[str] = Counter()
        for store in self.stores:
            now = datetime.combine(day, MORNING, tzinfo=store.zone)
            listed = ContactTask.objects.filter(dealership=store).callable_at(now).count()
            for number in range(min(CALLS_A_DAY, max(listed // SHARE_OF_THE_LIST, 3))):
                by = self.operators[number % len(self.operators)]
                task = self._take(by, store, now, is_chosen=number % 3 != 0)
                if task is not None:
                    outcome, details = self._answer(task, store, day, is_last=is_last)
                    details |= self._offers(task, outcome, by, store, now)
                    note = self.dice.one_of(NOTES.get(outcome, ("",)))
                    complete(task.pk, outcome=outcome, by=by, epoch=task.epoch, now=now, note=note, details=details)
                    counts[outcome] += 1
                now += timedelta(minutes=MINUTES_A_CALL)
        return counts

    def _offers(self, task: ContactTask, outcome: str, by: User, store: Dealership, now: datetime) -> dict[str, Any]:
        """What the card offered in this talk: the main one, or the fallback after it was refused."""
        if outcome not in TOLD:
            return {}
        row = card_tasks(ContactTask.objects.all(), by, now).get(pk=task.pk)
        made = [one.offer.pk for one in load_card(row, by, Store.load(store, now), now).offers.possible]
        if not made:
            return {}
        dice = Dice(np.random.default_rng([task.pk]))  # its own, so that the rest of the day stays as it was
        is_fallback = len(made) > 1 and (outcome == "refused" or dice.chance(FALLBACK))
        view = made[1] if is_fallback else made[0]
        refused = made[:1] if is_fallback else []
        return {"offer": view, "offers_shown": made[: made.index(view) + 1], "offers_refused": refused}

    def _send_letters(self, day: date) -> None:
        """The letters of a past day count as sent; they are handed to nobody, whatever mail server is configured."""
        evening = datetime.combine(day, EVENING, tzinfo=self.stores[0].zone)
        send_due(now=evening, limit=10_000, channels=dict.fromkeys(("email", "sms", "messenger"), nowhere))

    def _take(self, by: User, store: Dealership, now: datetime, *, is_chosen: bool) -> ContactTask | None:
        """The next call of the list, or one that the operator opens from it: people like a change of subject."""
        if not is_chosen:
            return claim_next(by, store, now=now)
        calls = ContactTask.objects.filter(dealership=store, promised_at=None).callable_at(now)
        kinds = sorted(set(calls.values_list("kind", flat=True)))
        if not kinds:
            return None
        chosen = calls.filter(kind=self.dice.one_of(kinds)).in_call_order().values_list("pk", flat=True)[0]
        try:
            return claim(chosen, by, now=now)
        except NotClaimableError:
            return None

    def _answer(self, task: ContactTask, store: Dealership, day: date, *, is_last: bool) -> tuple[str, dict[str, Any]]:
        """What the customer says, as the truth has it."""
        if not self.dice.chance(REACHED):
            return ("busy" if self.dice.chance(0.1) else "no_answer"), {}
        if self.dice.chance(0.4 if is_last else 0.1):
            return "callback", {"at": self._promised(store)}
        if task.kind in JUST_TALK:
            return "done", {}
        row = (task.ownership_id or 0) - self.ownerships.start
        if self.truth.sold_on[row] and self.truth.sold_on[row] <= day.isoformat():
            return "sold", {}
        if task.kind == "appointment_confirmation":
            return "done", {}
        if self.truth.call_brings[row] or self._comes_soon(row, day):
            free = offered_times(Store.load(store, self.now, today=self.today), self.now, days=8)
            if not free:
                return "thinks", {}
            return "booked", {"starts_at": self.dice.one_of(self.dice.one_of(free).times)}
        if self.truth.left_on[row] and self.dice.chance(0.3):
            return "done_elsewhere", {"reason": self.dice.one_of(("price", "service", "elsewhere"))}
        if self.dice.chance(0.5):
            return "thinks", {}
        return "refused", {"reason": self.dice.one_of(("price", "not_now", "not_now", "elsewhere"))}

    def _comes_soon(self, row: int, day: date) -> bool:
        comes_on = str(self.truth.comes_anyway_on[row])
        return "" < comes_on <= (day + timedelta(days=45)).isoformat()

    def _promised(self, store: Dealership) -> datetime:
        """A quarter of an hour of today that is still to come, within two hours of the start of the list."""
        start = max(self.now, datetime.combine(self.today, time(10, 30), tzinfo=store.zone)).astimezone(store.zone)
        quarter = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
        return quarter + timedelta(minutes=15 * (2 + self.dice.below(9)))


def replay(
    *,
    stores: list[Dealership],
    operators: list[User],
    truth: Truth,
    ownerships: range,
    seed: int,
    today: date,
    now: datetime,
    tick: Callable[[str], None],
) -> Counter[str]:
    """Live the last days; what the operators' calls ended with."""
    dice = Dice(np.random.default_rng([seed, 1]))
    return Replay(stores, operators, truth, ownerships, dice, today, now).run(tick=tick)
