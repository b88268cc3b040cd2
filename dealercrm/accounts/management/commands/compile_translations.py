"""`manage.py compile_translations`: .po to .mo in Python, for machines without GNU gettext."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from dealercrm.translating import compile_all


class Command(BaseCommand):
    help = "Compile every changed translation; needs no gettext tools."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        written = compile_all([Path(path) for path in settings.LOCALE_PATHS])
        if options["verbosity"]:
            self.stdout.write(f"{written} translation files compiled.")
