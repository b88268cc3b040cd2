"""How the nights of a store are: ok, running, late, failed, or never run. Read from the run rows only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, Heartbeat, JobChunk, JobRun, Role, User

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
    "moved_late": _("late rows of merged customers moved"),
    "duplicates_new": _("possible duplicates found"),
    "duplicates_open": _("possible duplicates to decide"),
    "related_new": _("related parties found"),
    "related_open": _("related parties to decide"),
    "rechecked": _("checked again"),
    "differences": _("differences found"),
    "other_versions": _("chunks judged by newer numbers"),
    "points_earned": _("points earned"),
    "points_spent": _("points spent"),
    "points_expired": _("points expired"),
    "points_adjusted": _("points adjusted"),
    "points_taken_back": _("points taken back"),
    "points_given_back": _("points given back"),
    "accounts": _("customers drawn for the loyalty programme"),
    "referrals_met": _("recommended people who have come"),
    "credits": _("entries of the monthly sheet"),
    "held_back": _("waiting for a manager's word"),
}
DUE_BY = time(6, 0)  # nights begin after 02:00 of the store; calls begin at 09:00
STUCK_AFTER = timedelta(hours=2)
LOOK_BACK = timedelta(days=40)
LOUD = frozenset({"late", "failed"})


def counts_in_words(run: JobRun) -> list[tuple[Promise | str, int]]:
    """The counts of a run with their words; only numbers above zero."""
    return [(COUNTS.get(name, name.replace("_", " ")), n) for name, n in run.counts.items() if isinstance(n, int) and n]


@dataclass(frozen=True, slots=True)
class Progress:
    """Chunks of a run: how many are done, of how many."""

    done: int = 0
    total: int = 0

    @property
    def share(self) -> float | None:
        return self.done / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Night:
    """The last word on one nightly job of one store: `run` decides it, `last_done` is what screens show."""

    dealership: Dealership
    job: str
    state: str  # ok, running, late, failed, never
    run: JobRun | None
    last_done: JobRun | None
    owed_on: date

    @property
    def label(self) -> Promise | str:
        return NIGHTLY.get(self.job, self.job)

    @property
    def differences(self) -> int:
        """Rows which the rotating check judged to be other than they stood: a rule that missed its day."""
        return differences_of(self.last_done) if self.last_done else 0

    @property
    def held_back(self) -> int:
        """Contacts that nobody gets until a manager has confirmed them: more than a day may have without a question."""
        held = self.last_done.counts.get("held_back", 0) if self.last_done else 0
        return held if isinstance(held, int) else 0

    @property
    def is_loud(self) -> bool:
        return self.state in LOUD or self.differences > 0 or self.held_back > 0

    @property
    def is_bad(self) -> bool:
        return self.is_loud or self.state == "never"

    def age(self, now: datetime) -> timedelta | None:
        """How old are the tables that this job writes? None where it has never been done."""
        return now - self.last_done.finished_at if self.last_done and self.last_done.finished_at else None


def differences_of(run: JobRun) -> int:
    found = run.counts.get("differences", 0)
    return found if isinstance(found, int) else 0


def nights_of(stores: Iterable[Dealership], now: datetime, jobs: Iterable[str] = NIGHTLY) -> list[Night]:
    """One row per store and nightly job. One query."""
    stores, jobs = list(stores), list(jobs)
    runs: dict[tuple[int, str], list[JobRun]] = defaultdict(list)
    recent = JobRun.objects.filter(dealership__in=stores, job__in=jobs, logical_on__gte=(now - LOOK_BACK).date())
    for run in recent.order_by("logical_on", "sequence"):
        runs[run.dealership_id, run.job].append(run)
    return [night_of(store, job, runs[store.pk, job], now) for store in stores for job in jobs]


def night_of(store: Dealership, job: str, runs: list[JobRun], now: datetime) -> Night:
    """What the runs of one job say together, in the order of their dates and numbers.

    A run by hand counts like one of the night: it mends a failed night of its date. One for a date
    that is past, or still to come, says nothing about today.
    """
    local = now.astimezone(store.zone)
    owed_on = local.date() if local.time() >= DUE_BY else local.date() - timedelta(days=1)
    told = [run for run in runs if run.logical_on <= local.date()]
    done = [run for run in told if run.status == JobRun.Status.DONE]
    running = [run for run in told if run.status == JobRun.Status.RUNNING]
    run = running[-1] if running else told[-1] if told else None
    return Night(store, job, _state(run, owed_on, now), run, done[-1] if done else None, owed_on)


def _state(run: JobRun | None, owed_on: date, now: datetime) -> str:
    """A run of yesterday is fine until this morning's hour has passed; a run that hangs is late."""
    if run is None:
        return "never"
    if run.status == JobRun.Status.RUNNING:
        return "running" if now - run.started_at < STUCK_AFTER else "late"
    if run.status == JobRun.Status.FAILED:
        return "failed"
    return "ok" if run.logical_on >= owed_on else "late"


def progress_of(runs: Iterable[JobRun]) -> dict[int, Progress]:
    """Chunks of each run by its id. One query."""
    rows = JobChunk.objects.filter(run__in=[run.pk for run in runs]).order_by().values("run")
    counted = rows.annotate(total=Count("pk"), done=Count("pk", filter=Q(status=JobChunk.Status.DONE)))
    return {row["run"]: Progress(row["done"], row["total"]) for row in counted}


def read_by(user: User, stores: Iterable[Dealership]) -> list[Dealership]:
    """Of these stores, those whose nights the user may look at: where they manage or administer."""
    return [store for store in stores if user.role_at(store) in {Role.MANAGER, Role.ADMINISTRATOR}]


@dataclass(frozen=True, slots=True)
class Alarm:
    """What stands above every page of those who can do something about it."""

    nights: list[Night]
    silent_since: datetime | None

    @property
    def first(self) -> Night | None:
        return self.nights[0] if self.nights else None

    @property
    def is_stale(self) -> bool:
        """Stages and lists may be older than they look; contacts that wait for a word alone make nothing old."""
        return any(night.state in LOUD or night.differences for night in self.nights)


def alarm_of(stores: Iterable[Dealership], now: datetime) -> Alarm | None:
    """The loud nights of these stores, and since when background work stands still; None where all is well.

    An installation in which background work was never started is being set up: it is not loud. Two queries.
    """
    loud = [night for night in nights_of(stores, now) if night.is_loud]
    silent_since = Heartbeat.silent_since("jobs", now=now)
    return Alarm(loud, silent_since) if loud or silent_since else None
