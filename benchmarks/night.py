"""How long a night takes, in one run beside hand-written SQL: first build, full, incremental, a quiet repeat.

    python benchmarks/night.py [--customers 100000] [--workers 1 2] [--history 1]

Uses the database of DATABASE_URL with `_bench` added to its name (dropped and made anew), or without
one a throwaway SQLite file (no yardstick there). "core" is the engine cut down to what the SQL of
benchmarks/yardstick.py does too. Every night is worked by processes of their own, which report
statements and peak memory; starting them is not measured. "full" judges everybody from the kept facts (a new
policy), "full, afresh" from the rows (--full); "incremental" is what is due plus 1% with a new fact, and
"+ a thirtieth" the same with the nightly check, as beat runs it (the SQL beside it does no such check).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TODAY = date(2026, 3, 2)
CHANGED = 100  # every so manieth ownership gets a new fact before an incremental night


def prepare_database() -> None:
    """Point the settings at a database that may be thrown away."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealercrm.settings")
    address = os.environ.get("DATABASE_URL", "")
    if not address:
        os.environ["DEALERCRM_VAR"] = tempfile.mkdtemp(prefix="night-")
        return
    import psycopg

    server, _, name = address.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}_bench" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}_bench"')
    os.environ["DATABASE_URL"] = f"{server}/{name}_bench"


def processor_seconds() -> float:
    """What this process has used of the processor, and the database's process that works for it, on this machine.

    Steadier than the clock on the wall where others work on the same machine.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        return time.process_time()
    connection.ensure_connection()
    try:
        fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # the server is on another machine
        return time.process_time()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---------------------------------------------------------------- a worker


def be_a_worker(*, is_core: bool) -> None:
    """Take chunks of the runs whose ids arrive on stdin; answer each with what it cost."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from dealercrm.accounts.models import JobRun
    from lifecycle.nights import work_on

    settings.DEBUG = False  # no log of every statement in memory
    if is_core:
        leave_the_core()
    statements = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(sql, params, many, context)

    connection.ensure_connection()
    print("ready", flush=True)
    for line in sys.stdin:
        statements, before = 0, processor_seconds()
        with connection.execute_wrapper(count):
            work_on(JobRun.objects.select_related("dealership").get(pk=int(line)))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        cost = {"statements": statements, "memory": memory, "processor": processor_seconds() - before}
        print(json.dumps(cost), flush=True)


def leave_the_core() -> None:
    """Take out of the engine of this process what the SQL does not do either: RFM needs the health, so that stays."""
    from unittest.mock import patch

    from lifecycle.rules import judging
    from lifecycle.rules.occasions import RULES
    from lifecycle.rules.selling import Score

    RULES.clear()
    patch.object(judging, "next_car", lambda *_: None).start()
    patch.object(judging, "probably_sold", lambda facts, *_: Score(0, (), facts.started_on, "sale")).start()


class Workers:
    def __init__(self, number: int, *, is_core: bool) -> None:
        command = [sys.executable, __file__, "--worker", *(["--core"] if is_core else [])]
        self.processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(number)
        ]
        for process in self.processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"

    def work_on(self, run_id: int) -> list[dict[str, float]]:
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write(f"{run_id}\n")
            process.stdin.flush()
        return [json.loads(process.stdout.readline()) for process in self.processes if process.stdout]

    def go_home(self) -> None:
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


# ---------------------------------------------------------------- the measurement


class Spent(NamedTuple):
    """Seconds on the wall, and of processors: ours and the database's together."""

    wall: float
    processor: float


class Sheet:
    """Prints one line per measurement, with its ratios to the SQL of the same path."""

    def __init__(self) -> None:
        self.sql: dict[str, Spent] = {}

    def line(self, path: str, who: str, spent: Spent, judged: int, extra: str = "") -> None:
        sql = self.sql.get(path)
        ratio = ""
        if sql is not None and who != "SQL":
            ratio = f"{spent.wall / sql.wall:5.2f}x SQL, processor {spent.processor / sql.processor:5.2f}x"
        each = [f"{seconds / judged * 1e6:5.0f}" if judged else "    -" for seconds in spent]
        print(
            f"{path:13} {who:11} {spent.wall:7.2f} s {judged:9,} judged {each[0]} us each, processor {each[1]} us "
            f"{ratio:31} {extra}",
            flush=True,
        )

    def yardstick(self, path: str, judged: int, work: Callable[[], object]) -> None:
        started, before = time.perf_counter(), processor_seconds()
        work()
        self.sql[path] = Spent(time.perf_counter() - started, processor_seconds() - before)
        self.line(path, "SQL", self.sql[path], judged)


