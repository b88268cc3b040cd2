"""`manage.py check_translations`: is every string of the interface translated, in every language?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dealercrm.translating import gaps

SOURCES = ("dealercrm", "customers", "vehicles", "lifecycle", "campaigns", "templates")


class Command(BaseCommand):
    help = "Name every string that is missing, untranslated, fuzzy or has other placeholders. Needs xgettext."

    def handle(self, *args: Any, **options: Any) -> None:
        if shutil.which("xgettext") is None:
            raise CommandError("xgettext reads the strings out of the sources: install the package gettext.")
        with tempfile.TemporaryDirectory() as folder:
            template = extracted(settings.BASE_DIR, Path(folder))
        incomplete = 0
        for code in (code for code, _ in settings.LANGUAGES if code != "en"):
            path = settings.LOCALE_PATHS[0] / code / "LC_MESSAGES" / "django.po"
            translation = polib.pofile(str(path)) if path.exists() else polib.POFile()
            found = list(gaps(template, translation))
            incomplete += len(found)
            for line in found:
                self.stdout.write(f"{code}: {line}")
            self.stdout.write(f"{code}: {len(template) - len(found)} of {len(template)} strings translated.")
        if incomplete:
            raise CommandError(f"{incomplete} strings are not translated; see docs/how-to/add-a-language.md.")


def extracted(project: Path, folder: Path) -> polib.POFile:
    """Every string of the sources as Django's own makemessages sees it; the project is not written to."""
    for name in SOURCES:
        shutil.copytree(
            project / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "migrations", "locale")
        )
    (folder / "locale").mkdir()
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    ran = subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "ru", "--keep-pot", "--no-wrap"],
        cwd=folder,
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )
    pot = folder / "locale" / "django.pot"
    if ran.returncode or not pot.exists():
        raise CommandError(f"makemessages failed:\n{ran.stderr or ran.stdout}")
    return polib.pofile(str(pot))
