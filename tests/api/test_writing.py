"""Another system writes: created once, unchanged when repeated, refused with the field and the way to mend it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from customers.models import ConsentEvent, Customer
from dealercrm.accounts.models import Dealership, Role, User
from dealercrm.api_urls import router
from tests.api.conftest import SHARED
from tests.factories import make_customer, make_ownership, make_user
from vehicles.models import Appointment, Complaint, OdometerReading, Ownership, Refusal, RepairOrder, Touch

Program = Callable[..., APIClient]
VIN = "Z94CB41AAGR323020"
PERSON = {
    "last_name": "Иванов",
    "first_name": "Алексей",
    "phones": ["8 (912) 345-67-89"],
    "emails": ["Ivanov@Example.com"],
    "consent": True,
    "consent_on": "2026-03-01",
}
CAR = {"make": "Kia", "model": "Rio", "year": 2022, "customer_code": "K-17", "sold_on": "2024-01-15"}
VISIT = {
    "opened_on": "2025-02-01",
    "vin": VIN,
    "customer_code": "K-17",
    "odometer_km": 15000,
    "total": "14200.00",
    "lines": [{"name": "Maintenance", "work_group": "maintenance", "amount": "6000.00"}],
}
POLICY = {"vin": VIN, "kind": "insurance", "product": "KASKO", "ends_on": "2027-01-14"}
BOOKING = {"customer_code": "K-17", "vin": VIN, "starts_at": "2026-03-20T10:00:00+03:00"}


@pytest.fixture
def robot(dms: User, program: Program) -> APIClient:
    return program(dms)


@pytest.fixture
def pushed(robot: APIClient) -> dict[str, Any]:
    """Ivanov with a car, sent by the DMS of North; our ids."""
    customer = robot.put("/api/v1/customers/by-code/north/dms/K-17/", PERSON)
    car = robot.put(f"/api/v1/vehicles/by-vin/north/dms/{VIN}/", CAR)
    assert (customer.status_code, car.status_code) == (201, 201), (customer.json(), car.json())
    return {"customer": customer.json()["id"], "vehicle": car.json()["id"]}


ADDRESSES = [
    ("customers/by-code/{store}/dms/K-17", PERSON),
    ("vehicles/by-vin/{store}/dms/" + VIN, CAR),
    ("repair-orders/by-number/{store}/dms/RO-1", VISIT),
    ("covers/by-number/{store}/dms/P-1", POLICY),
    ("appointments/by-code/{store}/dms/A-1", BOOKING),
]


@pytest.mark.parametrize(("address", "body"), ADDRESSES)
def test_a_record_is_created_and_the_same_again_changes_nothing(
    address: str, body: dict[str, Any], robot: APIClient, pushed: dict[str, Any]
) -> None:
    path = f"/api/v1/{address.format(store='north')}/"
    first = robot.put(path, body)
    again = robot.put(path, body)
    assert first.status_code in {200, 201}, first.json()
    assert again.status_code == 200
    assert again.json() == {"result": "unchanged", "id": first.json()["id"], "errors": [], "warnings": []}


@pytest.mark.parametrize(("address", "body"), ADDRESSES)
def test_an_address_of_another_dealership_does_not_exist(
    address: str, body: dict[str, Any], robot: APIClient, south: Dealership, pushed: dict[str, Any]
) -> None:
    assert robot.put(f"/api/v1/{address.format(store='south')}/", body).status_code == 404


@pytest.mark.parametrize(("address", "body"), ADDRESSES)
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_operators_and_managers_read_and_do_not_write(
    address: str, body: dict[str, Any], role: str, north: Dealership, program: Program
) -> None:
    person = program(make_user("reader", role, north))
    answer = person.put(f"/api/v1/{address.format(store='north')}/", body)
    assert answer.status_code == 403
    assert "integration or administrator" in answer.json()["detail"]


def test_who_reads_at_one_store_and_writes_at_another_writes_only_there(
    north: Dealership, south: Dealership, program: Program
) -> None:
    """Administrator of South, operator of North."""
    user = make_user("both", Role.ADMINISTRATOR, south)
    user.memberships.create(dealership=north, role=Role.OPERATOR)
    client = program(user)
    assert client.put("/api/v1/customers/by-code/south/dms/K-1/", PERSON).status_code == 201
    assert client.put("/api/v1/customers/by-code/north/dms/K-1/", PERSON).status_code == 403
    answer = client.post("/api/v1/customers/batch/", {"dealership": "north", "records": [PERSON]})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "read_only"


def test_every_body_that_names_a_foreign_dealership_is_an_error(
    robot: APIClient, south: Dealership, pushed: dict[str, Any]
) -> None:
    """Every create and every batch of the router, asked by a robot that may write at home."""
    asked = 0
    for noun, viewset, _name in router.registry:
        if noun in SHARED or Role.INTEGRATION not in getattr(
            viewset, "write_roles", ()
        ):  # people's own have tests of their own
            continue
        writes: list[str] = [f"/api/v1/{noun}/"] if hasattr(viewset, "create") else []
        writes += [f"/api/v1/{noun}/batch/"] if hasattr(viewset, "batch") else []
        for path in writes:
            body = {"dealership": "south", "records": [{}], "customer": pushed["customer"]}
            answer = robot.post(path, body)
            assert answer.status_code == 400, path
            assert ("dealership", "does_not_exist") in {
                (error["field"], error["code"]) for error in answer.json()["errors"]
            }, path
            asked += 1
    assert asked >= 9


def test_a_pushed_customer_reads_back_normalised(robot: APIClient, pushed: dict[str, Any]) -> None:
    seen = robot.get("/api/v1/customers/by-code/north/dms/K-17/").json()
    assert seen["id"] == pushed["customer"]
    assert seen["name"] == "Иванов Алексей"
    assert [point["value"] for point in seen["contact_points"]] == ["+79123456789", "ivanov@example.com"]
    assert seen["external_ids"] == [{"dealership": "north", "source": "dms", "code": "K-17"}]


def test_what_is_left_out_stays_and_what_changed_follows(robot: APIClient, pushed: dict[str, Any]) -> None:
    answer = robot.put("/api/v1/customers/by-code/north/dms/K-17/", {"last_name": "Иванов", "city": "Казань"})
    assert answer.json()["result"] == "updated"
    seen = robot.get(f"/api/v1/customers/{pushed['customer']}/").json()
    assert seen["first_name"] == "Алексей"
    assert seen["city"] == "Казань"
    assert len(seen["contact_points"]) == 2


def test_a_correction_made_here_survives_the_next_push(robot: APIClient, pushed: dict[str, Any]) -> None:
    Customer.objects.get(pk=pushed["customer"]).correct({"first_name": "Александр"})
    robot.put("/api/v1/customers/by-code/north/dms/K-17/", {**PERSON, "city": "Казань"})
    seen = robot.get(f"/api/v1/customers/{pushed['customer']}/").json()
    assert (seen["first_name"], seen["city"]) == ("Александр", "Казань")


def test_a_batch_tells_what_became_of_each_record(robot: APIClient, pushed: dict[str, Any]) -> None:
    records = [
        {"code": "K-17", **PERSON},
        {"code": "K-18", "last_name": "Орлова", "phones": ["12"]},
        {"code": "K-19", "last_name": "Белова"},
        {"code": "K-20"},
        {"code": "K-21", "last_name": "Кац", "nickname": "cat"},
        "not a record",
    ]
    answer = robot.post("/api/v1/customers/batch/", {"dealership": "north", "source": "dms", "records": records})
    body = answer.json()
    assert answer.status_code == 200
    assert [row["result"] for row in body["results"]] == [
        "unchanged", "rejected", "created", "rejected", "rejected", "rejected",
    ]  # fmt: skip
    assert {name: body[name] for name in ("created", "updated", "unchanged", "rejected")} == {
        "created": 1,
        "updated": 0,
        "unchanged": 1,
        "rejected": 4,
    }
    assert [row["errors"][0]["field"] if row["errors"] else None for row in body["results"]] == [
        None, "phones[0]", None, "name", "nickname", "",
    ]  # fmt: skip
    assert body["results"][1]["errors"][0]["message"].startswith("A number of 2 digits cannot be dialled")


def test_errors_are_told_in_the_language_that_is_accepted(dms: User, program: Program) -> None:
    robot = program(dms, language="ru")
    answer = robot.put("/api/v1/customers/by-code/north/dms/K-1/", {"last_name": "Кац", "birth_on": "soon"})
    assert answer.status_code == 400
    assert answer["Content-Language"] == "ru"
    assert any("А" <= letter <= "я" for letter in answer.json()["errors"][0]["message"])


def test_a_batch_of_more_than_a_thousand_is_refused(robot: APIClient) -> None:
    answer = robot.post("/api/v1/customers/batch/", {"dealership": "north", "records": [{}] * 1001})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "records"


def test_more_than_the_size_limit_is_refused_before_it_is_read(robot: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = robot.post("/api/v1/customers/batch/", {"dealership": "north", "records": [{"code": "x" * 2000}]})
    assert answer.status_code == 413


def test_brackets_thousands_deep_are_the_callers_error(robot: APIClient) -> None:
    answer = robot.post("/api/v1/customers/batch/", "[" * 100_000, content_type="application/json")
    assert answer.status_code == 400


def test_nested_errors_say_where(robot: APIClient, pushed: dict[str, Any]) -> None:
    visit = {**VISIT, "lines": [{"name": "Oil"}, {"name": "Pads", "work_group": "magic", "amount": "a lot"}]}
    answer = robot.put("/api/v1/repair-orders/by-number/north/dms/RO-1/", visit)
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {"lines[1].work_group", "lines[1].amount"}


def test_a_visit_of_an_unknown_car_is_refused_with_its_vin(robot: APIClient, pushed: dict[str, Any]) -> None:
    visit = {**VISIT, "vin": "Z94CB41AAGR999999"}
    answer = robot.put("/api/v1/repair-orders/by-number/north/dms/RO-1/", visit)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("vin", "import.unknown_vehicle")
    assert "Z94CB41AAGR999999" in error["message"]


def test_a_pushed_visit_is_a_fact_the_next_night_judges(robot: APIClient, pushed: dict[str, Any]) -> None:
    before = Ownership.objects.get().facts_version
    robot.put("/api/v1/repair-orders/by-number/north/dms/RO-1/", VISIT)
    order = robot.get("/api/v1/repair-orders/by-number/north/dms/RO-1/").json()
    assert order["total"] == "14200.00"
    assert [line["work_group"] for line in order["lines"]] == ["maintenance"]
    assert Ownership.objects.get().facts_version > before


def test_a_deleted_visit_is_voided_and_keeps_its_id(robot: APIClient, pushed: dict[str, Any]) -> None:
    path = "/api/v1/repair-orders/by-number/north/dms/RO-1/"
    made = robot.put(path, VISIT).json()
    assert robot.delete(path).status_code == 204
    assert robot.delete(path).status_code == 204, "twice is harmless"
    assert RepairOrder.objects.get(pk=made["id"]).voided_at is not None
    assert robot.delete("/api/v1/repair-orders/by-number/north/dms/RO-2/").status_code == 404


def test_a_key_in_the_body_may_not_contradict_the_address(robot: APIClient) -> None:
    answer = robot.put("/api/v1/customers/by-code/north/dms/K-1/", {"code": "K-2", "last_name": "Кац"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "code"


# --- the phone lookup -------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["8 912 345-67-89", "+79123456789", "%2B7 (912) 345 67 89", "9123456789"])
def test_a_caller_is_found_by_any_notation_of_the_number(typed: str, robot: APIClient, pushed: dict[str, Any]) -> None:
    for answer in (
        robot.get(f"/api/v1/customers/lookup/?phone={typed}"),
        robot.post("/api/v1/customers/lookup/", {"phone": typed.replace("%2B", "+")}),
    ):
        assert answer.status_code == 200, answer.json()
        assert answer.json()["phone"] == "+79123456789"
        assert [row["id"] for row in answer.json()["results"]] == [pushed["customer"]]


def test_an_operator_may_look_up_by_post_and_clara_finds_nobody_of_north(
    pushed: dict[str, Any], anna: User, clara: User, program: Program
) -> None:
    body = {"phone": "89123456789"}
    assert len(program(anna).post("/api/v1/customers/lookup/", body).json()["results"]) == 1
    assert program(clara).post("/api/v1/customers/lookup/", body).json()["results"] == []


def test_what_is_no_number_is_answered_with_the_reason(robot: APIClient) -> None:
    answer = robot.get("/api/v1/customers/lookup/?phone=12")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "phone"


# --- facts that other systems record ----------------------------------------------------------------


def test_the_id_of_a_merged_customer_keeps_resolving(robot: APIClient, pushed: dict[str, Any]) -> None:
    north = Dealership.objects.get(code="north")
    kept = make_customer(north)
    Customer.objects.filter(pk=pushed["customer"]).update(merged_into=kept)
    Customer.objects.get(pk=pushed["customer"]).known_to.all().delete()
    answer = robot.get(f"/api/v1/customers/{pushed['customer']}/")
    assert answer.json()["id"] == kept.pk
    assert answer["Content-Location"].endswith(f"/api/v1/customers/{kept.pk}/")
    said = {"dealership": "north", "customer": pushed["customer"], "is_given": False}
    assert robot.post("/api/v1/consents/", said).json()["customer"] == kept.pk
    assert robot.get("/api/v1/customers/by-code/north/dms/K-17/").json()["id"] == kept.pk


def test_a_website_records_a_consent_with_its_proof_once(robot: APIClient, pushed: dict[str, Any], dms: User) -> None:
    said = {
        "dealership": "north",
        "customer_code": "K-17",
        "purpose": "marketing",
        "channel": "email",
        "is_given": True,
        "text_version": "2026-01",
        "at": "2026-03-16T11:00:00+03:00",
    }
    first, again = robot.post("/api/v1/consents/", said), robot.post("/api/v1/consents/", said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    event = ConsentEvent.objects.get(pk=first.json()["id"])
    assert (event.customer_id, event.recorded_by, event.source) == (pushed["customer"], dms, "web")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text_version": ""}, "text_version"),
        ({"at": "2026-03-16T11:00:00"}, "at"),
        ({"at": "2126-03-16T11:00:00+03:00"}, "at"),
        ({"customer_code": "nobody"}, "customer_code"),
        ({"customer": 10**12}, "customer"),
        ({"purpose": "fun"}, "purpose"),
    ],
)
def test_a_consent_that_proves_nothing_is_refused(
    change: dict[str, Any], field: str, robot: APIClient, pushed: dict[str, Any]
) -> None:
    said = {"dealership": "north", "customer_code": "K-17", "is_given": True, "text_version": "1", **change}
    if "customer" in change:
        del said["customer_code"]
    answer = robot.post("/api/v1/consents/", said)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_nothing_is_recorded_about_a_customer_of_another_store(
    robot: APIClient, south: Dealership, pushed: dict[str, Any]
) -> None:
    stranger = make_customer(south)
    for noun, body in (
        ("consents", {"is_given": False}),
        ("touches", {"channel": "call"}),
        ("complaints", {"text": "noise"}),
        ("refusals", {}),
    ):
        answer = robot.post(f"/api/v1/{noun}/", {"dealership": "north", "customer": stranger.pk, **body})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "unknown"
    starts = {"customer": stranger.pk, "starts_at": "2026-03-20T10:00:00+03:00"}
    assert robot.put("/api/v1/appointments/by-code/north/web/1/", starts).status_code == 400


def test_a_website_books_moves_and_cancels_an_appointment(robot: APIClient, pushed: dict[str, Any], dms: User) -> None:
    path = f"/api/v1/appointments/by-code/north/web/{uuid4()}/"
    before = Ownership.objects.get().facts_version
    booked = robot.put(path, {**BOOKING, "customer": pushed["customer"], "customer_code": ""})
    assert booked.status_code == 400, "the customer is named twice"
    body = {"customer": pushed["customer"], "vin": VIN, "starts_at": BOOKING["starts_at"]}
    assert robot.put(path, body).json()["result"] == "created"
    appointment = Appointment.objects.get()
    assert (appointment.ownership, appointment.booked_by) == (Ownership.objects.get(), dms)
    assert Ownership.objects.get().facts_version > before
    assert robot.put(path, {**body, "starts_at": "2026-03-21T10:00:00+03:00"}).json()["result"] == "updated"
    assert robot.put(path, {**body, "status": "cancelled"}).json()["result"] == "updated"
    assert robot.get(path).json()["status"] == "cancelled"
    assert Appointment.objects.count() == 1


def test_an_appointment_with_a_car_of_somebody_else_is_refused(robot: APIClient, pushed: dict[str, Any]) -> None:
    north = Dealership.objects.get(code="north")
    other = make_ownership(make_customer(north), north)
    answer = robot.put("/api/v1/appointments/by-code/north/dms/1/", {**BOOKING, "vin": other.vehicle.vin})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "import.not_their_car"


def test_a_complaint_is_recorded_once_and_solved_once(
    robot: APIClient, pushed: dict[str, Any], clara: User, program: Program
) -> None:
    body = {
        "dealership": "north",
        "customer_code": "K-17",
        "vin": VIN,
        "text": "The door rattles.",
        "opened_at": "2026-01-12T09:00:00Z",
    }
    first, again = robot.post("/api/v1/complaints/", body), robot.post("/api/v1/complaints/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["ownership"] == Ownership.objects.get().pk
    solve = f"/api/v1/complaints/{first.json()['id']}/solution/"
    assert robot.post(solve, {"solution": "New hinge."}).json()["solution"] == "New hinge."
    late = robot.post(solve, {"solution": "Another."})
    assert late.status_code == 409
    assert "before" in late.json()["detail"]
    assert Complaint.objects.get().solution == "New hinge."


def test_touches_and_refusals_are_facts_of_the_customers_cars(
    robot: APIClient, pushed: dict[str, Any], dms: User
) -> None:
    before = Ownership.objects.get().facts_version
    about = {"dealership": "north", "customer_code": "K-17", "at": "2026-03-16T11:00:00+03:00"}
    assert robot.post("/api/v1/touches/", {**about, "channel": "call", "note": "Winter tyres?"}).status_code == 201
    assert robot.post("/api/v1/touches/", {**about, "channel": "call", "note": "Winter tyres?"}).status_code == 200
    refusal = robot.post(
        "/api/v1/refusals/", {**about, "topic": "insurance_renewal", "reason": "price", "until": "2027-01-01"}
    )
    assert refusal.status_code == 201
    assert Touch.objects.get().by == dms
    assert Refusal.objects.get().until == date(2027, 1, 1)
    assert Ownership.objects.get().facts_version == before + 2


def test_a_doubtful_reading_is_taken_once_with_its_reason(robot: APIClient, pushed: dict[str, Any], dms: User) -> None:
    body = {"dealership": "north", "vin": VIN, "read_on": "2026-01-10", "km": 45000}
    assert robot.post("/api/v1/odometer-readings/", body).json()["plausibility"] == "plausible"
    less = {**body, "read_on": "2026-02-10", "km": 40000}
    first, again = robot.post("/api/v1/odometer-readings/", less), robot.post("/api/v1/odometer-readings/", less)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["plausibility"] == "suspect"
    assert first.json()["note"]["code"] == "odometer.dropped"
    assert "45,000" in first.json()["note"]["text"]
    assert OdometerReading.objects.filter(entered_by=dms).count() == 2


@pytest.mark.parametrize(
    ("change", "field"), [({"read_on": "2126-01-01"}, "read_on"), ({"vin": "Z94CB41AAGR999999"}, "vin")]
)
def test_a_reading_of_a_day_to_come_or_of_an_unknown_car_is_refused(
    change: dict[str, Any], field: str, robot: APIClient, pushed: dict[str, Any]
) -> None:
    body = {"dealership": "north", "vin": VIN, "read_on": "2026-01-10", "km": 45000, **change}
    answer = robot.post("/api/v1/odometer-readings/", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_car_that_was_sold_has_no_owner_any_more(robot: APIClient, pushed: dict[str, Any]) -> None:
    path = f"/api/v1/ownerships/{Ownership.objects.get().pk}/ending/"
    assert robot.post(path, {"reason": "sold", "on": "2020-01-01"}).json()["errors"][0]["code"] == "before"
    assert robot.post(path, {"reason": "sold", "on": "2126-01-01"}).json()["errors"][0]["code"] == "future"
    assert robot.post(path, {"reason": "sold", "on": "2026-01-01"}).json()["ended_on"] == "2026-01-01"
    assert robot.post(path, {"reason": "traded_in", "on": "2026-02-01"}).json()["end_reason"] == "sold"


def test_an_unknown_address_is_told_as_json(robot: APIClient) -> None:
    answer = robot.get("/api/v1/cars/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_too_many_requests_are_told_when_to_come_back(robot: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from rest_framework.throttling import UserRateThrottle

    monkeypatch.setattr(UserRateThrottle, "rate", "2/min", raising=False)
    answers = [robot.get("/api/v1/dealerships/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
