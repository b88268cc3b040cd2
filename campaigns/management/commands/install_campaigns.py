from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from campaigns.ready_made import install
from dealercrm.accounts.models import Dealership


class Command(BaseCommand):
    help = "Give every store the ready-made campaigns it does not have yet; what is there is not touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dealership", metavar="CODE", help="only this store")

    def handle(self, *args: Any, dealership: str | None, **options: Any) -> None:
        stores = Dealership.objects.active()
        if dealership:
            stores = stores.filter(code=dealership)
        for store in stores:
            self.stdout.write(f"{store.code}: {install(store)} campaigns installed")
