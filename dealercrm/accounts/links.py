"""Links that customers open without a login: signed, for one purpose, and only for so long.

A link carries ids and no word about anybody. Whoever holds it may do what it is for and nothing else:
a link to answer a survey opens no appointment (docs/decisions/0071).
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.urls import reverse


class Link(NamedTuple):
    """One kind of link: `name` is what it is for, and the salt of its signature."""

    name: str
    valid_for: timedelta

    def sign(self, *ids: int) -> str:
        return signing.dumps(list(ids), salt=f"link.{self.name}", compress=True)

    def read(self, token: str) -> tuple[int, ...] | None:
        """The ids it was signed for; None where it was made up, cut off, is too old or is for something else."""
        try:
            ids = signing.loads(token, salt=f"link.{self.name}", max_age=self.valid_for)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        return tuple(ids)


BOOK = Link("book", timedelta(days=60))  # an ownership: book a service for this car
VISIT = Link("visit", timedelta(days=120))  # a request for a visit: see it, move it, call it off
NPS = Link("nps", timedelta(days=30))  # a repair order: how was it?
COMPLAINT = Link("complaint", timedelta(days=30))  # a complaint: has it been made good?
WELCOME = Link("welcome", timedelta(days=60))  # an ownership: the first month with the car


def public_url(url_name: str, *args: object) -> str:
    """The address as a letter carries it, with our public host."""
    return settings.PUBLIC_URL + reverse(url_name, args=args)
