"""Schemathesis reads the schema and sends what it allows, and what it does not: never a 500, always as documented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, settings
from knox.models import AuthToken
from rest_framework.throttling import UserRateThrottle
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dealercrm.accounts.models import Role
from dealercrm.wsgi import application
from tests.factories import make_user

EXAMPLES = 3  # beside those that schemathesis derives from every bound and type of the schema
DOCUMENTED = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def everyone(of_north: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """May read and write everything at North, so that a request gets as far as it can.

    The requests share the test's transaction, which a real request would end; Django's own test
    client holds its connection in the same way.
    """
    monkeypatch.setattr(UserRateThrottle, "rate", "1000000/min", raising=False)
    user = make_user("everyone", Role.ADMINISTRATOR, of_north["dealerships"])
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    # The client of schemathesis asks for compressed answers and does not unpack them.
    yield {"Authorization": f"Token {AuthToken.objects.create(user)[1]}", "Accept-Encoding": "identity"}
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
schema.app = application


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_the_answer_is_a_documented_one(case: schemathesis.Case, everyone: dict[str, str]) -> None:
    response = case.call(headers=everyone)
    case.validate_response(response, checks=[schemathesis.checks.not_a_server_error, *DOCUMENTED])
