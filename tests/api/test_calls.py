"""The call list over REST: never a colleague's call, never a late result, never a foreign store's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from campaigns.models import CallResult, ContactTask
from dealercrm.accounts.models import AccessLog, Dealership, Role, User
from tests.campaigns.building import planned_call
from tests.factories import make_user
from vehicles.models import Appointment, Touch

Program = Callable[..., APIClient]
CLAIMS = "/api/v1/contact-tasks/claims/"


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Iterator[time_machine.Traveller]:
    """A Monday at eleven: people may be called."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hers(anna: User, program: Program) -> APIClient:
    return program(anna)


def result_of(call: dict[str, Any]) -> str:
    return f"/api/v1/contact-tasks/{call['id']}/result/"


def test_an_operator_takes_the_next_call_with_the_number_to_dial(
    north: Dealership, hers: APIClient, anna: User, now: datetime
) -> None:
    task = planned_call(north, now, phone="+79123456789")
    answer = hers.post(CLAIMS, {"dealership": "north"})
    assert answer.status_code == 200, answer.json()
    call = answer.json()
    assert (call["id"], call["epoch"], call["claimed_by"]) == (task.pk, 1, "anna")
    assert call["customer"]["spoken_name"] == "Алексей Сергеевич"
    assert [point["value"] for point in call["customer"]["contact_points"]] == ["+79123456789"]
    assert call["vehicle"]["title"] == "Kia Rio"
    noted = AccessLog.objects.get()
    assert (noted.user, noted.object_id, noted.rows) == (anna, task.customer_id, 1)


def test_an_empty_list_answers_without_content(north: Dealership, hers: APIClient) -> None:
    answer = hers.post(CLAIMS, {"dealership": "north"})
    assert answer.status_code == 204
    assert answer.content == b""


def test_two_operators_never_hold_the_same_call(
    north: Dealership, hers: APIClient, program: Program, now: datetime
) -> None:
    planned_call(north, now)
    colleague = program(make_user("dora", Role.OPERATOR, north))
    call = hers.post(CLAIMS, {"dealership": "north"}).json()
    assert colleague.post(CLAIMS, {"dealership": "north"}).status_code == 204
    taken = colleague.post(CLAIMS, {"dealership": "north", "task": call["id"]})
    assert taken.status_code == 409
    assert taken["Content-Type"] == "application/problem+json"
    assert "Anna" in taken.json()["detail"] or "anna" in taken.json()["detail"]


def test_a_booking_closes_the_call_and_makes_the_appointment(
    north: Dealership, hers: APIClient, anna: User, now: datetime
) -> None:
    planned_call(north, now)
    call = hers.post(CLAIMS, {"dealership": "north"}).json()
    starts = (now + timedelta(days=2)).isoformat()
    body = {"epoch": call["epoch"], "outcome": "booked", "note": "Two cars.", "details": {"starts_at": starts}}
    answer = hers.post(result_of(call), body)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["details"]["appointment"] == Appointment.objects.get().pk
    assert Touch.objects.get().note == "Two cars."
    assert ContactTask.objects.get(pk=call["id"]).status == ContactTask.Status.DONE
    again = hers.post(result_of(call), body)
    assert (again.status_code, again.json()) == (200, answer.json())
    assert Appointment.objects.count() == 1


def test_a_late_result_is_a_conflict_in_words_and_keeps_the_note(
    north: Dealership, hers: APIClient, program: Program, now: datetime, clock: time_machine.Traveller
) -> None:
    planned_call(north, now)
    call = hers.post(CLAIMS, {"dealership": "north"}).json()
    clock.shift(timedelta(minutes=10))
    assert program(make_user("dora", Role.OPERATOR, north)).post(CLAIMS, {"dealership": "north"}).status_code == 200
    late = hers.post(result_of(call), {"epoch": call["epoch"], "outcome": "done", "note": "Will think."})
    assert late.status_code == 409
    assert "your note is kept" in late.json()["detail"]
    kept = CallResult.objects.get()
    assert (kept.was_late, kept.note) == (True, "Will think.")


def test_a_lease_is_kept_and_given_back(north: Dealership, hers: APIClient, now: datetime) -> None:
    planned_call(north, now)
    call = hers.post(CLAIMS, {"dealership": "north"}).json()
    lease = f"/api/v1/contact-tasks/{call['id']}/lease/"
    assert hers.put(lease, {"epoch": call["epoch"]}).json()["status"] == "claimed"
    assert hers.put(lease, {"epoch": call["epoch"] + 1}).status_code == 409
    assert hers.post(lease, {"epoch": call["epoch"]}).json()["status"] == "open"
    assert hers.put(lease, {"epoch": call["epoch"]}).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outcome": "booked"}, "details.starts_at"),
        ({"outcome": "booked", "details": {"starts_at": "2020-01-01T10:00:00Z"}}, "details.starts_at"),
        ({"outcome": "booked", "details": {"starts_at": "tomorrow"}}, "details.starts_at"),
        ({"outcome": "done", "details": {"city": "Казань"}}, "details.city"),
        ({"outcome": "sang a song"}, "outcome"),
        ({"outcome": "done", "epoch": "first"}, "epoch"),
    ],
)
def test_a_result_that_says_too_little_is_refused_and_the_call_stays(
    body: dict[str, Any], field: str, north: Dealership, hers: APIClient, now: datetime
) -> None:
    planned_call(north, now)
    call = hers.post(CLAIMS, {"dealership": "north"}).json()
    answer = hers.post(result_of(call), {"epoch": call["epoch"], **body})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert ContactTask.objects.get(pk=call["id"]).status == ContactTask.Status.CLAIMED


def test_an_integration_works_no_calls_and_clara_none_of_north(
    north: Dealership, dms: User, clara: User, program: Program, hers: APIClient, now: datetime
) -> None:
    task = planned_call(north, now)
    assert program(dms).post(CLAIMS, {"dealership": "north"}).status_code == 403
    outside = program(clara)
    assert outside.post(CLAIMS, {"dealership": "north"}).status_code == 400
    assert outside.post(CLAIMS, {"dealership": "south", "task": task.pk}).status_code == 404
    call = hers.post(CLAIMS, {"dealership": "north"}).json()
    body = {"epoch": call["epoch"], "outcome": "done"}
    assert outside.post(result_of(call), body).status_code == 404
    assert outside.post(f"/api/v1/contact-tasks/{task.pk}/lease/", body).status_code == 404
