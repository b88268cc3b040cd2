from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns.crediting import start_crediting, work
from dealercrm.accounts.models import Dealership, JobRun


class Command(BaseCommand):
    help = (
        "Credit the visits that booked calls brought to operators and advisors, or say why not; twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, help="the store's day to judge (default: its today)")
        parser.add_argument("--dealership", metavar="CODE", help="only this store")
        parser.add_argument("--full", action="store_true", help="every booking, answer and review there ever was")

    def handle(self, *args: Any, dealership: str | None, **options: Any) -> None:
        now = timezone.now()
        stores = Dealership.objects.active()
        if dealership:
            stores = stores.filter(code=dealership)
            if not stores:
                raise CommandError(f"No active store has the code {dealership!r}.")
        for store in stores:
            on = options["date"] or store.today(now)
            run = start_crediting(store, on=on, now=now, is_full=options["full"], by_hand=True)
            assert run is not None  # a run by hand never collides
            work(run)
            run.refresh_from_db()
            if run.status == JobRun.Status.FAILED:
                raise CommandError(f"{store.code} {run.logical_on}: {run.error}")
            told = ", ".join(f"{name} {count}" for name, count in sorted(run.counts.items())) or "nothing to do"
            self.stdout.write(f"{store.code} {run.logical_on}: {told}")
