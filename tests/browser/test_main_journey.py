"""The main job from end to end, as people do it: the sample export goes in by the upload page, a night runs, an
operator works three calls by keyboard, and the manager sees what changed.

The jobs are the product's own: pages put them on the broker, and `beat` and `worker` below are one round of the
real schedule and a worker that takes every message from the queue.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from campaigns.models import CallResult, ContactTask, Outcome
from dealercrm.accounts.models import Dealership, JobRun, Role, User
from dealercrm.celery import app
from lifecycle.models import Standing, Substage
from tests.browser.conftest import OpenAs
from tests.factories import PASSWORD, make_dealership, make_user, moment
from vehicles.models import Appointment, ImportRun, Touch

PLACES = [place / "shared" / "data" / "dms-export" for place in Path(__file__).resolve().parents]
SAMPLE = next((place for place in PLACES if place.exists()), PLACES[0])
NOW = moment(date(2026, 11, 17), 10, 40)  # a Tuesday three days after the last visit of the export

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not SAMPLE.exists(), reason="the sample export ../shared/data/dms-export is not on this machine"
    ),
]


@pytest.fixture
def store(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[Dealership]:
    settings.MEDIA_ROOT = tmp_path / "media"
    with app.connection_for_write() as broker, broker.SimpleQueue(app.conf.task_default_queue) as queue:
        queue.clear()
    app.loader.import_default_modules()  # as a worker does when it starts
    with time_machine.travel(NOW, tick=True):
        yield make_dealership("north", name="Север", city="Казань")


def worker() -> list[str]:
    """Take every message from the queue and do it, as a worker does, until none is left; the names of the tasks."""
    done: list[str] = []
    with app.connection_for_read() as broker, broker.SimpleQueue(app.conf.task_default_queue) as queue:
        while True:
            try:
                message = queue.get(block=False)
            except queue.Empty:
                return done
            args, kwargs, _embedded = message.payload
            message.ack()
            app.tasks[message.headers["task"]](*args, **kwargs)
            done.append(message.headers["task"])


def beat() -> None:
    """One round of the schedule: every entry is sent to the broker."""
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"])


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a picture of a step where JOURNEY_PICTURES names a folder; else nothing."""
    folder = os.environ.get("JOURNEY_PICTURES")

    def take(page: Page, name: str) -> None:
        if folder:
            page.wait_for_load_state("networkidle")
            size = page.viewport_size
            for width, height in ((1440, 900), (360, 780)):
                page.set_viewport_size({"width": width, "height": height})
                page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=width < 600)
            if size:
                page.set_viewport_size(size)

    return take


def test_an_export_goes_in_and_calls_come_out(
    store: Dealership, open_as: OpenAs, picture: Callable[[Page, str], None]
) -> None:
    vera = make_user("vera", Role.ADMINISTRATOR, store, first_name="Vera")
    anna = make_user("anna", Role.OPERATOR, store, first_name="Анна", language="ru")
    boris = make_user("boris", Role.MANAGER, store, first_name="Boris")

    office = open_as(vera)
    beat()
    worker()  # this morning's night finds an empty store
    import_the_export(office, picture)
    run_the_night(office, store, picture)

    desk = open_as(None, locale="ru-RU")
    calls = make_three_calls(desk, anna, picture)

    manager = open_as(boris)
    the_manager_sees_calls(manager, picture)
    office.goto("/health/")
    office.get_by_role("button", name="Run now").click()
    expect(office.locator("main")).to_contain_text("running")
    office.goto("about:blank")
    worker()
    the_manager_sees_who_moved(manager, calls[0], picture)


def import_the_export(page: Page, picture: Callable[[Page, str], None]) -> None:
    page.goto("/imports/")
    expect(page.locator(".empty")).to_contain_text("Nothing was imported yet")
    picture(page, "01-imports-empty")
    page.set_input_files("#files", sorted(SAMPLE.glob("*.csv")))
    page.get_by_role("button", name="Upload and look").click()
    expect(page.locator(".import-steps [aria-current]")).to_contain_text("recognised")
    expect(page.locator("details.panel .pill--good")).to_have_count(5)  # every file is of a kind
    expect(page.locator("details.panel", has_text="clients.csv")).to_contain_text("cp1251")
    picture(page, "02-recognised")

    wait_for_worker(page, "See what would change", "vehicles.tasks.take_import")
    expect(page.locator(".alert")).to_contain_text("Nothing was changed yet")
    planned = numbers_of(page)
    assert planned["New"] > 50_000
    assert planned["Rejected"] == 5
    assert not Standing.objects.exists()
    assert not Touch.objects.exists()
    picture(page, "03-planned")

    wait_for_worker(page, "Import now", "vehicles.tasks.take_import")
    expect(page.locator(".import-steps [aria-current]")).to_contain_text("report")
    assert numbers_of(page) == planned, "the import does what was foretold"
    assert ImportRun.objects.get().status == ImportRun.Status.DONE
    picture(page, "04-report")
    the_rejects_can_be_mended(page)


