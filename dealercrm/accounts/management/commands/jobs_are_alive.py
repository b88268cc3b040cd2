"""`manage.py jobs_are_alive`: for supervisors of beat and worker, which have no port to ask."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealercrm.accounts.models import Heartbeat


class Command(BaseCommand):
    help = "Succeeds when beat, broker and worker together did something within the last two minutes."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if Heartbeat.is_silent("jobs", now=timezone.now()):
            raise CommandError("No background work for two minutes: look at beat, the broker and the worker.")
        self.stdout.write("Background work is alive.")
