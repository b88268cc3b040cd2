"""What a load balancer and `docker compose` ask: can this process serve?"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import KombuError, OperationalError

from dealercrm.accounts.models import Heartbeat
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
