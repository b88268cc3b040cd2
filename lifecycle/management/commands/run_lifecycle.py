from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.accounts.running import resume_run
from lifecycle.nights import JOB, start_night, work_on


class Command(BaseCommand):
    help = "Judge stages and occasions: what is due or changed, or with --full every ownership."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, help="local date to judge as of; today if not given")
        parser.add_argument("--dealership", metavar="CODE", help="only this store; every active store if not given")
        parser.add_argument("--full", action="store_true", help="judge every ownership from its own rows")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = Dealership.objects.active()
        if options["dealership"]:
            stores = stores.filter(code=options["dealership"])
            if not stores:
                known = ", ".join(Dealership.objects.active().values_list("code", flat=True))
                raise CommandError(f"No active dealership has the code {options['dealership']!r}; known: {known}.")
        for store in stores:
            self.run_store(store, options["date"], is_full=options["full"])

    def run_store(self, store: Dealership, day: date | None, *, is_full: bool) -> None:
        now = timezone.now()
        on = day or store.today(now)
        run = unfinished(store, on)
        if run is not None:
            self.stderr.write(f"{store.code}: taking up run #{run.sequence} of {run.logical_on} where it stopped")
            self.work(store, run)
            if run.logical_on == on and bool(run.options.get("full")) >= is_full:
                return
        run = start_night(store, on=on, now=now, is_full=is_full) if on == store.today(now) else None
        run = run or start_night(store, on=on, now=now, is_full=is_full, by_hand=True)
        if run is not None:
            self.work(store, run)

    def work(self, store: Dealership, run: JobRun) -> None:
        work_on(run)
        run.refresh_from_db()
        if run.status == JobRun.Status.FAILED:
            raise CommandError(f"{store.code} {run.logical_on}: failed: {run.error}")
        if run.status == JobRun.Status.RUNNING:
            self.stdout.write(
                f"{store.code} {run.logical_on}: other workers hold the last chunks of run #{run.sequence}"
            )
            return
        seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0
        counts = ", ".join(f"{name} {number}" for name, number in sorted(run.counts.items()) if number)
        self.stdout.write(f"{store.code} {run.logical_on}: {counts or 'nothing was due'} ({seconds:.1f} s)")


def unfinished(store: Dealership, on: date) -> JobRun | None:
    """A run that was killed or has failed on this date or before, taken up again; None where all is done."""
    runs = JobRun.objects.filter(job=JOB, dealership=store, logical_on__lte=on).select_related("dealership")
    run = runs.filter(status=JobRun.Status.RUNNING).first()
    if run is not None:
        return run
    last = runs.order_by("-logical_on", "-sequence").first()
    return last if last is not None and resume_run(last) else None
