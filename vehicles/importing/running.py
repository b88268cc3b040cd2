"""One import from its claim to its report. Every batch commits together with the cursor that says it is in."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dealercrm.accounts.running import no_garbage_collection
from dealercrm.accounts.writing import insert_many
from dealercrm.why import Why
from vehicles.exports import parent
from vehicles.exports.sources import UnreadableExportError
from vehicles.exports.spool import Spool
from vehicles.importing.accounting import Account
from vehicles.importing.claiming import LostLeaseError, fail, finish, hold
from vehicles.importing.stages import STEPS, Work
from vehicles.models import ImportRun
from vehicles.rules.profiles import Profile

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def run_import(run: ImportRun, *, now: datetime, clock: Clock = timezone.now) -> None:
    """Do a claimed import to its end. `now` is the moment the export is judged by; `clock` only times the lease.

    Goes on after the last committed batch where an earlier worker died. What fails is told on the run.
    """
    try:
        spool = _spool(run, now, clock)
        try:
            _take(run, spool, now, clock)
        finally:
            spool.close()
        finish(run, now=clock())
    except UnreadableExportError as error:
        fail(run, error.why, now=clock())
    except LostLeaseError:
        log.warning("import %s: another worker took it over", run.pk)
        return
    except Exception as error:
        fail(run, Why("import.failed", {"kind": type(error).__name__}), now=clock())
        raise
    if not run.is_dry_run:
        clear_away(run)


def folder_of(run: ImportRun) -> Path:
    """Where an import keeps its upload and its spool; only this machine's workers read it."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(run.pk)


def clear_away(run: ImportRun) -> None:
    """Customers' data does not lie around after it was taken: the upload and the spool go, the account stays."""
    shutil.rmtree(folder_of(run), ignore_errors=True)


def _spool(run: ImportRun, now: datetime, clock: Clock) -> Spool:
    """The spool of this export under this mapping, read now or by an earlier attempt."""
    if run.profile is None:
        raise UnreadableExportError(Why("import.no_profile"))
    today = run.dealership.today(now)
    reading = json.dumps([run.profile.mapping, run.content_digest, today.isoformat()], sort_keys=True)
    name = hashlib.sha256(reading.encode()).hexdigest()[:16]
    path = folder_of(run) / f"{name}.spool"
    if (run.cursor.get("spool") and run.cursor["spool"] != name) or not path.exists():
        # Another mapping or another day reads other rows: batches that are in stay, and count as unchanged now.
        hold(run, now=clock(), cursor={}, counts={})
        run.rejects.all().delete()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        parent.spool(
            Path(run.path), path, run.profile.mapping, country=run.dealership.country, today=today,
            progress=lambda rows: hold(run, now=clock(), progress={"step": "reading", "done": rows}),
        )  # fmt: skip
    run.cursor.setdefault("spool", name)
    return Spool(path)


def _take(run: ImportRun, spool: Spool, now: datetime, clock: Clock) -> None:
    assert run.profile is not None
    profile = Profile.from_mapping(run.profile.mapping)
    account = Account(run, profile)
    account.open(spool.files())
    if not any(one["kind"] for one in account.counts.values()):
        raise UnreadableExportError(Why("import.nothing_recognised"))
    work = Work(spool, profile, run.dealership, run.profile.source, account, now, run.is_dry_run)
    total = spool.total()
    names = list(STEPS)
    for name in names[names.index(run.cursor.get("step", names[0])) :]:
        after = run.cursor.get("after") if run.cursor.get("step") == name else None
        while True:
            after = _batch(run, work, name, after, total, clock)
            if after is None:
                break


def _batch(run: ImportRun, work: Work, step: str, after: object, total: int, clock: Clock) -> object:
    """One batch with its account and cursor: all of it or nothing. Returns where the next one begins."""
    account = work.account
    kept = json.loads(json.dumps(account.counts))
    try:
        with no_garbage_collection(), transaction.atomic():
            hold(run, now=clock())  # takes the run's row: who lost the lease stops before writing anything
            following = STEPS[step](work, after)
            if run.is_dry_run:
                transaction.set_rollback(True)
            else:
                _write_account(run, work, step, following, total, clock)
        if run.is_dry_run:
            with transaction.atomic():
                _write_account(run, work, step, following, total, clock)
    except BaseException:
        account.counts, account.rejects = kept, []
        raise
    account.rejects = []
    return following


def _write_account(run: ImportRun, work: Work, step: str, following: object, total: int, clock: Clock) -> None:
    insert_many(work.account.rejects)
    names = list(STEPS)
    done = {"step": step, "after": following}
    if following is None:
        done = {"step": names[min(names.index(step) + 1, len(names) - 1)], "after": None}
    hold(
        run,
        now=clock(),
        cursor={"spool": run.cursor.get("spool"), **done},
        counts=work.account.counts,
        progress={"step": step, "done": work.account.done(), "total": total},
    )
