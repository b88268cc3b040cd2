"""How the nights of a store are: ok, running, late, failed, or never run. Read from the run rows only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, JobRun

# Jobs that every store runs once per local date. Names only: the rooms above own the work.
NIGHTLY: dict[str, Promise] = {
    "lifecycle": _("Stages and occasions"),
    "plan_contacts": _("Planning of contacts"),
}
# What the jobs count, in words; a count without words is shown by its own name.
COUNTS: dict[str, Promise] = {
    "judged": _("judged"),
    "standings": _("standings written"),
    "moved": _("moved to another stage"),
    "opened": _("occasions opened"),
    "updated": _("occasions updated"),
    "served": _("occasions served"),
    "expired": _("expired"),
    "obsolete": _("obsolete"),
    "withdrawn": _("withdrawn"),
    "decisions": _("decisions changed"),
    "contact": _("to contact"),
    "wait": _("to wait"),
    "never": _("not at all"),
    "planned": _("contacts planned"),
    "customers": _("customers"),
    "vehicles": _("vehicles"),
    "duplicates_new": _("possible duplicates found"),
    "duplicates_open": _("possible duplicates to decide"),
    "related_new": _("related parties found"),
    "related_open": _("related parties to decide"),
}
DUE_BY = time(6, 0)  # nights begin after 02:00 of the store; calls begin at 09:00
STUCK_AFTER = timedelta(hours=2)


def counts_in_words(run: JobRun) -> list[tuple[Promise | str, int]]:
    """The counts of a run with their words; only numbers above zero."""
    return [(COUNTS.get(name, name.replace("_", " ")), n) for name, n in run.counts.items() if isinstance(n, int) and n]


@dataclass(frozen=True, slots=True)
class Night:
    """The last word on one nightly job of one store."""

    dealership: Dealership
    job: str
    run: JobRun | None
    state: str  # ok, running, late, failed, never

    @property
    def label(self) -> Promise | str:
        return NIGHTLY.get(self.job, self.job)

    @property
    def is_bad(self) -> bool:
        return self.state in {"late", "failed", "never"}


def nights_of(stores: Iterable[Dealership], now: datetime) -> list[Night]:
    """One row per store and nightly job. One query."""
    stores = list(stores)
    latest: dict[tuple[int, str], JobRun] = {}
    recent = JobRun.objects.filter(
        dealership__in=stores, job__in=NIGHTLY, logical_on__gte=(now - timedelta(days=40)).date()
    )
    for run in recent.order_by("started_at", "pk"):
        latest[run.dealership_id, run.job] = run
    lasts = [(store, job, latest.get((store.pk, job))) for store in stores for job in NIGHTLY]
    return [Night(store, job, last, state_of(last, store, now)) for store, job, last in lasts]


def state_of(run: JobRun | None, store: Dealership, now: datetime) -> str:
    """A run of yesterday is fine until this morning's hour has passed; a run that hangs is late."""
    if run is None:
        return "never"
    if run.status == JobRun.Status.RUNNING:
        return "running" if now - run.started_at < STUCK_AFTER else "late"
    if run.status == JobRun.Status.FAILED:
        return "failed"
    local = now.astimezone(store.zone)
    owed = local.date() if local.time() >= DUE_BY else local.date() - timedelta(days=1)
    return "ok" if run.logical_on >= owed else "late"
