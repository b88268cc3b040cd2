"""A customer with a phone and a link: books, moves, answers how it was, and has the last word about a complaint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from campaigns.models import ContactPolicy
from dealercrm.accounts.links import BOOK, COMPLAINT, NPS, WELCOME
from dealercrm.accounts.models import Dealership
from tests.browser.conftest import OpenAs
from tests.factories import make_customer, make_dealership, make_ownership, make_visit
from vehicles.models import Appointment, Complaint, Feedback, FirstMonthTick, Ownership, VisitRequest

PHONE = 360
WAIT = 10_000


@pytest.fixture
def rio(transactional_db: None, now: datetime) -> Iterator[Ownership]:
    with time_machine.travel(now, tick=True):
        store = make_dealership("north", name="Север-Авто", city="Казань")
        ContactPolicy.objects.create(dealership=store, overrides={"review_url": "https://maps.example.org/north"})
        customer = make_customer(store, name="Константинопольская Александра Валентиновна")
        yield make_ownership(customer, store)


def is_decent(page: Page) -> None:
    """Nothing runs off a narrow screen, and axe finds nothing serious."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE, f"{page.url} is {width} px wide"
    found = Axe().run(page).response["violations"]
    serious = [one["id"] for one in found if one["impact"] in {"serious", "critical"}]
    assert not serious, serious


def choose_time(page: Page, hour: str) -> None:
    page.locator(".times details[open] label", has_text=hour).first.click(timeout=WAIT)


@pytest.mark.parametrize(
    ("locale", "scheme", "booked", "thanks"),
    [("en-GB", "light", "You are booked", "Thank you!"), ("ru-RU", "dark", None, None)],
)
def test_a_customer_books_moves_and_answers(
    locale: str, scheme: str, booked: str | None, thanks: str | None, rio: Ownership, open_as: OpenAs, today: date
) -> None:
    page = open_as(None, width=PHONE, scheme=scheme, locale=locale)
    page.goto(f"/book/{BOOK.sign(rio.pk)}/", timeout=WAIT)
    expect(page.locator("html")).to_have_attribute("lang", locale[:2])
    expect(page.locator(".lede")).to_contain_text("Kia Rio")
    is_decent(page)
    choose_time(page, "15:00")
    page.locator("#note").fill("Шумит справа", timeout=WAIT)
    page.locator("main button.button--main").click(timeout=WAIT)
    page.wait_for_url(re.compile("/visit/"), timeout=WAIT)
    if booked:
        expect(page.locator("h1")).to_have_text(booked)
    expect(page.locator(".visit-facts")).to_contain_text("15:00")
    is_decent(page)

    with page.expect_download(timeout=WAIT) as waiting:
        page.locator("main a.button--main").click(timeout=WAIT)
    assert "BEGIN:VEVENT" in waiting.value.path().read_text()
    page.locator(".visit-change summary").first.click(timeout=WAIT)
    choose_time(page, "17:00")
    page.locator(".visit-change[open] form button").last.click(timeout=WAIT)
    expect(page.locator(".visit-facts")).to_contain_text("17:00")
    assert [one.status for one in Appointment.objects.order_by("pk")] == ["cancelled", "booked"]

    visit = make_visit(rio, today - timedelta(days=1))
    page.goto(f"/nps/{NPS.sign(visit.pk)}/", timeout=WAIT)
    is_decent(page)
    page.get_by_role("button", name="9", exact=True).click(timeout=WAIT)
    if thanks:
        expect(page.locator("h1")).to_have_text(thanks)
    expect(page.locator(".scores-review a")).to_have_attribute("href", "https://maps.example.org/north")
    page.locator("#comment").fill("Быстро", timeout=WAIT)
    page.locator("[name=code][value=praise]").check(timeout=WAIT)
    page.locator("form.form button").first.click(timeout=WAIT)
    expect(page.locator("#comment")).to_have_value("Быстро")
    is_decent(page)
    answer = Feedback.objects.get()
    assert (answer.score, answer.comment) == (9, "Быстро")
    assert answer.codes.get().code == "praise"


def test_a_stranger_asks_by_plate_and_phone_and_mends_what_was_missing(rio: Ownership, open_as: OpenAs) -> None:
    page = open_as(None, width=PHONE)
    page.goto("/book/north/", timeout=WAIT)
    choose_time(page, "15:00")
    page.locator("main button.button--main").click(timeout=WAIT)
    expect(page.locator("#phone-error")).to_be_visible(timeout=WAIT)
    expect(page.locator(".times input:checked")).to_have_count(1)  # what was chosen is kept
    page.locator("#name").fill("Виктор", timeout=WAIT)
    page.locator("#phone").fill("+7 912 000-11-22", timeout=WAIT)
    page.locator("#plate").fill("т555тт116", timeout=WAIT)
    is_decent(page)
    page.locator("main button.button--main").click(timeout=WAIT)
    expect(page.locator("h1")).to_have_text("The time is kept for you", timeout=WAIT)
    assert VisitRequest.objects.get().plate == "Т555ТТ116"
    page.locator(".visit-change summary").last.click(timeout=WAIT)
    page.locator(".visit-change[open] button").click(timeout=WAIT)
    expect(page.locator("h1")).to_have_text("Called off", timeout=WAIT)


def test_the_last_word_and_the_first_month(rio: Ownership, open_as: OpenAs, now: datetime) -> None:
    store: Dealership = rio.home_store
    complaint = Complaint.objects.record(
        dealership=store, customer=rio.customer, ownership=rio, opened_at=now, text="Скрип"
    )
    complaint.resolve("Смазали петли", by=None, at=now)
    page = open_as(None, width=PHONE, scheme="dark")
    page.goto(f"/solved/{COMPLAINT.sign(complaint.pk)}/", timeout=WAIT)
    is_decent(page)
    page.get_by_role("button", name="No, call me").click(timeout=WAIT)
    expect(page.locator("h1")).to_have_text("We are working on it", timeout=WAIT)
    complaint.refresh_from_db()
    assert complaint.is_open

    page.goto(f"/welcome/{WELCOME.sign(rio.pk)}/", timeout=WAIT)
    page.locator("[name=item][value=insurance]").check(timeout=WAIT)
    page.get_by_role("button", name="Keep my ticks").click(timeout=WAIT)
    expect(page.locator("[name=item][value=insurance]")).to_be_checked(timeout=WAIT)
    is_decent(page)
    assert FirstMonthTick.objects.get().item == "insurance"
    assert urlsplit(page.url).path.startswith("/welcome/")