def night(
    sheet: Sheet, path: str, who: str, day: date, workers: Workers, *, is_full: bool = False, by_hand: bool = True
) -> None:
    from django.utils import timezone

    from dealercrm.accounts.models import Dealership
    from lifecycle.nights import start_night

    store = Dealership.objects.get(code="bench")
    started, before = time.perf_counter(), processor_seconds()
    run = start_night(store, on=day, now=timezone.now(), is_full=is_full, by_hand=by_hand)
    assert run is not None
    costs = workers.work_on(run.pk)
    spent = Spent(
        time.perf_counter() - started, processor_seconds() - before + sum(cost["processor"] for cost in costs)
    )
    run.refresh_from_db()
    assert run.status == "done", run.error
    chunks = max(run.chunks.count(), 1)
    extra = (
        f"{run.counts.get('standings', 0):8,} written {sum(cost['statements'] for cost in costs) / chunks:5.1f} queries"
        f" a chunk {max(cost['memory'] for cost in costs):4.0f} MB"
    )
    assert not run.counts.get("differences"), "a judgement differs without a cause"
    sheet.line(path, who, spent, run.counts["judged"] + run.counts["rechecked"], extra)


def forget() -> None:
    from django.db import connection

    from dealercrm.accounts.models import JobRun
    from lifecycle import models

    JobRun.objects.all().delete()
    kept = (models.FactSheet, models.HealthAlert, models.HealthMonth, models.JudgedBase, models.Occasion)
    with connection.cursor() as cursor:
        for model in (*kept, models.StageChange, models.StageCount, models.Standing):
            table = model._meta.db_table
            cursor.execute(f"TRUNCATE {table} CASCADE" if connection.vendor == "postgresql" else f"DELETE FROM {table}")


def new_policy() -> None:
    """A manager saves the policy: everything is judged again, from facts that are kept."""
    from django.db.models import F

    from dealercrm.accounts.models import Dealership
    from lifecycle.models import LifecyclePolicy

    LifecyclePolicy.objects.get_or_create(dealership=Dealership.objects.get(code="bench"))
    LifecyclePolicy.objects.update(version=F("version") + 1)


def due_and_changed(day: date) -> list[int]:
    """Every hundredth ownership gets a new fact; what an incremental night of this day must judge."""
    from django.db.models import F
    from django.db.models.functions import Mod

    from dealercrm.accounts.models import Dealership
    from lifecycle.evaluating import to_judge
    from lifecycle.library import Library
    from vehicles.models import Ownership

    changed = Ownership.objects.annotate(place=Mod("pk", CHANGED)).filter(place=7)
    Ownership.objects.filter(pk__in=changed.values("pk")).update(facts_version=F("facts_version") + 1)
    store = Dealership.objects.get(code="bench")
    due = to_judge(store, day, Library().versions(store.pk))
    return list(due.values_list("pk", flat=True))


def measure(engines: list[str], workers: list[int]) -> None:
    from django.db import connection

    from benchmarks import base, yardstick
    from vehicles.models import Ownership

    everybody, sheet = Ownership.objects.count(), Sheet()
    has_yardstick = connection.vendor == "postgresql"

    def beside(path: str, judged: int, work: Callable[[], object]) -> None:
        """The yardstick right before the night it is beside: what else the machine does, it does to both."""
        if has_yardstick:
            sheet.yardstick(path, judged, work)

    for what in engines:
        for number in workers:
            forget()
            crew, who = Workers(number, is_core=what == "core"), f"{what} {number}p"
            if has_yardstick:
                yardstick.prepare()
            beside("first build", everybody, lambda: yardstick.first_build(TODAY))
            night(sheet, "first build", who, TODAY, crew)
            base.settle()
            new_policy()
            beside("full", everybody, lambda: yardstick.full(TODAY))
            night(sheet, "full", who, TODAY, crew)
            beside("full, afresh", everybody, lambda: yardstick.full(TODAY))
            night(sheet, "full, afresh", who, TODAY, crew, is_full=True)
            for days, path, by_hand in ((1, "incremental", True), (2, "+ a thirtieth", False)):
                day = TODAY + timedelta(days=days)
                ids = due_and_changed(day)
                if has_yardstick:
                    yardstick.choose(ids)
                beside(path, len(ids), lambda day=day: yardstick.incremental(day))  # type: ignore[misc]
                night(sheet, path, who, day, crew, by_hand=by_hand)
            crew.go_home()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="processes that take chunks")
    parser.add_argument("--engines", nargs="+", default=["core", "complete"], choices=["core", "complete"])
    parser.add_argument("--history", type=int, default=1, help="2: every car has twice as many visits")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--core", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        be_a_worker(is_core=options.core)
        return
    prepare_database()
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import base
    from vehicles.models import Ownership, RepairOrder, RepairOrderLine

    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    base.fill(options.customers, today=TODAY, history=options.history)
    seconds = time.perf_counter() - started
    base.settle()
    rows = [f"{model.objects.count():,} {name}" for model, name in (
        (Ownership, "ownerships"), (RepairOrder, "orders"), (RepairOrderLine, "lines"))]  # fmt: skip
    print(f"{connection.vendor}: {', '.join(rows)}, made in {seconds:.0f} s; {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip
    measure(options.engines, options.workers)


if __name__ == "__main__":
    main()
