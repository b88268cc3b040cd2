from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from campaigns.loading import Store
from campaigns.previewing import what_if
from campaigns.running import plan_store
from dealercrm.accounts.models import Dealership, JobRun


class Command(BaseCommand):
    help = "Turn the occasions of the day into decisions and contact tasks. Doing it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, help="the store's day to plan (default: its today)")
        parser.add_argument("--dealership", metavar="CODE", help="only this store")
        parser.add_argument("--what-if", action="store_true", help="say what planning would do, and write nothing")

    def handle(self, *args: Any, dealership: str | None, **options: Any) -> None:
        now = timezone.now()
        stores = Dealership.objects.active()
        if dealership:
            stores = stores.filter(code=dealership)
            if not stores:
                raise CommandError(f"No active store has the code {dealership!r}.")
        for store in stores:
            if options["what_if"]:
                self.stdout.write(_foreseen(store, options["date"] or store.today(now), now))
                continue
            run = plan_store(store, on=options["date"] or store.today(now), now=now, by_hand=True)
            assert run is not None  # a run by hand never collides
            run.refresh_from_db()
            if run.status == JobRun.Status.FAILED:
                raise CommandError(f"{store.code} {run.logical_on}: {run.error}")
            told = ", ".join(f"{name} {count}" for name, count in sorted(run.counts.items())) or "nothing to do"
            self.stdout.write(f"{store.code} {run.logical_on}: {told}")


def _foreseen(store: Dealership, on: date, now: datetime) -> str:
    """The same counts as those of a run, of a day that nobody planned."""
    day = what_if(Store.load(store, now, today=on), now=now)
    counts = Counter(item.ruling.verdict for item in day.decided)
    counts["planned"] = len(day.on_the_list)
    counts["overtaken"] = len(day.overtaken)
    counts["held_back"] = len(day.settled.held)
    told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count) or "nothing to do"
    return f"{store.code} {on}, what if: {told}"
