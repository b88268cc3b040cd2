from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lifecycle.calibrating import MOST, calibrate
from vehicles.models import Ownership


class Command(BaseCommand):
    help = "Estimate the population-wide numbers from the base and keep those that forecast better than the old ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, help="facts up to this day; today without it")
        parser.add_argument("--sample", type=int, default=MOST, help="at most about so many ownerships")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Ownership.objects.exists():
            raise CommandError("There is no ownership yet to learn from.")
        row = calibrate(options["date"] or timezone.localdate(), sample=options["sample"])
        if row is None:
            raise CommandError("Another calibration was stored meanwhile.")
        self.stdout.write(f"version {row.version}: {'kept' if row.is_kept else 'refused'}")
        for name, part in row.quality.items():
            if isinstance(part, dict):
                said = f"{name}: {'kept' if part.get('kept') else 'as before'}"
                if "new" in part and "auc" in part["new"]:
                    said += f", AUC {part['new']['auc']:.3f} (before {part['old']['auc']:.3f})"
                self.stdout.write(said)
