from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealercrm.demo.exporting import export
from dealercrm.demo.world.brands import STORES


class Command(BaseCommand):
    help = "Write the demo world as the export of a 1C-based DMS: one folder a store, to try imports with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, help="an empty or new folder")
        parser.add_argument("--vehicles", type=int, default=2000, help="cars in the base; 10,000 make about 17 MB")
        parser.add_argument("--seed", type=int, default=1, help="the same seed as seed_demo gives the same world")
        parser.add_argument("--today", type=date.fromisoformat, help="the last day of the history, YYYY-MM-DD")

    def handle(self, *args: Any, directory: Path, **options: Any) -> None:
        if directory.exists() and any(directory.iterdir()):
            raise CommandError(f"{directory} is not empty. Nothing was written.")
        today = options["today"] or timezone.now().astimezone(ZoneInfo(STORES[0].time_zone)).date()
        done = export(directory, vehicles=options["vehicles"], seed=options["seed"], today=today)
        for name, rows in done.rows.items():
            self.stdout.write(f"{rows:>9,} {name}")
        folders = ", ".join(str(directory / store.code) for store in STORES)
        self.stdout.write(f"{done.bytes / 1e6:.1f} MB in {folders}; what is so stands in {directory}/truth-*.npz.")
