from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lifecycle.explaining import Explanation, explain
from vehicles.models import Ownership


class Command(BaseCommand):
    help = "Say why a car is where it is: facts, forecasts, stage, and every occasion, open or not and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("vin", help="the car's VIN")
        parser.add_argument("--date", type=date.fromisoformat, help="as of this date; today if not given")
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = Ownership.objects.filter(vehicle__vin=options["vin"].upper()).select_related("home_store")
        ownerships = list(lines.order_by("started_on", "pk"))
        if not ownerships:
            raise CommandError(f"No owner of a car with the VIN {options['vin']} is on record.")
        day = options["date"] or ownerships[-1].home_store.today(timezone.now())
        ownership = next((one for one in reversed(ownerships) if one.started_on <= day), ownerships[0])
        found = explain(ownership.pk, day)
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(lines_of(found)))


def lines_of(found: Explanation) -> list[str]:
    """The explanation as plain text, widest thing first."""
    report = found.as_json()
    lines = [
        f"{report['date']}  ownership {report['ownership']}: {report['stage'] or 'no stage'} {report['substage']}",
        f"  {report['why']}",
        f"  judged again on {report['evaluate_on'] or 'a new fact'}",
        "forecasts",
        *(f"  {name}: {value}" for name, value in report["forecasts"].items()),
        "works ahead",
        *(f"  {work['due_on']}  {work['work']}" for work in report["works"]),
        "occasions",
    ]
    for one in report["occasions"]:
        window = f"{one['opens_on']} .. {one['closes_on']}" if "opens_on" in one else ""
        lines.append(f"  {one['state']:8} {one['kind']:26} {window:26} {one.get('why', '')} {one['reason']}".rstrip())
    return lines
