from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealercrm.accounts.models import Dealership, JobRun
from vehicles.loyalty_nights import post, start_posting
from vehicles.models import LoyaltyPolicy


class Command(BaseCommand):
    help = "Post the points of every store whose loyalty programme is on; what is posted already stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        for store in Dealership.objects.active().order_by("pk"):
            if not LoyaltyPolicy.of(store).values().is_on:
                self.stdout.write(f"{store.code}: the programme is off")
                continue
            run = start_posting(store, now=timezone.now(), by_hand=True)
            assert run is not None  # a run by hand never collides
            post(run)
            run.refresh_from_db()
            if run.status != JobRun.Status.DONE:
                raise CommandError(f"{store.code}: not finished: {run.error or run.status}")
            counts = ", ".join(f"{name} {number}" for name, number in sorted(run.counts.items())) or "nothing new"
            self.stdout.write(f"{store.code}: {counts}")
