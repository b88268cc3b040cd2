"""The answer that load balancers and `docker compose` build on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from kombu import Connection

from dealercrm.accounts.models import Heartbeat
from dealercrm.accounts.tasks import heartbeat
from dealercrm.celery import app

pytestmark = pytest.mark.django_db


def test_a_serving_process_answers_without_a_login(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "broker": "ok", "jobs": "silent"}


def test_jobs_are_ok_after_a_heartbeat_and_silent_two_minutes_later(client: Client) -> None:
    heartbeat()
    assert client.get("/healthz").json()["jobs"] == "ok"
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=3))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["jobs"]) == (200, "silent")


def test_a_broker_that_does_not_answer_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "connection_for_write", lambda: Connection("redis://127.0.0.1:1/0"))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["broker"] == "no answer"


def test_every_answer_forbids_inline_scripts_and_other_hosts(client: Client) -> None:
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_health_is_answered_over_plain_http_inside_the_house() -> None:
    assert settings.SECURE_REDIRECT_EXEMPT == [r"^healthz(/nights)?$"]
    assert "127.0.0.1" in settings.ALLOWED_HOSTS
