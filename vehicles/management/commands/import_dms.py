"""Import the export of a dealer management system: a folder, a zip, or a single CSV or XLSX file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealercrm.accounts.models import Dealership
from dealercrm.sentences import sentence
from vehicles.exports.sources import UnreadableExportError, digest_of
from vehicles.importing import claim, report, run_import
from vehicles.importing.accounting import OUTCOMES
from vehicles.importing.choosing import choose_profile
from vehicles.models import ImportProfile, ImportRun


class Command(BaseCommand):
    help = "Import a DMS export (folder, zip, CSV or XLSX) into a store; the same export again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="folder, zip or file of the export")
        parser.add_argument("--dealership", required=True, metavar="CODE", help="the store the export belongs to")
        parser.add_argument(
            "--profile", metavar="CODE", help="import profile; by default the one that knows the headers"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        path: Path = options["path"].resolve()
        store = Dealership.objects.filter(code=options["dealership"]).first()
        if store is None:
            known = ", ".join(Dealership.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no dealership {options['dealership']!r}; known are: {known}.")
        if not path.exists():
            raise CommandError(f"There is nothing at {path}.")
        try:
            digest = digest_of(path)
            profile = self._profile(options["profile"], path)
        except UnreadableExportError as error:
            raise CommandError(sentence(error.why.as_json())) from error
        run = self._run(store, profile, path, digest, is_dry_run=options["dry_run"])
        refusal = claim(run, now=now)
        if refusal:
            raise CommandError(sentence(refusal.as_json()), returncode=3)
        run_import(run, now=now)
        self._tell(run, as_json=options["json"])

    def _profile(self, code: str | None, path: Path) -> ImportProfile:
        if code:
            profile = ImportProfile.objects.filter(code=code).first() or ImportProfile.objects.filter(name=code).first()
            if profile is None:
                known = ", ".join(ImportProfile.objects.values_list("code", flat=True))
                raise CommandError(f"There is no import profile {code!r}; known are: {known}.")
            return profile
        profile = choose_profile(path)
        if profile is None:
            raise CommandError("No import profile knows the headers of these files; make one in the browser.")
        return profile

    def _run(
        self, store: Dealership, profile: ImportProfile, path: Path, digest: str, *, is_dry_run: bool
    ) -> ImportRun:
        """An interrupted import of the same export is taken up again, also one that died before it was claimed."""
        same = {
            "dealership": store, "profile": profile, "path": str(path), "content_digest": digest,
            "is_dry_run": is_dry_run,
        }  # fmt: skip
        waiting = ImportRun.Status.UPLOADED, ImportRun.Status.QUEUED, ImportRun.Status.RUNNING
        interrupted = ImportRun.objects.filter(**same, status__in=waiting)
        return interrupted.first() or ImportRun.objects.create(
            **same, name=path.name[:200], status=ImportRun.Status.UPLOADED
        )

    def _tell(self, run: ImportRun, *, as_json: bool) -> None:
        told = report(run)
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self._print(told)
        if run.status != ImportRun.Status.DONE:
            raise CommandError(told["error"] or f"The import is {run.status}.", returncode=1)

    def _print(self, told: dict[str, Any]) -> None:
        head = ["file", "rows", *OUTCOMES, "warnings"]
        rows = [[name, *(str(one[key]) for key in head[1:])] for name, one in told["files"].items() if one["kind"]]
        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
        for row in [head, *rows]:
            self.stdout.write(
                "  ".join(
                    c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
                )
            )
        for name, one in told["files"].items():
            if not one["kind"]:
                self.stdout.write(f"{name}: not taken. {one['note']}")
            for field, word, times in one["unknown_words"]:
                self.stdout.write(f"{name}: the profile does not explain {field} “{word}” ({times} rows)")
        for one in told["rejects"]:
            self.stdout.write(f"{one['file']}:{one['line']} {one['field']}: {one['reason']}")
        if told["dry_run"]:
            self.stdout.write("Dry run: nothing was changed.")