def wait_for_worker(page: Page, button: str, task: str) -> None:
    """Press, see that the work waits, let the worker do it meanwhile, and come back to the page."""
    page.get_by_role("button", name=button).click()
    expect(page.locator("progress")).to_be_visible()
    address = page.url
    page.goto("about:blank")  # "You may close this page; the work goes on"
    assert worker() == [task]
    page.goto(address)


def numbers_of(page: Page) -> dict[str, int]:
    """{name of a tile: its number}."""
    return {
        tile.locator("span").first.inner_text(): int(re.sub(r"\D", "", tile.locator("strong").inner_text()))
        for tile in page.locator(".tiles .tile").all()
    }


def the_rejects_can_be_mended(page: Page) -> None:
    """The file that is handed back holds the refused rows under their own header, each with its reason."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download to mend").click()
    path = waiting.value.path()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    else:
        files = {waiting.value.suggested_filename: path.read_bytes()}
    assert len(files) == 1, list(files)
    lines = next(iter(files.values())).decode("cp1251").splitlines()
    assert lines[0].startswith("Номер;Дата;VIN")
    assert len(lines) == 6, "the header and five orders"


def run_the_night(page: Page, store: Dealership, picture: Callable[[Page, str], None]) -> None:
    """The night of this morning ran before the import; the administrator does not wait for the next one."""
    page.get_by_role("link", name="Do not wait for it").click()
    expect(page.locator("h1")).to_have_text("Health of the nights")
    picture(page, "05-nights-before")
    page.get_by_role("button", name="Run now").click()
    expect(page.locator("main")).to_contain_text("running")
    page.goto("about:blank")
    assert "lifecycle.tasks.work_on_night" in worker()
    beat()
    worker()
    page.goto("/health/")
    expect(page.locator("#health tbody").first.locator(".pill--good")).to_have_count(2)
    picture(page, "06-nights-after")
    assert not JobRun.objects.exclude(status=JobRun.Status.DONE).exists()
    assert Standing.objects.filter(dealership=store).count() > 2_900
    assert ContactTask.objects.calls().open().count() > 20


def make_three_calls(page: Page, anna: User, picture: Callable[[Page, str], None]) -> list[CallResult]:
    """In Russian and without a mouse: signed in, and three cards that end differently."""
    page.goto("/today/")
    expect(page.locator("[name=login]")).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    expect(page.locator("[name=password]")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Сегодня")
    picture(page, "07-today")
    before = left(page)

    take_next(page)
    picture(page, "08-card")
    page.keyboard.press("1")
    expect(page.locator("dialog#box-booked")).to_be_visible()
    picture(page, "09-booking")
    page.keyboard.press("1")  # the first free time
    back_on_the_list(page, done=1)
    picture(page, "10-today-after-one")

    take_next(page)
    page.keyboard.press("3")
    back_on_the_list(page, done=2)

    take_next(page)
    page.keyboard.press("2")
    expect(page.locator("dialog#box-callback")).to_be_visible()
    picture(page, "11-callback")
    page.keyboard.press("1")
    back_on_the_list(page, done=3)
    expect(page.locator(".promises")).to_be_visible()
    picture(page, "12-today-after-three")

    results = list(CallResult.objects.filter(by=anna).order_by("at"))
    assert [one.outcome for one in results] == [Outcome.BOOKED, Outcome.NO_ANSWER, Outcome.CALLBACK]
    assert len({one.task.customer_id for one in results}) == 3, "each call was of another customer"
    assert left(page) < before
    assert Touch.objects.filter(by=anna).count() == 3
    assert Appointment.objects.get().customer_id == results[0].task.customer_id
    return results


def left(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".tile strong").first.inner_text()))


def take_next(page: Page) -> None:
    page.locator("[aria-keyshortcuts=n]").wait_for()
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/tasks/\d+/$"))
    expect(page.locator(".outcomes")).to_be_visible()
    page.locator("[aria-keyshortcuts='3']").first.wait_for()


def back_on_the_list(page: Page, *, done: int) -> None:
    page.wait_for_url(re.compile(r"/today/$"))
    expect(page.locator(".tile strong").nth(1)).to_have_text(str(done))


def the_manager_sees_calls(page: Page, picture: Callable[[Page, str], None]) -> None:
    page.goto("/base/")
    expect(page.locator(".panel", has_text="Calls today")).to_contain_text(re.compile(r"done 3 .*booked 1"))
    picture(page, "13-base")


def the_manager_sees_who_moved(page: Page, call: CallResult, picture: Callable[[Page, str], None]) -> None:
    """From the bar of the stage to the list, from the list to the customer, who was called and is booked."""
    standing = Standing.objects.select_related("customer").get(pk=call.task.ownership_id)
    assert standing.substage == Substage.BOOKED
    page.goto("/base/")
    page.locator(".disclosure summary").click()
    page.locator(".disclosure").get_by_role("link", name="booked", exact=True).first.click()
    row = page.locator("tbody tr", has_text=standing.customer.short_name)
    expect(row).to_contain_text("Booked for")
    picture(page, "14-base-list")
    row.get_by_role("link").first.click()
    expect(page.locator("h1")).to_have_text(str(standing.customer))
    timeline = page.locator(".customer-timeline")
    expect(timeline).to_contain_text("Анна")
    expect(timeline).to_contain_text("Appointment")
    picture(page, "15-customer")
