"""The page of texts: read, checked while one types, tried on real customers, saved as the next version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign, CampaignStep, ContactTask, OutboxMessage
from campaigns.ready_made import install
from campaigns.revising import seen_of
from dealercrm.accounts.models import AccessLog, Dealership, User
from tests.campaigns.building import customer_with_occasion, plan

AsUser = Callable[[User], Client]


@pytest.fixture
def step(north: Dealership) -> CampaignStep:
    install(north)
    return CampaignStep.objects.get(campaign__dealership=north, campaign__code="insurance", channel="email")


@pytest.fixture
def browser(boris: User, as_user: AsUser) -> Client:
    return as_user(boris)


def form_of(step: CampaignStep, **changed: str) -> dict[str, str | int]:
    names = ("subject_en", "subject_ru", "text_en", "text_ru")
    return (
        {name: getattr(step, name) for name in names}
        | {"seen": seen_of(step.campaign.dealership, step.campaign.code)}
        | changed
    )


def test_every_text_of_the_running_campaigns_is_listed_and_clear(step: CampaignStep, browser: Client) -> None:
    page = browser.get(reverse("texts")).content.decode()
    assert reverse("text", args=[step.pk]) in page
    assert "All of them are clear." in page
    letters = browser.get(reverse("texts") + "?channel=email").content.decode()
    call = CampaignStep.objects.filter(campaign=step.campaign, channel="call").earliest("position")
    assert reverse("text", args=[call.pk]) not in letters


def test_the_list_asks_few_questions(step: CampaignStep, browser: Client) -> None:
    browser.get(reverse("texts"))
    with CaptureQueriesContext(connection) as queries:
        browser.get(reverse("texts"))
    assert len(queries) <= 12


def test_other_words_make_the_next_version_and_what_is_under_way_keeps_its_own(
    north: Dealership, step: CampaignStep, browser: Client, now: datetime
) -> None:
    opens = {"opens_on": now.date(), "due_on": now.date() + timedelta(days=15)}
    customer_with_occasion(north, "insurance_renewal", today=now.date(), email="a@inbox.test", occasion=opens)
    plan(north, now)
    told = form_of(step, text_ru="{name}, полис до {until}. Ответьте на письмо удобным днём.")
    answer = browser.post(reverse("text", args=[step.pk]), told)
    assert answer.status_code == 302
    old, new = Campaign.objects.filter(dealership=north, code="insurance").order_by("version")
    assert (old.version, old.is_active, new.version, new.is_active, new.salt) == (1, False, 2, True, old.salt)
    assert [(one.channel, one.delay_days) for one in new.steps.all()] == [
        (one.channel, one.delay_days) for one in old.steps.all()
    ]
    step.refresh_from_db()
    assert "Ответьте на письмо удобным" not in step.text_ru
    assert new.steps.get(position=step.position).text_ru == told["text_ru"]
    assert ContactTask.objects.get().step == step
    customer_with_occasion(north, "insurance_renewal", today=now.date(), email="b@inbox.test", occasion=opens)
    plan(north, now)
    assert "полис до" in OutboxMessage.objects.latest("pk").body


def test_what_did_not_change_makes_no_version(step: CampaignStep, browser: Client, north: Dealership) -> None:
    assert browser.post(reverse("text", args=[step.pk]), form_of(step)).status_code == 302
    assert Campaign.objects.filter(dealership=north, code="insurance").count() == 1


@pytest.mark.parametrize("typed", ["{Name}, hello", "{discount} for you", "{name, hello"])
def test_a_place_that_nobody_fills_is_not_saved(
    step: CampaignStep, browser: Client, north: Dealership, typed: str
) -> None:
    answer = browser.post(reverse("text", args=[step.pk]), form_of(step, text_en=typed))
    assert answer.status_code == 422
    assert "Nobody fills" in answer.content.decode()
    assert Campaign.objects.filter(dealership=north, code="insurance").count() == 1


def test_an_unclear_text_is_advised_against_and_saved(step: CampaignStep, browser: Client, north: Dealership) -> None:
    told = form_of(step, text_ru="В целях осуществления записи: {until}.")
    assert "office language" in browser.post(reverse("text-check", args=[step.pk]), told).content.decode()
    assert browser.post(reverse("text", args=[step.pk]), told).status_code == 302


def test_somebody_elses_version_is_not_overwritten(step: CampaignStep, browser: Client, north: Dealership) -> None:
    first = form_of(step, text_en="Answer us by {until}.")
    assert browser.post(reverse("text", args=[step.pk]), first).status_code == 302
    again = browser.post(reverse("text", args=[step.pk]), form_of(step, text_en="Call us."))
    assert again.status_code == 404, "the version whose text it was runs no longer"
    new = CampaignStep.objects.get(campaign__version=2, campaign__code="insurance", position=step.position)
    late = browser.post(reverse("text", args=[new.pk]), form_of(new, text_en="Call us.") | {"seen": 0})
    assert late.status_code == 422
    assert "Somebody changed this campaign" in late.content.decode()


def test_typing_shows_the_text_for_real_customers_in_both_languages(
    north: Dealership, step: CampaignStep, browser: Client, today: date, now: datetime
) -> None:
    for name in ("Петров Иван Ильич", "Орлова Анна Юрьевна"):
        customer_with_occasion(north, "insurance_renewal", today=today, name=name, email="a@inbox.test")
    told = form_of(step, text_en="{name}: {until}, {nonsense}", text_ru="{name}: до {until}")
    with time_machine.travel(now):
        page = browser.post(reverse("text-check", args=[step.pk]), told).content.decode()
        other = browser.post(reverse("text-check", args=[step.pk]), told | {"customer": "1"}).content.decode()
    assert "Иван Ильич: до 6 апреля" in page
    assert "Иван Ильич: 6 April, {nonsense}" in page
    assert "/unsubscribe/" in page
    assert "Анна Юрьевна: до 6 апреля" in other
    assert "2 / 2" in other
    assert AccessLog.objects.filter(subject="customer").count() == 2
    step.refresh_from_db()
    assert "nonsense" not in step.text_en


def test_clara_of_south_sees_no_text_of_north(step: CampaignStep, clara: User, as_user: AsUser) -> None:
    outsider = as_user(clara)
    for name in ("text", "text-check"):
        assert outsider.post(reverse(name, args=[step.pk]), form_of(step)).status_code in {403, 404}
