"""Segments in the browser: building, changing, sharing, exporting; and what Clara of South cannot see."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealercrm.accounts.models import AccessLog, Dealership, Role, User
from lifecycle.models import Segment, Standing
from lifecycle.rules.segments import Condition, Definition, Op, written
from tests.factories import make_customer, make_ownership, make_user, make_visit
from tests.lifecycle.segment_world import some_base, standing_of

Browser = Callable[[User], Client]
DORMANT = Definition((Condition("stage", Op.ANY, ("dormant",)),))


@pytest.fixture(autouse=True)
def of_today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def saved(store: Dealership | None, by: User, now: datetime, definition: Definition = DORMANT) -> Segment:
    return Segment.create(dealership=store, name="Asleep", definition=definition, by=by, at=now)


def typed(**more: Any) -> dict[str, Any]:
    """The builder's form as a browser sends it."""
    form = {
        "name": "Silent Kias",
        "of": "current",
        "all-0-field": "make",
        "all-0-values": ["kia"],
        "all-1-field": "last_visit",
        "all-1-op": "between",
        "all-1-from": "180",
        "all-1-to": "1 400",
        "but_not-0-field": "complaint",
        "but_not-0-op": "yes",
        "do": "save",
    }
    return form | more


def text_of(response: Any) -> str:
    return str(response.content.decode().replace("\u00a0", " ").replace("\u2009", " "))


def test_a_manager_builds_saves_and_opens_a_segment(
    north: Dealership, boris: User, as_user: Browser, today: date
) -> None:
    some_base(north, today)
    browser = as_user(boris)
    page = browser.post("/segments/new/", typed(), follow=True)
    segment = Segment.objects.get()
    assert page.redirect_chain == [(f"/segments/{segment.pk}/", 302)]
    assert segment.dealership == north
    assert segment.definition == {
        "of": "current",
        "all": [
            {"field": "make", "op": "any", "values": ["kia"]},
            {"field": "last_visit", "op": "between", "from": 180, "to": 1400},
        ],
        "but_not": [{"field": "complaint", "op": "yes"}],
    }
    assert "make – Kia; last visit – 180 – 1,400 days ago; but not: a complaint is open." in text_of(page)
    assert segment.changes.get().definition == segment.definition
    assert "Silent Kias" in text_of(browser.get("/segments/"))


def test_the_count_on_the_list_the_page_and_the_rows_are_one_number(
    north: Dealership, boris: User, as_user: Browser, today: date, now: datetime
) -> None:
    some_base(north, today, size=30)
    segment = saved(north, boris, now)
    number = segment.members([north], today).count()
    browser = as_user(boris)
    assert number > 1
    assert f">{number}</a>" in text_of(browser.get(f"/segments/{segment.pk}/count/"))
    page = text_of(browser.get(f"/segments/{segment.pk}/"))
    assert f"{number} cars, customers: {number}, North." in page
    assert page.count('data-label="Car"') == number
    preview = browser.post("/segments/preview/", {"of": "current", "all-0-field": "stage", "all-0-values": ["dormant"]})
    assert f"<strong>{number}</strong> cars" in text_of(preview)


def test_the_builder_keeps_what_was_typed_while_conditions_come_and_go(
    north: Dealership, boris: User, as_user: Browser
) -> None:
    make_customer(north)
    browser = as_user(boris)
    added = text_of(browser.post("/segments/new/", typed(**{"do": "add-all", "add-all": "has_email"})))
    assert 'name="all-2-field" value="has_email"' in added
    assert 'value="Silent Kias"' in added
    assert 'value="1400"' in added
    removed = text_of(browser.post("/segments/new/", typed(do="remove-all-0"), headers={"HX-Request": "true"}))
    assert "<html" not in removed
    assert 'name="all-0-field" value="last_visit"' in removed
    assert 'value="make"' not in re.sub(r"<option.*?</option>", "", removed)
    assert not Segment.objects.exists()


def test_a_mistake_stands_at_its_field_and_nothing_is_saved(north: Dealership, boris: User, as_user: Browser) -> None:
    browser = as_user(boris)
    for wrong, words in (
        ({"all-1-from": "soon"}, "A whole number is needed."),
        ({"all-1-from": "1500"}, "This must not be smaller than the number before it."),
        ({"all-1-from": "", "all-1-to": ""}, "Say from, or to, or both."),
        ({"all-0-values": ["volga"]}, "There is no such value"),
        ({"name": ""}, "This field is required."),
    ):
        answer = browser.post("/segments/new/", typed(**wrong))
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert 'aria-invalid="true"' in text_of(answer)
    assert not Segment.objects.exists()


