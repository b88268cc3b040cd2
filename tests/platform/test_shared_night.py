"""One night, two Celery workers, real Redis and PostgreSQL: they share its chunks, and one that dies loses none."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from dealercrm.accounts.models import Dealership, JobChunk, JobRun
from dealercrm.accounts.running import start_run
from lifecycle.models import StageChange, Standing
from lifecycle.nights import JOB, start_night, work_on
from tests.factories import make_customer, make_dealership, make_ownership, moment
from tests.platform.processes import Program, bare_environment, run

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.django_db(transaction=True)]

CARS = 6
WORKER = [sys.executable, "-m", "celery", "--app", "dealercrm", "worker", "--pool", "solo", "--without-gossip"]
SEND = """
import sys, django; django.setup()
from lifecycle.tasks import work_on_night
for _ in range(int(sys.argv[2])): work_on_night.delay(int(sys.argv[1]))
"""


def database() -> str:
    settings = connection.settings_dict
    address = f"{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
    return f"postgres://{address}/{settings['NAME']}"


@pytest.fixture
def installation(tmp_path: Path) -> dict[str, str]:
    return bare_environment(
        DATABASE_URL=database(),
        CELERY_BROKER_URL=os.environ["CELERY_BROKER_URL"],
        BROKER_KEY_PREFIX=f"shared-night-{uuid4().hex[:8]}-",
        DEALERCRM_VAR=str(tmp_path),
        DJANGO_SETTINGS_MODULE="dealercrm.settings",
        DEBUG="1",
    )


@pytest.fixture
def store(today: date) -> Dealership:
    """Six new cars that were judged when they were new; today all of them are in another stage."""
    store = make_dealership("north")
    new = today - timedelta(days=40)
    for _ in range(CARS):
        make_ownership(make_customer(store), store, started_on=new)
    first = start_night(store, on=new, now=moment(new, 3))
    assert first is not None
    work_on(first, clock=lambda: moment(new, 3))
    StageChange.objects.all().delete()
    return store


def test_two_workers_share_a_night_and_one_that_is_killed_loses_nothing(
    store: Dealership, today: date, installation: dict[str, str], tmp_path: Path
) -> None:
    cars = list(Standing.objects.order_by("pk").values_list("pk", flat=True))
    night = start_run(JOB, store, on=today, now=moment(today, 3), ranges=[(pk, pk) for pk in cars])
    assert night is not None

    def chunks(status: str) -> int:
        return night.chunks.filter(status=status).count()

    def is_stuck(worker: Program) -> bool:
        """Does the worker's connection wait for the row that we hold?"""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND cardinality(pg_blocking_pids(pid)) > 0"
            )
            return bool(cursor.fetchone()[0])

    with ExitStack() as running, psycopg.connect(database()) as other:
        other.execute("SELECT 1 FROM lifecycle_standing WHERE ownership_id = %s FOR UPDATE", [cars[0]])

        def start(name: str) -> Program:
            worker = Program([*WORKER, "--hostname", f"{name}@%h"], installation, tmp_path / f"{name}.log")
            return running.enter_context(worker)

        first = start("first")
        run([sys.executable, "-c", SEND, str(night.pk), "2"], installation)
        first.until(lambda: chunks("claimed") == 1 and is_stuck(first), "chunk held back")
        assert chunks("done") == 0, "the control: alone it would wait for us and do nothing else"
        second = start("second")
        second.until(lambda: chunks("done") == CARS - 1, "other chunks done by the second worker")
        assert chunks("claimed") == 1
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(30)
        other.rollback()
        JobChunk.objects.filter(status="claimed").update(lease_until=moment(today, 3))  # its lease runs out
        run([sys.executable, "-c", SEND, str(night.pk), "1"], installation)  # as the next sweep does
        second.until(lambda: JobRun.objects.get(pk=night.pk).status == "done", "night done")
    night.refresh_from_db()
    assert night.counts["judged"] == night.counts["moved"] == CARS
    assert StageChange.objects.count() == CARS
    assert set(Standing.objects.values_list("stage", flat=True)) == {"first_service"}
