"""Who works on an import: a conditional UPDATE with a lease and an epoch; a store runs one import at a time.

A worker that dies leaves its lease to run out; the next one goes on after the last batch that was
committed. One that only seemed dead finds another epoch and is refused with its batch.
"""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction

from dealercrm.why import Why
from vehicles.models import ImportRun

LEASE = timedelta(seconds=90)
Status = ImportRun.Status


class LostLeaseError(Exception):
    """Another worker took the import over: this one must not write any more."""


def claim(run: ImportRun, *, now: datetime) -> Why | None:
    """Take the import to work on it; a reason where that is not possible now. `run` is refreshed."""
    _release_the_dead(run.dealership_id, now=now)
    free = models.Q(status__in=[Status.UPLOADED, Status.QUEUED]) | models.Q(status=Status.RUNNING, lease_until__lt=now)
    fields: dict[str, Any] = {
        "status": Status.RUNNING, "epoch": models.F("epoch") + 1, "lease_until": now + LEASE, "worker": this_worker(),
    }  # fmt: skip
    _set_aside_the_dead(run, now=now)
    try:
        with transaction.atomic():
            taken = ImportRun.objects.filter(free, pk=run.pk).update(
                **fields, started_at=models.functions.Coalesce("started_at", now), error={}
            )
    except IntegrityError:  # a_store_runs_one_import_at_a_time
        return Why("import.another_runs")
    run.refresh_from_db()
    return None if taken else Why("import.another_runs")


def this_worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:120]


def _release_the_dead(dealership_id: int, *, now: datetime) -> None:
    """A worker of this machine whose process is gone (killed, power cut) is not waited for: its lease is over."""
    running = ImportRun.objects.filter(dealership=dealership_id, status=Status.RUNNING, lease_until__gte=now)
    for pk, epoch, worker in running.values_list("pk", "epoch", "worker"):
        host, _, process = worker.rpartition(":")
        if host == socket.gethostname()[:110] and process.isdigit() and not _is_alive(int(process)):
            ended = now - timedelta(seconds=1)
            ImportRun.objects.filter(pk=pk, epoch=epoch, worker=worker).update(lease_until=ended)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _set_aside_the_dead(run: ImportRun, *, now: datetime) -> None:
    """Another import of the store whose worker died keeps no one waiting; it can be taken up again later."""
    if run.is_dry_run:
        return
    others = ImportRun.objects.filter(dealership=run.dealership_id, is_dry_run=False).exclude(pk=run.pk)
    others.filter(status=Status.RUNNING, lease_until__lt=now).update(
        status=Status.FAILED, error=Why("import.interrupted").as_json(), finished_at=now
    )


def hold(run: ImportRun, *, now: datetime, **fields: Any) -> None:
    """Say that we still work on it, together with `fields`; LostLeaseError where another worker took it."""
    held = ImportRun.objects.filter(pk=run.pk, epoch=run.epoch, status=Status.RUNNING)
    if not held.update(lease_until=now + LEASE, **fields):
        raise LostLeaseError
    for name, value in fields.items():
        setattr(run, name, value)


def finish(run: ImportRun, *, now: datetime) -> None:
    """The last batch is in. A dry run of an upload waits for the administrator's word; anything else is done."""
    fields: dict[str, Any] = {"finished_at": now}
    if run.is_dry_run:
        fields["planned"] = run.counts
    hold(run, now=now, status=Status.DONE, **fields)
    run.status = Status.DONE


def fail(run: ImportRun, why: Why, *, now: datetime) -> None:
    held = ImportRun.objects.filter(pk=run.pk, epoch=run.epoch, status=Status.RUNNING)
    if held.update(status=Status.FAILED, error=why.as_json(), finished_at=now, lease_until=None):
        run.refresh_from_db()


def start_again(run: ImportRun, *, is_dry_run: bool) -> bool:
    """Queue an upload from the start: as a dry run, or for good after one. False while it is being worked on."""
    with transaction.atomic():
        waiting = ImportRun.objects.filter(pk=run.pk).exclude(status__in=ImportRun.ACTIVE)
        queued = waiting.update(
            status=Status.QUEUED, is_dry_run=is_dry_run, cursor={}, counts={}, progress={}, error={},
            started_at=None, finished_at=None, lease_until=None,
        )  # fmt: skip
        if queued:
            run.rejects.all().delete()
            run.refresh_from_db()
    return bool(queued)


def go_on(run: ImportRun) -> bool:
    """Queue a failed import again where it stopped; its cursor and account stay."""
    queued = ImportRun.objects.filter(pk=run.pk, status=Status.FAILED).exclude(path="")
    return bool(queued.update(status=Status.QUEUED, error={}, finished_at=None, lease_until=None))