def test_half_a_condition_is_no_error_while_one_builds(north: Dealership, boris: User, as_user: Browser) -> None:
    answer = as_user(boris).post("/segments/preview/", {"of": "current", "all-0-field": "last_visit"})
    assert answer.status_code == 200
    assert "A condition is not complete yet" in text_of(answer)
    assert "<strong>Last visit</strong>: Say from, or to, or both." in text_of(answer)
    more = {"of": "current", "all-0-field": "last_visit", "do": "add-all", "add-all": "city"}
    assert "aria-invalid" not in text_of(as_user(boris).post("/segments/new/", more))


def test_two_segments_of_a_store_have_two_names_and_an_archived_one_gives_its_name_away(
    north: Dealership, south: Dealership, boris: User, as_user: Browser, now: datetime
) -> None:
    browser = as_user(boris)
    first = saved(north, boris, now)
    saved(south, boris, now)
    answer = browser.post("/segments/new/", typed(name="Asleep"))
    assert answer.status_code == 422
    assert "There is a segment of this name already." in text_of(answer)
    browser.post(f"/segments/{first.pk}/archive/")
    listed = text_of(browser.get("/segments/"))
    assert f"/segments/{first.pk}/count/" not in listed, "nobody counts the archive"
    assert f'href="/segments/{first.pk}/">Asleep</a>' in listed, "and everybody finds the way back"
    assert browser.post("/segments/new/", typed(name="Asleep")).status_code == 302
    back = browser.post(f"/segments/{first.pk}/archive/", {"restore": "1"}, follow=True)
    assert "There is a segment of this name already." in text_of(back)
    Segment.objects.exclude(pk=first.pk).filter(dealership=north).delete()
    browser.post(f"/segments/{first.pk}/archive/", {"restore": "1"})
    assert Segment.objects.get(pk=first.pk).archived_at is None
    assert [change.is_archived for change in first.changes.all()] == [False, True, False]


def test_of_two_editors_the_second_is_told(north: Dealership, boris: User, as_user: Browser, now: datetime) -> None:
    segment = saved(north, boris, now)
    browser = as_user(boris)
    address = f"/segments/{segment.pk}/edit/"
    assert 'name="version" value="1"' in text_of(browser.get(address))
    assert browser.post(address, typed(version="1")).status_code == 302
    late = browser.post(address, typed(version="1", name="Late"))
    assert late.status_code == 422
    assert "Somebody else changed this segment meanwhile." in text_of(late)
    segment.refresh_from_db()
    assert (segment.name, segment.version) == ("Silent Kias", 2)
    assert list(segment.changes.values_list("version", "name")) == [(1, "Asleep"), (2, "Silent Kias")]


def test_saving_without_a_change_leaves_no_trace_in_the_journal(
    north: Dealership, boris: User, as_user: Browser, now: datetime
) -> None:
    segment = saved(north, boris, now)
    same = {"name": "Asleep", "of": "current", "all-0-field": "stage", "all-0-values": ["dormant"], "do": "save"}
    assert as_user(boris).post(f"/segments/{segment.pk}/edit/", same | {"version": "1"}).status_code == 302
    assert segment.changes.count() == 1


def test_a_ready_made_segment_is_read_and_copied_and_never_changed(
    north: Dealership, boris: User, as_user: Browser
) -> None:
    browser = as_user(boris)
    assert "Copy and change" in text_of(browser.get("/segments/thin-ice/"))
    copy = text_of(browser.get("/segments/new/?from=thin-ice"))
    assert 'value="Thin ice"' in copy
    assert 'name="all-0-field" value="substage"' in copy
    assert 'name="but_not-0-field" value="booked"' in copy
    for address in ("/segments/thin-ice/edit/", "/segments/no-such/", "/segments/new/?from=999"):
        assert browser.get(address).status_code == 404
    assert browser.post("/segments/thin-ice/archive/").status_code == 404


