from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealercrm.accounts.models import Dealership, JobRun
from vehicles.duplicates import look, start_looking


class Command(BaseCommand):
    help = "Look through all customers for people filed twice and people who belong together; suggests, merges nobody."

    def handle(self, *args: Any, **options: Any) -> None:
        store = Dealership.objects.active().order_by("pk").first()
        if store is None:
            raise CommandError("There is no active dealership yet.")
        run = start_looking(store, now=timezone.now(), by_hand=True)
        assert run is not None  # a run by hand never collides
        look(run)
        run.refresh_from_db()
        if run.status != JobRun.Status.DONE:
            raise CommandError(f"Not finished: {run.error or run.status}")
        counts = ", ".join(f"{name} {number}" for name, number in sorted(run.counts.items()))
        seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0
        self.stdout.write(f"{counts} ({seconds:.1f} s)")
