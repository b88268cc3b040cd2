"""Nobody reads another dealership: proved for every address that the router knows, and for each by a control."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from dealercrm.accounts.api.viewsets import ScopedViewSet
from dealercrm.accounts.models import AccessLog, Dealership, Role, User
from dealercrm.api_urls import router
from tests.api.conftest import SHARED
from tests.factories import make_customer, make_user
from vehicles.models import Touch

Program = Callable[..., APIClient]
NOUNS = [noun for noun, _viewset, _name in router.registry if noun not in {"stages", *SHARED}]  # a summary has no rows
VIEWSETS: dict[str, Any] = {prefix: viewset for prefix, viewset, _basename in router.registry}


@pytest.mark.parametrize("noun", [*NOUNS, "stages"])
def test_every_viewset_stands_on_the_scope_and_found_no_other_door(noun: str) -> None:
    viewset = VIEWSETS[noun]
    assert issubclass(viewset, ScopedViewSet)
    assert viewset.get_queryset is ScopedViewSet.get_queryset
    assert viewset.queryset is None
    assert viewset.permission_classes == ScopedViewSet.permission_classes
    assert hasattr(viewset.model._default_manager, "for_user")


@pytest.mark.parametrize("noun", NOUNS)
def test_the_outsider_finds_nothing_of_north(
    noun: str, of_north: dict[str, Any], anna: User, clara: User, program: Program
) -> None:
    row = of_north[noun]
    address = f"/api/v1/{noun}/{row.pk}/"
    hers, outside = program(anna), program(clara)
    assert hers.get(address).status_code == 200, "control: at home the row is there"
    assert [found["id"] for found in hers.get(f"/api/v1/{noun}/").json()["results"]] == [row.pk]
    assert outside.get(address).status_code == 404
    listed = outside.get(f"/api/v1/{noun}/")
    assert listed.status_code == 200
    assert row.pk not in [found["id"] for found in listed.json()["results"]]


@pytest.mark.parametrize("noun", NOUNS)
def test_nobody_reads_without_a_token(noun: str, of_north: dict[str, Any]) -> None:
    for address in (f"/api/v1/{noun}/", f"/api/v1/{noun}/{of_north[noun].pk}/"):
        answer = APIClient().get(address)
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("noun", NOUNS)
def test_every_action_of_a_row_is_a_404_for_the_outsider(
    noun: str, of_north: dict[str, Any], south: Dealership, program: Program
) -> None:
    """The extra actions too, asked by an integration of South, whose role may write."""
    robot = program(make_user("south-dms", Role.INTEGRATION, south))
    chief = program(make_user("south-admin", Role.ADMINISTRATOR, south))
    for action in VIEWSETS[noun].get_extra_actions():
        if action.detail:
            for method in action.mapping:
                path = f"/api/v1/{noun}/{of_north[noun].pk}/{action.url_path}/"
                answers = [getattr(client, method)(path, {}) for client in (robot, chief)]
                assert {answer.status_code for answer in answers} <= {403, 404}, path
                assert 404 in {answer.status_code for answer in answers}, path


def test_a_login_without_a_store_reads_nothing(of_north: dict[str, Any], program: Program) -> None:
    stranger = make_user("stranger", Role.OPERATOR)
    answer = program(stranger).get("/api/v1/customers/")
    assert answer.status_code == 403
    assert "belongs to no dealership" in answer.json()["detail"]


def test_a_group_manager_reads_every_store(of_north: dict[str, Any], south: Dealership, program: Program) -> None:
    make_customer(south)
    chief = make_user("chief", Role.MANAGER, is_group_manager=True)
    assert len(program(chief).get("/api/v1/customers/").json()["results"]) == 2


def test_an_expired_or_unknown_token_opens_nothing(of_north: dict[str, Any], anna: User) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token 0123456789abcdef")
    assert client.get("/api/v1/customers/").status_code == 401


def test_of_another_stores_touch_one_sees_date_and_purpose(
    of_north: dict[str, Any], south: Dealership, clara: User, anna: User, program: Program
) -> None:
    """A customer of both stores: South sees that North talked to them and why, not what was said."""
    touch = of_north["touches"]
    Touch.objects.filter(pk=touch.pk).update(note="rattling door", cost=100)
    of_north["customers"].become_known_to(south, at=touch.at)
    assert program(anna).get(f"/api/v1/touches/{touch.pk}/").json()["note"] == "rattling door"
    seen = program(clara).get(f"/api/v1/touches/{touch.pk}/").json()
    assert {name for name, value in seen.items() if value is not None} == {
        "id", "customer", "ownership", "at", "purpose",
    }  # fmt: skip


def test_codes_of_another_stores_system_are_not_shown(
    of_north: dict[str, Any], south: Dealership, clara: User, program: Program
) -> None:
    customer = of_north["customers"]
    customer.become_known_to(south, at=customer.created_at)
    seen = program(clara).get(f"/api/v1/customers/{customer.pk}/").json()
    assert seen["external_ids"] == []
    assert seen["dealerships"] == ["south"]


def test_reading_customers_is_noted_once_a_request_with_a_count(
    of_north: dict[str, Any], north: Dealership, anna: User, program: Program
) -> None:
    make_customer(north)
    program(anna).get("/api/v1/customers/")
    program(anna).get(f"/api/v1/customers/{of_north['customers'].pk}/")
    noted = AccessLog.objects.order_by("pk").values_list("user", "action", "subject", "object_id", "rows")
    assert list(noted) == [
        (anna.pk, "api", "customers", None, 2),
        (anna.pk, "api", "customers", of_north["customers"].pk, 1),
    ]


def test_the_summary_counts_the_stages_of_ones_own_stores(
    of_north: dict[str, Any], anna: User, clara: User, program: Program, django_assert_num_queries: Any
) -> None:
    client = program(anna)
    with django_assert_num_queries(9):
        seen = client.get("/api/v1/stages/?dealership=north").json()
    assert (seen["owners"], seen["active"], seen["dealerships"]) == (1, 1, ["north"])
    (retention,) = [stage for stage in seen["stages"] if stage["ownerships"]]
    assert (retention["stage"], retention["share"]) == ("retention", 1.0)
    assert [part["substage"] for part in retention["substages"]] == ["due"]
    outside = program(clara)
    assert outside.get("/api/v1/stages/").json()["owners"] == 0
    assert outside.get("/api/v1/stages/?dealership=north").status_code == 400
    assert APIClient().get("/api/v1/stages/").status_code == 401
