"""From nothing to a dealership at work: write the world, let the nights run, plan today's calls."""

from __future__ import annotations

import time as clock
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction

from dealercrm.accounts.models import Dealership, JobRun, User
from dealercrm.demo.clearing import JOB
from dealercrm.demo.loyalty import run_programme
from dealercrm.demo.pricing import price_works
from dealercrm.demo.staffing import hire, open_stores
from dealercrm.demo.working import replay
from dealercrm.demo.world.making import make_world
from dealercrm.demo.world.truth import Truth
from dealercrm.demo.writing import write_world

Say = Callable[[str], None]


def silent(text: str) -> None:
    """Nobody wants to hear it."""


class Demo(NamedTuple):
    """What the replay of the last days needs of the rows just written."""

    stores: list[Dealership]
    operators: list[User]
    truth: Truth
    ownerships: range


@dataclass
class Report:
    """Rows by noun and seconds by phase."""

    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    def timed(self, phase: str, since: float) -> float:
        now = clock.perf_counter()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - since
        return now

    def as_json(self) -> dict[str, dict[str, float]]:
        return {"rows": {**self.rows}, "seconds": {**self.seconds}, "outcomes": {**self.outcomes}}


def seed(*, vehicles: int, seed: int, today: date, now: datetime, var_dir: Path, say: Say = silent) -> Report:
    """Fill an empty database and live its last days. The truth goes to a file in `var_dir`.

    The rows are written all or none; a replay that is interrupted afterwards leaves a demo that --replace removes.
    """
    report = Report()
    demo = write_demo(vehicles=vehicles, seed=seed, today=today, now=now, var_dir=var_dir, report=report, say=say)
    # A day that is not the clock's is planned as of its morning.
    is_today = demo.stores[0].today(now) == today
    morning = now if is_today else datetime.combine(today, time(8, 30), tzinfo=demo.stores[0].zone)
    started = clock.perf_counter()

    def tick(phase: str) -> None:
        nonlocal started
        started = report.timed(phase, started)

    report.rows["entries of points"] = run_programme(demo.stores[0], today=today, now=morning)
    say(f"{report.rows['entries of points']:>9,} entries of points")
    tick("points")
    report.outcomes = replay(
        stores=demo.stores,
        operators=demo.operators,
        truth=demo.truth,
        ownerships=demo.ownerships,
        seed=seed,
        today=today,
        now=morning,
        tick=tick,
    )
    return report


def write_demo(
    *, vehicles: int, seed: int, today: date, now: datetime, var_dir: Path, report: Report, say: Say = silent
) -> Demo:
    """Stores, people, cars and ten years of history, in one transaction; nothing is judged or planned yet."""
    started = clock.perf_counter()
    world = make_world(vehicles=vehicles, seed=seed, today=today)
    world.truth.save(var_dir / f"demo-truth-{seed}.npz")
    started = report.timed("world", started)

    def progress(noun: str, rows: int) -> None:
        report.rows[noun] = rows
        say(f"{rows:>9,} {noun}")

    with transaction.atomic():
        stores = open_stores()
        users = hire(stores)
        operators = [users["anna"], users["ivan"]]
        written = write_world(world, stores, operators, progress=progress)
        progress("prices of works", price_works(stores, today=today))
        _sign(stores, vehicles=vehicles, seed=seed, today=today, now=now, rows=report.rows)
    refresh_statistics()
    report.timed("rows", started)
    return Demo(stores, operators, world.truth, written.ownerships)


def refresh_statistics() -> None:
    """Tell PostgreSQL how large its tables have become.

    A server does so by itself a minute after such a load, and the nights to be lived begin in this very second.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _sign(
    stores: list[Dealership], *, vehicles: int, seed: int, today: date, now: datetime, rows: dict[str, int]
) -> None:
    """The run row that people see on the health page, and that marks these stores as the demo's own."""
    for store in stores:
        JobRun.objects.create(
            job=JOB,
            dealership=store,
            logical_on=today,
            status=JobRun.Status.DONE,
            options={"vehicles": vehicles, "seed": seed},
            counts=rows,
            started_at=now,
            finished_at=now,
        )
