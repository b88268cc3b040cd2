"""Lists: pages that skip nothing, filters that refuse typing errors, and a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from dealercrm.accounts.models import Dealership, User
from dealercrm.api_urls import router
from tests.api.conftest import SHARED
from tests.factories import make_customer, make_ownership, make_visit

Program = Callable[..., APIClient]
NOUNS = [noun for noun, _viewset, _name in router.registry if noun not in {"stages", *SHARED}]  # a summary has no rows
# The token (two: knox also sweeps expired ones), the memberships and the rows; then prefetches and the access log.
QUERIES = dict.fromkeys(NOUNS, 4) | {
    "customers": 11,
    "repair-orders": 6,
    "decisions": 5,
    "segments": 5,
    "campaigns": 5,
    "complaints": 5,
    "feedback": 5,
    "reviews": 5,
}


def test_pages_show_every_row_once_although_all_share_a_date(north: Dealership, anna: User, program: Program) -> None:
    ownership = make_ownership(make_customer(north), north)
    orders = [make_visit(ownership, date(2025, 2, 1)).pk for _ in range(7)]
    client, seen = program(anna), []
    address = "/api/v1/repair-orders/?ordering=-opened_on&page_size=3"
    pages = 0
    while address:
        body = client.get(address).json()
        seen += [row["id"] for row in body["results"]]
        address = body["next"]
        pages += 1
    assert seen == sorted(orders, reverse=True)
    assert pages == 3


def test_a_row_that_arrives_while_one_pages_does_not_show_another_twice(
    north: Dealership, anna: User, program: Program
) -> None:
    ownership = make_ownership(make_customer(north), north)
    for day in range(1, 5):
        make_visit(ownership, date(2025, 2, day))
    client = program(anna)
    first = client.get("/api/v1/repair-orders/?ordering=-opened_on&page_size=2").json()
    make_visit(ownership, date(2025, 3, 1))
    second = client.get(first["next"]).json()
    days = [row["opened_on"] for row in first["results"] + second["results"]]
    assert days == ["2025-02-04", "2025-02-03", "2025-02-02", "2025-02-01"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=0", "page_size"),
        ("page_size=501", "page_size"),
        ("page_size=many", "page_size"),
        ("ordering=last_name", "ordering"),
        ("cursor=nonsense", "cursor"),
        ("cursor=W10", "cursor"),
        ("dealership=nowhere", "dealership"),
        ("knd=person", "knd"),
    ],
)
def test_a_wrong_parameter_is_named(query: str, field: str, anna: User, program: Program) -> None:
    answer = program(anna).get(f"/api/v1/customers/?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_cursor_holds_no_names(north: Dealership, anna: User, program: Program) -> None:
    for _ in range(2):
        make_customer(north)
    client = program(anna)
    following = client.get("/api/v1/customers/?page_size=1&ordering=created_at").json()["next"]
    assert len(client.get(following).json()["results"]) == 1


@pytest.mark.parametrize("noun", NOUNS)
def test_a_list_costs_the_same_number_of_queries_for_one_row_and_for_many(
    noun: str, of_north: dict[str, Any], anna: User, program: Program, django_assert_num_queries: Any
) -> None:
    row = of_north[noun]
    client = program(anna)
    with django_assert_num_queries(QUERIES[noun]):
        assert len(client.get(f"/api/v1/{noun}/").json()["results"]) == 1
    if noun != "dealerships":
        copies = [copy_of(row) for _ in range(3)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert len(client.get(f"/api/v1/{noun}/").json()["results"]) == 1 + len(copies)
        assert len(captured) == QUERIES[noun]


def copy_of(row: Any) -> Any:
    """Another row that reaches as many tables as `row`; each model's unique fields are made anew."""
    from tests.api.conftest import make_task
    from tests.factories import make_vehicle

    model = type(row)
    if model.__name__ == "Customer":
        return make_customer(row.stores.get(), email="other@example.com")
    if model.__name__ == "Vehicle":
        return make_ownership(row.ownerships.get().customer, row.ownerships.get().home_store).vehicle
    if model.__name__ == "Ownership":
        return make_ownership(row.customer, row.home_store)
    if model.__name__ == "RepairOrder":
        return make_visit(row.ownership, row.opened_on + timedelta(days=1), km=1)
    if model.__name__ == "Standing":
        ownership = make_ownership(row.customer, row.dealership)
        return model.objects.create(
            ownership=ownership,
            customer=row.customer,
            dealership=row.dealership,
            since=row.since,
            facts_version=1,
            judged_on=row.judged_on,
        )
    if model.__name__ in {"Occasion", "ContactTask", "Decision"}:
        ownership = make_ownership(row.customer, row.dealership)
        task = make_task(ownership, of_noon(row))
        if model.__name__ == "Decision":
            return model.objects.create(
                occasion=task.occasion,
                step=task.step,
                customer=row.customer,
                dealership=row.dealership,
                verdict=row.verdict,
                decided_on=row.decided_on,
            )
        return task.occasion if model.__name__ == "Occasion" else task
    if model.__name__ == "Campaign":
        return model.objects.create(
            dealership=row.dealership,
            code=row.code,
            name_en="E",
            name_ru="Е",
            version=model.objects.count() + 1,
        )
    if model.__name__ == "Segment":
        row.name = f"{row.name} again {model.objects.count()}"
    if model.__name__ == "CampaignVerdict":
        row.planned_on += timedelta(days=model.objects.count())
    if model.__name__ == "Credit":
        row.number += model.objects.count()
    if model.__name__ == "Assignment":
        row.customer = make_customer(row.dealership)
    if model.__name__ == "LoyaltyAccount":
        row.customer = make_customer(row.dealership)
    if model.__name__ == "LoyaltyEntry":
        row.repair_order = make_visit(row.ownership, row.on + timedelta(days=1), km=1)
    if model.__name__ == "Offer":
        row.code = f"{row.code}-{model.objects.count()}"
    if model.__name__ == "Cover":
        row.vehicle = make_vehicle()
    if model.__name__ == "OdometerReading":
        row.order = None
    if model.__name__ == "WorkPrice":
        row.valid_from += timedelta(days=1)
    row.pk = None
    row.save(force_insert=True)
    return row


def of_noon(row: Any) -> Any:
    from tests.factories import moment

    return moment(getattr(row, "due_on", None) or row.decided_on, 12)


def test_filters_narrow(north: Dealership, anna: User, program: Program, of_north: dict[str, Any]) -> None:
    client = program(anna)

    def count(query: str) -> int:
        answer = client.get(f"/api/v1/{query}")
        assert answer.status_code == 200, answer.json()
        return len(answer.json()["results"])

    task = of_north["contact-tasks"]
    assert count(f"contact-tasks/?kind=maintenance&status=open&channel=call&due_on={task.due_on}") == 1
    assert count("contact-tasks/?status=done") == 0
    assert count("contact-tasks/?is_open=false") == 0
    assert count("ownerships/?is_open=true&home_store=north") == 1
    assert count("ownerships/?is_open=false") == 0
    assert count("repair-orders/?is_voided=false") == 1
    assert count("repair-orders/?is_voided=true") == 0
    assert count("complaints/?is_open=true") == 1
    assert count("customers/?is_living=true&dealership=north&kind=person") == 1
    assert count("customers/?is_living=false") == 0
    assert count("appointments/?is_open=true") == 1
    assert count(f"occasions/?on_offer={task.due_on}") == 1
    assert count("occasions/?on_offer=2020-01-01") == 0
    assert count("standings/?stage=retention&substage=due") == 1
    assert count("standings/?stage=lost") == 0