def test_what_the_group_shares_every_store_sees_with_its_own_customers_and_only_the_group_changes(
    north: Dealership, south: Dealership, boris: User, as_user: Browser, today: date
) -> None:
    for store in (north, south):
        some_base(store, today)
    chief = make_user("chief", Role.MANAGER, north, is_group_manager=True)
    as_user(chief).post("/segments/new/", typed(is_shared="on"))
    segment = Segment.objects.get()
    assert segment.dealership is None
    dora = as_user(make_user("dora", Role.MANAGER, south))
    assert "Silent Kias" in text_of(dora.get("/segments/"))
    theirs = set(segment.members([south], today).values_list("customer_id", flat=True))
    page = text_of(dora.get(f"/segments/{segment.pk}/?stores=all"))
    assert {int(pk) for pk in re.findall(r"/customers/(\d+)/", page)} == theirs
    assert dora.get(f"/segments/{segment.pk}/edit/").status_code == 404
    assert dora.post(f"/segments/{segment.pk}/archive/").status_code == 404
    as_user(boris).post("/segments/new/", typed(name="Mine", is_shared="on"))
    assert Segment.objects.get(name="Mine").dealership == north, "a manager of one store shares with nobody else"


def test_clara_of_south_sees_nothing_of_north(
    north: Dealership, south: Dealership, boris: User, clara: User, as_user: Browser, today: date, now: datetime
) -> None:
    some_base(north, today)
    segment = saved(north, boris, now)
    boss = as_user(make_user("south-boss", Role.MANAGER, south))
    for path in ("", "edit/", "count/"):
        assert boss.get(f"/segments/{segment.pk}/{path}").status_code == 404
        assert as_user(clara).get(f"/segments/{segment.pk}/{path}").status_code == 403, "an operator has no segments"
    assert boss.post(f"/segments/{segment.pk}/export/").status_code == 404
    for address in ("/segments/last-year/?stores=all", "/segments/out-of-reach/"):
        assert "0 cars" in text_of(boss.get(address))
    preview = boss.post("/segments/preview/?stores=all", {"of": "every"})
    assert "<strong>0</strong>" in text_of(preview)
    assert not AccessLog.objects.exists()


def test_who_saw_a_segment_saw_its_customers_and_the_audit_finds_them_by_number(
    north: Dealership, boris: User, vera: User, as_user: Browser, today: date, now: datetime
) -> None:
    rows = some_base(north, today)
    segment = saved(north, boris, now)
    as_user(boris).get(f"/segments/{segment.pk}/")
    entry = AccessLog.objects.get()
    seen = set(entry.customers.values_list("customer_id", flat=True))
    assert (entry.action, entry.subject, entry.object_id, entry.rows) == ("view", "segment", segment.pk, len(seen))
    audit = as_user(vera)
    inside, outside = next(iter(seen)), next(row.customer_id for row in rows if row.customer_id not in seen)
    assert "boris" in text_of(audit.get(f"/audit/?customer={inside}")).replace("Boris", "boris")
    assert "No entries" in text_of(audit.get(f"/audit/?customer={outside}"))


def test_an_export_is_a_file_of_the_rows_and_names_in_the_log_whom_it_held(
    north: Dealership, boris: User, as_user: Browser, today: date, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.segments.exporting.CHUNK", 4)
    some_base(north, today)
    segment = saved(north, boris, now)
    members = list(segment.members([north], today).order_by("pk"))
    browser = as_user(boris)
    answer = browser.post(f"/segments/{segment.pk}/export/", {"format": "csv"})
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="Asleep 2026-03-16.csv"'
    assert "no-store" in answer["Cache-Control"]
    assert content.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert [row[0] for row in table] == ["Customer number", *(str(row.customer_id) for row in members)]
    entry = AccessLog.objects.get()
    assert (entry.action, entry.rows, entry.user, entry.dealership) == ("export", len(members), boris, north)
    assert set(entry.customers.values_list("customer_id", flat=True)) == {row.customer_id for row in members}

    answer = browser.post(f"/segments/{segment.pk}/export/", {"format": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    sheet = list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert [row[0] for row in sheet[1:]] == [row.customer_id for row in members]
    assert browser.post(f"/segments/{segment.pk}/export/", {"format": "pdf"}).status_code == 404
    assert browser.get(f"/segments/{segment.pk}/export/").status_code == 405


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1", "\u00a0=1", "\uff1d1", "=cmd|' /C calc'!A0"]
)
def test_no_cell_of_an_export_is_a_formula(
    evil: str, north: Dealership, boris: User, as_user: Browser, now: datetime, today: date
) -> None:
    customer = make_customer(north, name="Иванов", phone="+79123456789", email="a@example.com")
    type(customer).objects.filter(pk=customer.pk).update(last_name=evil, city=evil, first_name="")
    ownership = make_ownership(customer, north)
    type(ownership.vehicle).objects.update(plate=evil[:16])
    standing_of(ownership, today, stage="dormant", substage="quiet")
    segment = saved(north, boris, now)
    browser = as_user(boris)
    cells: list[str] = []
    for form in ("csv", "xlsx"):
        answer = browser.post(f"/segments/{segment.pk}/export/", {"format": form})
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        if form == "csv":
            cells += list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))[1]
        else:
            row = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows())[1]  # type: ignore[union-attr]
            assert all(cell.data_type != "f" for cell in row)
            cells += [str(cell.value) for cell in row if cell.value is not None]
    assert cells
    assert not [cell for cell in cells if cell.strip()[:1] in set("=+-@\uff1d")]
    assert cells.count("8 (912) 345-67-89") == 2, "a phone begins with a digit, as it is dialled from the store"


