"""What a load balancer and `docker compose` ask, can this process serve; and monitoring: did the nights run?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import KombuError, OperationalError

from dealercrm.accounts.health import Night, nights_of
from dealercrm.accounts.models import Dealership, Heartbeat
from dealercrm.celery import app


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database and the broker answer, 503 when one does not; no login, no data.

    `jobs` tells whether background work was heard lately. It does not change the status: a web
    process is not restarted because the worker is down.
    """
    database, jobs = _database()
    parts = {"database": database, "broker": _broker(), "jobs": jobs}
    ok = parts["database"] == parts["broker"] == "ok"
    return JsonResponse(parts, status=200 if ok else 503)


def _database() -> tuple[str, str]:
    try:
        connection.ensure_connection()
        return "ok", "silent" if Heartbeat.is_silent("jobs", now=timezone.now()) else "ok"
    except DatabaseError:
        return "no answer", "unknown"


def _broker() -> str:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=2)
        return "ok"
    except (KombuError, OperationalError, OSError):
        return "no answer"


@never_cache
@require_safe
def healthz_nights(request: HttpRequest) -> JsonResponse:
    """200 while every night is as it should be, 503 where one is late, has failed or found differences.

    For monitoring, without a login: states by job and store code, ages and counts; no names, no customers.
    """
    now = timezone.now()
    try:
        nights = nights_of(Dealership.objects.active().order_by("code"), now)
        silent_since = Heartbeat.silent_since("jobs", now=now)
    except DatabaseError:
        return JsonResponse({"state": "unknown", "nights": []}, status=503)
    is_loud = silent_since is not None or any(night.is_loud for night in nights)
    body = {
        "state": "attention" if is_loud else "ok",
        "silent_since": silent_since,
        "nights": [_night(night, now) for night in nights],
    }
    return JsonResponse(body, status=503 if is_loud else 200)


def _night(night: Night, now: datetime) -> dict[str, Any]:
    age, last = night.age(now), night.last_done
    took = last.duration if last else None
    return {
        "store": night.dealership.code,
        "job": night.job,
        "state": night.state,
        "last_done_for": last.logical_on if last else None,
        "age_seconds": round(age.total_seconds()) if age is not None else None,
        "took_seconds": round(took.total_seconds(), 1) if took is not None else None,
        "differences": night.differences,
    }
