"""How fast occasions become decisions and tasks: the first plan of a store, and the same day again.

    python benchmarks/planning.py [--customers 20000] [--profile]

Uses the database of DATABASE_URL with `_bench` added to its name (dropped and made anew), or without
one a throwaway SQLite file. One process; the base is that of benchmarks/base.py, judged once.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.night import TODAY, prepare_database  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true", help="print where the time of a plan goes")
    options = parser.parse_args()
    prepare_database()
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import base
    from dealercrm.accounts.models import Dealership
    from lifecycle.models import Occasion
    from lifecycle.nights import start_night, work_on

    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    base.fill(options.customers, today=TODAY)
    base.settle()
    store = Dealership.objects.get(code="bench")
    now = datetime.combine(TODAY, datetime.min.time(), store.zone) + timedelta(hours=3)
    run = start_night(store, on=TODAY, now=now)
    assert run is not None
    work_on(run)
    base.settle()
    offered = Occasion.objects.on_offer(TODAY).count()
    print(f"{connection.vendor}: {options.customers:,} customers, {offered:,} occasions on offer")
    with profiled(options.profile):
        plan("first plan", store, TODAY, now)
    with profiled(options.profile):
        plan("same again", store, TODAY, now + timedelta(minutes=5), by_hand=True)
    plan("next day", store, TODAY + timedelta(days=1), now + timedelta(days=1))


@contextmanager
def profiled(is_wanted: bool) -> Iterator[None]:
    """Print which functions the time of the block goes into."""
    profile = cProfile.Profile()
    if is_wanted:
        profile.enable()
    yield
    if is_wanted:
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def plan(what: str, store: object, on: object, now: datetime, *, by_hand: bool = False) -> None:
    from campaigns.running import plan_store
    from lifecycle.models import Occasion

    started, cpu = time.perf_counter(), time.process_time()
    run = plan_store(store, on=on, now=now, by_hand=by_hand, clock=lambda: now)  # type: ignore[arg-type]
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    assert run is not None
    assert run.status == "done", run.error
    asked = Occasion.objects.on_offer(on).count()  # type: ignore[arg-type]
    decided = sum(run.counts.get(verdict, 0) for verdict in ("contact", "wait", "never"))
    print(
        f"{what:11} {seconds:6.1f} s ({cpu:.1f} s in Python)  {asked / seconds:8,.0f} occasions/s "
        f"{decided:8,} decided {run.counts.get('decisions', 0):8,} written {run.counts.get('planned', 0):8,} tasks",
        flush=True,
    )


if __name__ == "__main__":
    main()