def test_a_segment_too_long_for_a_file_is_refused_in_words(
    north: Dealership, boris: User, as_user: Browser, today: date, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_base(north, today, size=30)
    segment = saved(north, boris, now)
    monkeypatch.setattr("lifecycle.views.segments.MOST", 1)
    monkeypatch.setattr("lifecycle.views.segment_export.MOST", 1)
    browser = as_user(boris)
    page = text_of(browser.get(f"/segments/{segment.pk}/"))
    assert "A file holds at most 1 cars." in page
    assert 'name="format"' not in page
    answer = browser.post(f"/segments/{segment.pk}/export/", {"format": "csv"}, follow=True)
    assert "too long for one file" in text_of(answer)
    assert not AccessLog.objects.filter(action="export").exists()


def test_a_segment_whose_field_is_gone_counts_nobody_and_says_so(
    north: Dealership, boris: User, as_user: Browser, today: date, now: datetime
) -> None:
    some_base(north, today)
    segment = saved(north, boris, now)
    Segment.objects.update(definition={"all": [{"field": "colour", "op": "any", "values": ["red"]}]})
    browser = as_user(boris)
    assert "a field that is gone" in text_of(browser.get("/segments/"))
    page = text_of(browser.get(f"/segments/{segment.pk}/"))
    assert "0 cars" in page
    assert "does not have" in page
    assert browser.get(f"/segments/{segment.pk}/edit/").status_code == 200
    assert ">0</a>" in text_of(browser.get(f"/segments/{segment.pk}/count/"))


def test_a_long_list_goes_on_where_the_page_before_stopped(
    north: Dealership, boris: User, as_user: Browser, today: date, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.views.segments.PAGE", 2)
    some_base(north, today, size=30)
    segment = saved(north, boris, now)
    browser, seen, address = as_user(boris), [], f"/segments/{segment.pk}/"
    while address:
        page = browser.get(address).content.decode()
        seen += re.findall(r'href="/ownerships/(\d+)/explain/"', page)
        match = re.search(r'href="(\?[^"]*)" rel="next"', page)
        address = f"/segments/{segment.pk}/" + match[1].replace("&amp;", "&") if match else ""
    assert [int(pk) for pk in seen] == sorted(segment.members([north], today).values_list("pk", flat=True))
    assert browser.get(f"/segments/{segment.pk}/?after=x").status_code == 404


def test_query_counts_do_not_grow_with_segments_or_members(
    north: Dealership, boris: User, as_user: Browser, today: date, now: datetime
) -> None:
    every_make = Definition((Condition("make", Op.ANY, ("kia", "lada")), Condition("work_done", Op.ANY, ("oil",))))
    segment = saved(north, boris, now, every_make)
    browser = as_user(boris)

    def queries() -> dict[str, int]:
        counts = {}
        for path in ("", f"{segment.pk}/", f"{segment.pk}/count/", "new/"):
            browser.get(f"/segments/{path}")
            with CaptureQueriesContext(connection) as captured:
                browser.get(f"/segments/{path}")
            counts[path.replace(str(segment.pk), "#")] = len(captured)
        return counts

    def grow(number: int) -> None:
        ownership = make_ownership(make_customer(north), north)
        make_visit(ownership, today)
        standing_of(ownership, today)
        definition = written(every_make)
        Segment.objects.create(
            dealership=north, name=f"More {number}", definition=definition, created_by=boris, created_at=now,
            changed_at=now,
        )  # fmt: skip

    grow(0)
    few = queries()
    for number in range(1, 5):
        grow(number)
    assert Standing.objects.count() == 5
    assert queries() == few
    frame = few["new/"]  # the empty builder asks nothing of its own
    assert few[""] == frame + 4, "segments, and the words of makes, models and works"
    assert few["#/"] == frame + 7, "the segment and its words, the count, the rows, and two for the access log"
