"""A manager pauses a call or a kind: nobody takes it before then, and everybody reads until when and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.claiming import NotClaimableError, claim, claim_next
from campaigns.models import ContactTask, Pause
from customers.erasing import erase
from dealercrm.accounts.models import Dealership, User
from dealercrm.sentences import sentence
from tests.campaigns.building import planned_call
from tests.factories import make_dealership

AsUser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime):
    with time_machine.travel(now, tick=False):
        yield


def pause(browser: Client, **what: object) -> str:
    said = {"pause-until": "2026-03-18T09:00", "pause-why": "No free bay", **what}
    return str(browser.post(reverse("call-pauses"), said, follow=True).content, "utf-8")


def test_a_paused_call_is_not_taken_and_says_until_when_and_why(
    north: Dealership, anna: User, boris: User, now: datetime, as_user: AsUser
) -> None:
    task, other = planned_call(north, now, "first_service"), planned_call(north, now)
    assert "paused until 18 Mar" in pause(as_user(boris), task=task.pk).replace("\N{NO-BREAK SPACE}", " ")
    with pytest.raises(NotClaimableError) as refused:
        claim(task.pk, anna, now=now)
    with timezone.override(north.zone):
        said = sentence(refused.value.why.as_json()).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Paused until 18 Mar, 09:00: No free bay"
    assert claim_next(anna, north, now=now) == other
    page = str(as_user(anna).get(reverse("call-card", args=[task.pk])).content, "utf-8")
    assert "No free bay" in page
    assert "Take this call" not in page
    assert "Resume" not in page
    after = now + timedelta(days=2)
    assert claim(task.pk, anna, now=after).pk == task.pk


def test_a_paused_kind_is_walked_past_but_a_promised_hour_is_kept(
    north: Dealership, anna: User, boris: User, now: datetime, as_user: AsUser
) -> None:
    planned_call(north, now, "first_service")
    promised, other = planned_call(north, now, "first_service"), planned_call(north, now)
    ContactTask.objects.filter(pk=promised.pk).update(promised_at=now, assigned_to=anna, priority=1e9)
    page = pause(as_user(boris), kind="first_service").replace("\N{NO-BREAK SPACE}", " ")
    assert "First service</strong>: paused until 18 Mar, 09:00: No free bay (Boris)" in page
    assert "Can be called now</span><strong>2<" in page
    assert claim_next(anna, north, now=now) == promised
    ContactTask.objects.filter(pk=promised.pk).update(status="done", closed_at=now)
    assert claim_next(anna, north, now=now) == other


def test_a_pause_ends_when_the_manager_says_so(
    north: Dealership, anna: User, boris: User, now: datetime, as_user: AsUser
) -> None:
    task, browser = planned_call(north, now), as_user(boris)
    pause(browser, kind="maintenance")
    assert claim_next(anna, north, now=now) is None
    browser.post(reverse("pause-end", args=[Pause.objects.get().pk]))
    assert claim_next(anna, north, now=now) == task


def test_who_has_the_call_in_hand_goes_on(
    north: Dealership, anna: User, boris: User, now: datetime, as_user: AsUser
) -> None:
    task = claim(planned_call(north, now).pk, anna, now=now)
    pause(as_user(boris), task=task.pk)
    assert claim_next(anna, north, now=now) == task


@pytest.mark.parametrize(
    "said",
    [{"pause-until": "2026-03-16T10:00"}, {"pause-until": "2027-01-01T10:00"}, {"pause-why": ""}, {"kind": "nonsense"}],
)
def test_a_pause_without_an_end_or_a_reason_is_refused_in_words(
    north: Dealership, boris: User, said: dict[str, str], as_user: AsUser
) -> None:
    assert "alert--error" in pause(as_user(boris), **({"kind": "maintenance"} | said))
    assert not Pause.objects.exists()


def test_a_pause_of_one_store_is_none_of_another(
    north: Dealership, south: Dealership, boris: User, clara: User, now: datetime, as_user: AsUser
) -> None:
    pause(as_user(boris), kind="maintenance")
    foreign = planned_call(south, now)
    assert as_user(boris).post(reverse("call-pauses"), {"task": foreign.pk}).status_code == 404
    assert claim_next(clara, south, now=now.replace(hour=12)) == foreign


def test_an_erased_customer_leaves_no_words_about_their_pause(
    north: Dealership, boris: User, vera: User, now: datetime, as_user: AsUser
) -> None:
    task = planned_call(north, now)
    pause(as_user(boris), task=task.pk)
    erase(task.customer, by=vera, store=north, now=now)
    assert not Pause.objects.exists()


def test_a_second_pause_takes_the_place_of_the_first(north: Dealership, boris: User, as_user: AsUser) -> None:
    make_dealership("third")
    pause(as_user(boris), kind="maintenance")
    pause(as_user(boris), kind="maintenance", **{"pause-why": "Strike"})
    assert Pause.objects.get().why == "Strike"
