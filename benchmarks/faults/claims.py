"""200 operators work a list of 20,000 calls; three in ten die or freeze with a call in hand.

    python -m benchmarks.faults.claims [--operators 200] [--tasks 20000] [--processes 4] [--seed 1] [--here] [--json]

Through the real functions, from several processes with several connections each, on real PostgreSQL. Every operator
keeps a ledger of their own outside the database: which answers they were told are recorded. At the end every call
must be recorded once: no more (that two colleagues called the same customer and both count), no less (that a call
vanished with a browser). The controls: answers are taken without asking whose claim it is; leases never run out.
All clocks are one, which each look moves on a little, so that leases end without anybody waiting two minutes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from benchmarks.faults.__main__ import prepare

THREADS = 4  # connections of each process
DIES, FREEZES = 0.15, 0.30  # below the first an operator dies, below the second they freeze
CONTROLS = ("no epoch", "no lease")


class Clock:
    """Seconds since the morning, shared by all processes."""

    def __init__(self, morning: datetime, step: float) -> None:
        self.morning, self.step = morning, step
        self.gone = multiprocessing.Value("d", 0.0)

    def look(self, times: float = 1.0) -> datetime:
        with self.gone.get_lock():
            self.gone.value += self.step * times
            return self.morning + timedelta(seconds=self.gone.value)


class Operator:
    """One step at a time: take a call, answer it; or sit frozen until the lease is over, then answer after all."""

    def __init__(self, user: Any, store: Any, chance: random.Random) -> None:
        self.user, self.store, self.chance = user, store, chance
        self.task: Any = None
        self.until: datetime | None = None  # dead or frozen so long
        self.will_answer = True
        self.idle = 0
        self.recorded: list[int] = []
        self.taken: list[tuple[int, int]] = []
        self.refused = self.died = 0

    def step(self, clock: Clock) -> None:
        from campaigns.claiming import claim_next
        from campaigns.completing import LateResultError, complete

        now = clock.look()
        if self.until is not None:
            if now < self.until:
                return
            self.until = None
            if not self.will_answer:
                self.task = None
        if self.task is None:
            self.task = claim_next(self.user, self.store, now=now)
            if self.task is None:
                self.idle += 1
                clock.look(20)
                return
            self.idle = 0
            self.taken.append((self.task.pk, self.task.epoch))
            fate = self.chance.random()
            self.will_answer = fate >= DIES
            if fate < FREEZES:
                self.died += 1
                self.until = self.task.lease_until + timedelta(seconds=self.chance.uniform(1, 60))
            return
        try:
            complete(self.task.pk, outcome="done", by=self.user, epoch=self.task.epoch, now=now)
            self.recorded.append(self.task.pk)
        except LateResultError:
            self.refused += 1
        self.task = None


def protection_off(control: str) -> AbstractContextManager[Any]:
    from campaigns import claiming, completing
    from campaigns.models import ContactTask

    if control == "no epoch":
        # An answer counts whoever holds the call. (The unique key on (task, epoch), which would still stop most of
        # the damage with an error in the operator's face, is dropped for this control: `without_the_key`.)
        def anyhow(task: Any, by: Any, epoch: int) -> Any:
            return ContactTask.objects.filter(pk=task.pk)

        return mock.patch.object(completing, "in_their_hand", anyhow)
    if control == "no lease":
        return mock.patch.object(claiming, "FREE", "(t.status = 'open' OR (false AND t.lease_until <= %s))")
    return nullcontext()


@contextmanager
def without_the_key(control: str) -> Iterator[None]:
    """The database's own last word against a call that is recorded twice, away for one control."""
    from django.core.management import call_command
    from django.db import connection

    if control != "no epoch":
        yield
        return
    name = "a_claim_is_answered_once"
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
        (definition,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
        with connection.cursor() as cursor:
            cursor.execute(definition)


def work(number: int, pairs: list[tuple[int, int]], clock: Clock, seed: int, control: str, answers: Any) -> None:
    """A process: its operators, each thread stepping its own in a drawn order until the list stays empty."""
    from django.db import connections

    from dealercrm.accounts.models import Dealership, User

    connections.close_all()
    stores = Dealership.objects.in_bulk()
    chance = random.Random(seed * 1000 + number)
    people = [Operator(User.objects.get(pk=u), stores[s], random.Random(chance.random())) for u, s in pairs]
    errors: list[str] = []

    def turn(mine: list[Operator], dice: random.Random) -> None:
        try:
            while any(one.idle < 12 or one.task is not None for one in mine):
                dice.choice(mine).step(clock)
        except BaseException as error:
            errors.append(f"{type(error).__name__}: {error}")
            raise
        finally:
            connections.close_all()

    with protection_off(control):
        threads = [
            threading.Thread(target=turn, args=(people[n::THREADS], random.Random(chance.random())))
            for n in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    answers.put(
        {
            "recorded": [pk for one in people for pk in one.recorded],
            "taken": [pair for one in people for pair in one.taken],
            "refused": sum(one.refused for one in people),
            "died": sum(one.died for one in people),
            "errors": errors,
        }
    )


def shift(operators: int, tasks: int, processes: int, seed: int, control: str = "") -> dict[str, Any]:
    """One day; what every operator was told against what the database says."""
    from django.core.management import call_command
    from django.db import connections
    from django.utils import timezone

    from benchmarks import desk_base
    from campaigns.models import CallResult, ContactTask
    from dealercrm.accounts.models import Membership
    from vehicles.models import Touch

    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    started = time.perf_counter()
    now = timezone.now()
    desk_base.fill(tasks, tasks, stores=4, now=now)
    desk_base.operators(operators)
    Touch.objects.all().delete()
    pairs = list(Membership.objects.order_by("pk").values_list("user_id", "dealership_id"))
    clock = Clock(now, 10 / operators)
    answers: Any = multiprocessing.Queue()
    connections.close_all()
    children = [
        multiprocessing.Process(target=work, args=(n, pairs[n::processes], clock, seed, control, answers))
        for n in range(processes)
    ]
    for child in children:
        child.start()
    told = [answers.get() for _ in children]
    for child in children:
        child.join()
    errors = [error for one in told for error in one["errors"]]
    ledger = Counter(pk for one in told for pk in one["recorded"])
    shown = Counter(tuple(pair) for one in told for pair in one["taken"])
    results = Counter(CallResult.objects.filter(was_late=False).values_list("task_id", flat=True))
    touches = Counter(Touch.objects.values_list("customer_id", flat=True))
    return {
        "control": control,
        "calls": tasks,
        "claims": len(shown),
        "died_or_froze": sum(one["died"] for one in told),
        "refused_as_late": sum(one["refused"] for one in told),
        "doubled": sum(n - 1 for n in ledger.values() if n > 1),
        "doubled_touches": sum(n - 1 for n in touches.values() if n > 1),
        "lost": tasks - len(ledger),
        "still_open": ContactTask.objects.open().count(),
        "told_but_not_there": len(ledger.keys() - results.keys()),
        "there_but_not_told": len(results.keys() - ledger.keys()),
        "claims_shown_twice": sum(n - 1 for n in shown.values() if n > 1),
        "errors": errors[:3],
        "seconds": round(time.perf_counter() - started),
    }


def is_whole(found: dict[str, Any]) -> bool:
    wrong = ("doubled", "doubled_touches", "lost", "still_open", "told_but_not_there", "there_but_not_told")
    return not any(found[name] for name in wrong) and not found["claims_shown_twice"] and not found["errors"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults.claims", description=__doc__)
    parser.add_argument("--operators", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help="use the database of DATABASE_URL itself; it is emptied")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    prepare(is_here=given.here)
    multiprocessing.set_start_method("fork")
    found = [shift(given.operators, given.tasks, given.processes, given.seed)]
    few = max(min(given.tasks // 10, 300), 60)
    for control in CONTROLS:
        with without_the_key(control):
            found.append(shift(min(given.operators, 40), few, given.processes, given.seed, control))
    for one in found:
        print(json.dumps(one), flush=True)
    without_epoch, without_lease = found[1:]
    is_shown = without_epoch["doubled"] and without_lease["lost"]
    if not given.json:
        print("whole" if is_whole(found[0]) else "DAMAGED", "; the controls show damage:", bool(is_shown))
    raise SystemExit(0 if is_whole(found[0]) and is_shown else 1)


if __name__ == "__main__":
    os.environ.setdefault("LOG_LEVEL", "CRITICAL")
    main()
