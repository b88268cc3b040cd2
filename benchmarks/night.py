"""How long a night takes: the first build, a full run, the next day and a quiet repeat.

    python benchmarks/night.py [--vehicles 20000] [--workers 1]

Uses the database of DATABASE_URL with `_bench` added to its name (dropped and made anew), or without
one a throwaway SQLite file. Prints seconds, ownerships a second, queries per chunk and peak memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def prepare_database() -> None:
    """Point the settings at a database that may be thrown away."""
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


class Meter:
    """Counts statements of this process while a night runs."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        return execute(sql, params, many, context)


def night(label: str, day: Any, workers: int, *, is_full: bool) -> None:
    from django.db import connection
    from django.utils import timezone

    from dealercrm.accounts.models import Dealership
    from lifecycle.nights import start_night, work_on

    meter, started = Meter(), time.perf_counter()
    judged = chunks = written = 0
    with connection.execute_wrapper(meter):
        for store in Dealership.objects.active():
            run = start_night(store, on=day, now=timezone.now(), is_full=is_full, by_hand=True)
            assert run is not None
            code = f"import django; django.setup(); from lifecycle.tasks import work_on_night; work_on_night({run.pk})"
            others = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) for _ in range(workers - 1)]
            work_on(run)
            for other in others:
                assert other.wait() == 0
            run.refresh_from_db()
            assert run.status == "done", run.error
            judged += run.counts.get("judged", 0)
            written += run.counts.get("standings", 0)
            chunks += run.chunks.count()
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    per_chunk = f"{meter.statements / chunks:5.1f} queries a chunk" if workers == 1 and chunks else ""
    print(
        f"{label:12} {seconds:7.1f} s {judged:8,} judged {written:8,} written {judged / seconds:9,.0f} a second"
        f" {memory:5} MB {per_chunk}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vehicles", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1, help="processes that take chunks")
    options = parser.parse_args()
    prepare_database()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealercrm.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.utils import timezone

    from lifecycle.models import Occasion, StageChange, Standing
    from vehicles.models import Ownership

    settings.DEBUG = False  # no log of every statement in memory
    for command in (["migrate", "-v0"], ["seed_demo", "--vehicles", str(options.vehicles)]):
        # In processes of their own, so that the memory measured here is that of the nights.
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    for model in (Occasion, StageChange, Standing):  # the demo comes judged
        model.objects.all().delete()
    today = timezone.now().date()
    print(f"{connection.vendor}, {Ownership.objects.count():,} ownerships, {options.workers} workers", flush=True)
    night("first build", today, options.workers, is_full=False)
    night("full", today, options.workers, is_full=True)
    night("next day", today + timedelta(days=1), options.workers, is_full=False)
    night("again", today + timedelta(days=1), options.workers, is_full=False)


if __name__ == "__main__":
    main()
