"""The schema: valid, without a warning, and true: whatever it allows, the API answers as it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from dealercrm.accounts.models import Role, User
from dealercrm.api_urls import router
from tests.factories import make_user

Program = Callable[..., APIClient]


@pytest.fixture
def schema(db: None) -> dict[str, Any]:
    found = Client().get(reverse("api-schema"), headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert isinstance(found, dict)
    return found


def test_the_schema_is_valid_and_draws_no_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_noun_of_the_router_is_in_the_schema(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    missing = [prefix for prefix, _viewset, _name in router.registry if f"/api/v1/{prefix}/" not in schema["paths"]]
    assert missing == []


def test_every_operation_is_described_and_names_its_errors(schema: dict[str, Any]) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation.get("summary"), where
            assert {"400", "401", "403", "429"} <= set(operation["responses"]), where
            problem = operation["responses"]["400"]["content"]
            assert list(problem) == ["application/problem+json"], where


def test_every_way_to_write_has_an_example(schema: dict[str, Any]) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                assert operation["requestBody"]["content"]["application/json"].get("examples"), f"{method} {path}"


def test_the_reference_page_needs_no_other_host_and_no_inline_code(db: None) -> None:
    page = Client().get(reverse("api-docs"))
    text = page.content.decode()
    assert page.status_code == 200
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", text)
    assert not re.search(r"<style|<script>|<script (?!src=)|\son\w+=|style=", text)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    script = Client().get(reverse("api-docs"), {"script": ""})
    assert script["Content-Type"].startswith("application/javascript")
    assert "SwaggerUIBundle" in script.content.decode()


@pytest.mark.parametrize("role", [Role.INTEGRATION, Role.ADMINISTRATOR])
def test_a_token_is_kept_as_a_hash_only(role: str, of_north: dict[str, Any]) -> None:
    user: User = make_user("robot", role, of_north["dealerships"])
    kept, token = AuthToken.objects.create(user)
    assert token not in (kept.digest, kept.token_key)
    assert len(kept.token_key) < len(token)
    user.is_active = False
    user.save()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.get("/api/v1/customers/").status_code == 401, "a locked login locks its tokens"
