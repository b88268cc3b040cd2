"""A manager writes a campaign by keyboard, sees whom it would reach, starts it; the next plan is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from playwright.sync_api import Page, expect

from campaigns.models import Campaign, ContactTask
from dealercrm.accounts.models import Dealership
from tests.browser.conftest import OpenAs
from tests.browser.test_operator_hour import serious
from tests.browser.test_pages import TOO_WIDE
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import make_dealership, make_user

WORDS = {"en": ("2 calls", "runs"), "ru": ("2 звонка", "работает")}  # of the outlook, of the state


@pytest.fixture
def store(transactional_db: None, now: datetime) -> Iterator[Dealership]:
    with time_machine.travel(now, tick=True):
        store = make_dealership("north", name="North", city="Казань")
        for number in range(2):
            customer_with_occasion(store, "component_wear", today=store.today(now), email=f"a{number}@b.test")
        yield store


def write(page: Page, name: str, words: str) -> None:
    """Go to a field, replace what stands there, leave it: what a hand does with Tab and letters."""
    field = page.locator(f"[name={name}]")
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def add_step(page: Page, channel: str, number: int) -> None:
    button = page.locator(f"button[value=add-{channel}]")
    button.focus()
    page.keyboard.press("Enter")
    page.locator(f"#step-{number}-title").wait_for()


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1440, "light"), ("ru", 360, "dark")])
def test_a_campaign_is_built_looked_at_and_started(
    store: Dealership, now: datetime, open_as: OpenAs, language: str, width: int, scheme: str
) -> None:
    boris = make_user("boris", "manager", store, language=language)
    page = open_as(boris, width=width, scheme=scheme, locale="ru-RU" if language == "ru" else "en-GB")
    page.set_default_timeout(20_000)
    page.goto("/campaigns/")
    page.locator("[aria-keyshortcuts=n]").first.wait_for()
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/campaigns/new/$"))
    write(page, "name_en", "Winter pads")
    write(page, "name_ru", "Зимние колодки")
    page.locator("[name=kinds][value=component_wear]").press("Space")
    write(page, "rank", "1")
    add_step(page, "call", 0)
    expect(page.locator("[name=name_en]")).to_have_value("Winter pads")
    write(page, "step-0-text_en", "Good day, {name}! Your pads are worn: {price}.")
    write(page, "step-0-text_ru", "Здравствуйте, {name}! Колодки изношены: {price}.")
    add_step(page, "email", 1)
    write(page, "step-1-delay_days", "1")
    write(page, "step-1-subject_en", "{name}, your brakes")
    write(page, "step-1-subject_ru", "{name}, ваши тормоза")
    write(page, "step-1-text_en", "New pads cost {price}. Book a time: {book_link}")
    write(page, "step-1-text_ru", "Новые колодки стоят {price}. Запишитесь: {book_link}")
    assert not serious(page)
    assert not page.evaluate(TOO_WIDE)
    page.keyboard.press("Escape")
    page.keyboard.press("s")

    page.wait_for_url(re.compile(r"/campaigns/winter-pads/\?version=1$"))
    draft = Campaign.objects.get(code="winter-pads")
    assert not draft.is_active, "saving starts nothing"
    assert [step.channel for step in draft.steps.order_by("position")] == ["call", "email"]
    expect(page.locator(".cadence-step")).to_have_count(2)
    expect(page.locator("main")).to_contain_text(WORDS[language][0])  # the outlook, planned without writing
    assert not ContactTask.objects.exists()
    assert not serious(page)
    assert not page.evaluate(TOO_WIDE)
    page.locator("[aria-keyshortcuts=s]").first.wait_for()
    page.keyboard.press("s")
    expect(page.locator("main")).to_contain_text(WORDS[language][1])
    page.wait_for_load_state("networkidle")
    assert Campaign.objects.get(pk=draft.pk).is_active

    plan(store, now)
    assert set(ContactTask.objects.values_list("step__campaign__code", "channel")) == {("winter-pads", "call")}
    assert ContactTask.objects.count() == 2
