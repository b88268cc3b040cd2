from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns.explaining import About, explain_contacts
from campaigns.explaining import lines_of as contact_lines
from lifecycle.explaining import Explanation, explain
from vehicles.models import Ownership


class Command(BaseCommand):
    help = "Say why a car is where it is: facts, forecasts, stage, every occasion, open or not, and what was decided."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("vin", help="the car's VIN")
        parser.add_argument("--date", type=date.fromisoformat, help="as of this date; today if not given")
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = Ownership.objects.filter(vehicle__vin=options["vin"].upper()).select_related("home_store")
        ownerships = list(lines.order_by("started_on", "pk"))
        if not ownerships:
            raise CommandError(f"No owner of a car with the VIN {options['vin']} is on record.")
        today = ownerships[-1].home_store.today(timezone.now())
        day = options["date"] or today
        ownership = next((one for one in reversed(ownerships) if one.started_on <= day), ownerships[0])
        found, contacts = explain(ownership.pk, day), explain_contacts(ownership, day, today=today)
        if options["json"]:
            report = {**found.as_json(), "contacts": [about.as_json() for about in contacts]}
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(lines_of(found, contacts)))


def lines_of(found: Explanation, contacts: list[About]) -> list[str]:
    """The explanation as plain text, widest thing first."""
    report = found.as_json()
    said = report["said_then"]
    lines = [
        f"{report['date']}  ownership {report['ownership']}: {report['stage'] or 'no stage'} {report['substage']}",
        f"  {report['why']}",
        f"  said then: {said['stage'] or 'no stage'} {said['substage']} since {said['on']}: {said['why']}"
        if said
        else "  said then: nothing yet",
        f"  judged again on {report['evaluate_on'] or 'a new fact'}",
        "forecasts",
        *(f"  {name}: {value}" for name, value in report["forecasts"].items()),
        f"health {report['health']['chance']}",
        *(f"  {one['points']:+4}  {one['part']}: {one['value']}" for one in report["health"]["parts"]),
        f"probably sold: {report['probably_sold']['points']} points",
        *(f"  {one['points']:+4}  {one['sign']}" for one in report["probably_sold"]["signs"]),
        "works ahead",
        *(f"  {work['due_on']}  {work['work']}" for work in report["works"]),
        "occasions",
    ]
    for one in report["occasions"]:
        window = f"{one['opens_on']} .. {one['closes_on']}" if "opens_on" in one else ""
        lines.append(f"  {one['state']:8} {one['kind']:26} {window:26} {one.get('why', '')} {one['reason']}".rstrip())
    lines.append("contacts, as they were decided then")
    for about in contacts:
        lines += contact_lines(about)
    lines.append("facts used")
    lines += [f"  {fact['on']}  {fact['label']}: {fact['words']}" for fact in report["facts"]]
    return lines
