from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealercrm.accounts.models import Dealership
from dealercrm.demo.clearing import clear_demo, holds_only_the_demo
from dealercrm.demo.seeding import seed, silent
from dealercrm.demo.staffing import DEMO_PASSWORD, LOGINS
from dealercrm.demo.world.brands import STORES


class Command(BaseCommand):
    help = "Fill an empty database with a believable dealer group of two stores and ten years of history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--vehicles", type=int, default=2000, help="cars in the base (default 2000)")
        parser.add_argument("--seed", type=int, default=1, help="another number makes another world (default 1)")
        parser.add_argument("--today", type=date.fromisoformat, help="the last day of the history, YYYY-MM-DD")
        parser.add_argument("--json", action="store_true", help="print rows and seconds as JSON, and nothing else")
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="seed an empty database, only name the logins of a demo that is there, leave anything else alone",
        )
        parser.add_argument("--replace", action="store_true", help="throw an earlier demo away first")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Dealership.objects.exists():
            if holds_only_the_demo():
                self._print_logins()
            return
        now = timezone.now()
        today = options["today"] or now.astimezone(ZoneInfo(STORES[0].time_zone)).date()
        if options["vehicles"] < 50:
            raise CommandError("A believable base needs at least 50 vehicles.")
        self._make_room(replace=options["replace"])
        report = seed(
            vehicles=options["vehicles"],
            seed=options["seed"],
            today=today,
            now=now,
            var_dir=settings.VAR_DIR,
            say=self.stdout.write if options["verbosity"] > 0 and not options["json"] else silent,
        )
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
            return
        spent = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in report.seconds.items())
        called = ", ".join(f"{outcome} {count}" for outcome, count in report.outcomes.most_common())
        self.stdout.write(f"Calls of the last days: {called or 'none'}.\nDone: {spent}.")
        self._print_logins()

    def _make_room(self, *, replace: bool) -> None:
        if not Dealership.objects.exists():
            return
        if not holds_only_the_demo():
            raise CommandError(
                "This database holds a dealership that is not the demo's. Nothing was changed. "
                "Use an empty database, or set DEALERCRM_VAR or DATABASE_URL to another one."
            )
        if not replace:
            raise CommandError(
                "The demo is already here. Nothing was changed. Add --replace to throw it away and make another."
            )
        clear_demo()

    def _print_logins(self) -> None:
        names = " and ".join(f"{store.name} ({store.city}, code {store.code})" for store in STORES)
        self.stdout.write(f"\n{names}. Log in as:")
        for login in LOGINS:
            self.stdout.write(f"  {login.username:<8} {login.role or 'group manager'}")
        self.stdout.write(f"Password of them all: {DEMO_PASSWORD}")
        self.stdout.write(
            "The demo stores have no quiet hours, so that you can take a call whenever you look; "
            "the contact policy page brings them back."
        )
        self.stdout.write(
            self.style.WARNING("These logins are for a demo: never leave them on a machine that others can reach.")
        )
