"""A part of the list: by kind, by language, what one promised. The next call comes out of the part on the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import time_machine
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from campaigns.claiming import claim_next
from campaigns.models import ContactTask
from campaigns.narrowing import Part
from dealercrm.accounts.models import Dealership, User
from tests.campaigns.building import planned_call

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def calls(north: Dealership, anna: User, now: datetime) -> dict[str, ContactTask]:
    found = {
        "best": planned_call(north, now, "first_service", name="Первый Иван"),
        "english": planned_call(north, now, "maintenance", name="Second John", language="en"),
        "russian": planned_call(north, now, "component_wear", name="Третий Пётр", language="ru"),
        "promised": planned_call(north, now, "data_check", name="Четвёртый Олег"),
    }
    ContactTask.objects.filter(pk=found["promised"].pk).update(assigned_to=anna, promised_at=now)
    return found


PARTS = {
    Part(): {"best", "english", "russian", "promised"},
    Part(kind="maintenance"): {"english"},
    Part(language="en"): {"english"},
    Part(language="ru"): {"best", "russian", "promised"},
    Part(is_mine=True): {"promised"},
    Part(kind="component_wear", language="en"): set(),
}


@pytest.mark.parametrize("part", PARTS)
def test_the_screen_and_the_next_call_mean_the_same_part(
    north: Dealership, anna: User, now: datetime, calls: dict[str, ContactTask], part: Part
) -> None:
    expected = {calls[name].pk for name in PARTS[part]}
    assert set(ContactTask.objects.filter(part.condition(anna, north)).values_list("pk", flat=True)) == expected
    taken = set()
    while (task := claim_next(anna, north, now=now, part=part)) is not None:
        taken.add(task.pk)
        ContactTask.objects.filter(pk=task.pk).update(status="done", closed_at=now)
    assert taken == expected


def test_n_takes_from_the_part_on_the_screen_and_the_answer_leads_back_to_it(
    calls: dict[str, ContactTask], anna: User, as_user: AsUser
) -> None:
    browser = as_user(anna)
    address = reverse("today") + "?kind=maintenance&language=en"
    page = str(browser.get(address).content, "utf-8")
    assert '<input type="hidden" name="language" value="en">' in page
    assert "Second J." in page
    assert "Третий" not in page
    taken = browser.post(reverse("next-call"), {"kind": "maintenance", "language": "en"})
    assert taken.headers["Location"] == reverse("call-card", args=[calls["english"].pk])
    back = browser.post(reverse("call-result", args=[calls["english"].pk]), {"epoch": 1, "answer": "busy"})
    assert back.headers["Location"] == address


def test_languages_are_offered_where_the_list_has_two(
    calls: dict[str, ContactTask], anna: User, as_user: AsUser
) -> None:
    page = str(as_user(anna).get(reverse("today")).content, "utf-8")
    assert "Русский 3" in page
    assert "English 1" in page
    ContactTask.objects.filter(pk=calls["english"].pk).delete()
    assert "Русский 3" not in str(as_user(anna).get(reverse("today")).content, "utf-8")


def test_nonsense_in_the_address_narrows_nothing() -> None:
    assert Part.of({"kind": "'; drop", "language": "xx", "mine": "yes"}) == Part()
    assert not Part()
    assert Part().condition(User(), Dealership()) == Q()


def test_an_empty_part_says_so_and_leads_to_the_whole_list(
    calls: dict[str, ContactTask], anna: User, as_user: AsUser
) -> None:
    page = str(as_user(anna).get(reverse("today") + "?kind=recall").content, "utf-8")
    assert "No call in this part of the list" in page


def test_today_shows_how_much_of_the_day_is_done(
    calls: dict[str, ContactTask], anna: User, boris: User, as_user: AsUser
) -> None:
    assert "You made 0 of about 90 calls" in str(as_user(anna).get(reverse("today")).content, "utf-8")
    assert "The store made 0 of about 90 calls" in str(as_user(boris).get(reverse("today")).content, "utf-8")
