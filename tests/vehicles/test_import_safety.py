"""An import may die at any moment and anybody may start a second one: nothing is doubled, nothing half-way."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from customers.models import ConsentEvent, ContactPoint, Customer
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import insert_many
from tests.factories import make_dealership
from tests.vehicles import exports
from vehicles.importing import LostLeaseError, claim, run_import, running
from vehicles.importing.claiming import hold
from vehicles.models import (
    Cover,
    ImportProfile,
    ImportReject,
    ImportRun,
    OdometerReading,
    Ownership,
    RepairOrder,
    RepairOrderLine,
    Vehicle,
)

FACTS = (Customer, ContactPoint, ConsentEvent, Vehicle, Ownership, RepairOrder, RepairOrderLine, OdometerReading, Cover)


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def started(north: Dealership, tmp_path: Path) -> Callable[[], ImportRun]:
    path = exports.write(tmp_path / "export")

    def start() -> ImportRun:
        return ImportRun.objects.create(
            dealership=north, profile=ImportProfile.objects.get(code="1c"), name="export", path=str(path),
            status=ImportRun.Status.QUEUED,
        )  # fmt: skip

    return start


def state() -> dict[str, Any]:
    """Everything an import leaves behind, without keys and times."""
    run = ImportRun.objects.latest("pk")
    return {
        "sizes": [model._default_manager.count() for model in FACTS],
        "counts": run.counts,
        "rejects": sorted(ImportReject.objects.filter(run=run).values_list("file", "line", "field")),
        "versions": sorted(Ownership.objects.values_list("started_on", "facts_version")),
    }


def run_with_deaths(run: ImportRun, deaths: list[int], monkeypatch: pytest.MonkeyPatch) -> int:
    """Do the import; it dies where the n-th account was written and not yet committed, and is taken up again."""
    write, calls, died = running._write_account, 0, 0

    def write_and_die(*args: Any, **kwargs: Any) -> None:
        nonlocal calls, died
        calls += 1
        if calls in deaths:
            insert_many(args[1].account.rejects)
            died += 1
            raise Killed
        write(*args, **kwargs)

    monkeypatch.setattr(running, "_write_account", write_and_die)
    while True:
        now = timezone.now()
        ImportRun.objects.filter(pk=run.pk).update(lease_until=now - timedelta(seconds=1))
        assert claim(run, now=now) is None
        with contextlib.suppress(Killed):
            run_import(run, now=now)
            return died


def test_an_import_that_dies_and_goes_on_leaves_what_an_undisturbed_one_leaves(
    started: Callable[[], ImportRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.suppress(Killed), transaction.atomic():
        run_with_deaths(started(), [], monkeypatch)
        undisturbed = state()
        raise Killed  # everything back
    assert run_with_deaths(started(), [1, 3, 5, 8, 13], monkeypatch) == 5
    assert state() == undisturbed


def test_control_without_one_transaction_for_batch_and_cursor_the_account_is_doubled(
    started: Callable[[], ImportRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoTransaction:
        atomic = staticmethod(contextlib.nullcontext)
        set_rollback = staticmethod(lambda value: None)

    monkeypatch.setattr(running, "transaction", NoTransaction)
    run_with_deaths(started(), [1], monkeypatch)
    found = list(ImportReject.objects.values_list("file", "line", "field"))
    assert len(found) > len(set(found))


def test_a_worker_that_only_seemed_dead_is_refused_with_its_batch(started: Callable[[], ImportRun]) -> None:
    now = timezone.now()
    slow = started()
    assert claim(slow, now=now) is None
    quick = ImportRun.objects.get(pk=slow.pk)
    assert claim(quick, now=now + timedelta(minutes=2)) is None
    with pytest.raises(LostLeaseError):
        hold(slow, now=now + timedelta(minutes=2))
    hold(quick, now=now + timedelta(minutes=2))


def test_a_run_that_is_worked_on_cannot_be_claimed_twice(started: Callable[[], ImportRun]) -> None:
    now = timezone.now()
    run = started()
    assert claim(run, now=now) is None
    why = claim(ImportRun.objects.get(pk=run.pk), now=now)
    assert why is not None
    assert why.code == "import.another_runs"


def test_a_dead_process_of_this_machine_is_not_waited_for(started: Callable[[], ImportRun]) -> None:
    now = timezone.now()
    run = started()
    assert claim(run, now=now) is None
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    host = run.worker.rpartition(":")[0]
    ImportRun.objects.filter(pk=run.pk).update(worker=f"{host}:{int(child.stdout)}")
    assert claim(ImportRun.objects.get(pk=run.pk), now=now) is None


def together(*works: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(one, work) for work in works]]


def two_runs(store: Dealership) -> list[ImportRun]:
    return [ImportRun.objects.create(dealership=store, name=name, path=name, status="queued") for name in "ab"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_once_one_wins_and_the_other_is_told() -> None:
    store = make_dealership("north")
    now = timezone.now()
    runs = two_runs(store)
    answers = together(*(lambda run=run: claim(run, now=now) for run in runs))
    assert sorted(answer.code if answer else "" for answer in answers) == ["", "import.another_runs"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_both_would_run() -> None:
    store = make_dealership("north")
    now = timezone.now()
    runs = two_runs(store)
    [constraint] = [one for one in ImportRun._meta.constraints if one.name == "a_store_runs_one_import_at_a_time"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(ImportRun, constraint)
    try:
        assert together(*(lambda run=run: claim(run, now=now) for run in runs)) == [None, None]
    finally:
        ImportRun.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(ImportRun, constraint)
