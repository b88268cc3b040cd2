"""The list comes to a cold browser in less than 60 KB."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import time_machine
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import customer_with_occasion, plan


def test_the_first_load_of_today_is_under_60_kb_compressed(
    north: Dealership, anna: User, now: datetime, as_user: Callable[[User], Client]
) -> None:
    for _ in range(50):
        customer_with_occasion(north, today=north.today(now))
    plan(north, now)
    with time_machine.travel(now, tick=False):
        page = as_user(anna).get(reverse("today"), HTTP_ACCEPT_ENCODING="gzip")
    assert page["Content-Encoding"] == "gzip"
    weight = len(page.content)
    for address in set(
        re.findall(r'(?:src|href)="/static/([^"]+\.(?:js|css))"', gzip.decompress(page.content).decode())
    ):
        found = finders.find(address)
        assert found, address
        weight += len(gzip.compress(Path(str(found)).read_bytes()))
    assert weight < 60 * 1024, weight
