"""Production by hand: the very commands of docker-compose.yml against real PostgreSQL and Redis."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest

from campaigns.settling import JOB as PLANNING
from lifecycle.nights import JOB as LIFECYCLE
from tests.platform.compose import command, environment, healthcheck
from tests.platform.processes import Program, bare_environment, fetch, free_port, run

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database of its own, gone afterwards: the services are processes of their own."""
    server = os.environ["DATABASE_URL"]
    name = f"by_hand_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def installation(database: str, tmp_path: Path) -> dict[str, str]:
    """The environment of docker-compose with the values of a server behind a TLS proxy."""
    values = environment(
        "web",
        HTTPS="1",
        TRUSTED_PROXIES="1",
        ALLOWED_HOSTS="crm.example.com",
        PUBLIC_URL="https://crm.example.com",
        EMAIL_HOST="localhost",
    )
    own = {
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": os.environ["CELERY_BROKER_URL"],
        "BROKER_KEY_PREFIX": f"by-hand-{uuid4().hex[:8]}-",
        "DEALERCRM_VAR": str(tmp_path),
        "SECRET_KEY_FILE": str(tmp_path / "secret_key"),
        "STATIC_ROOT": str(tmp_path / "static"),
        "HOSTNAME": socket.gethostname(),
    }
    return bare_environment(**(values | own))


@pytest.mark.django_db
def test_web_worker_and_beat_of_the_compose_file_work_together(installation: dict[str, str], tmp_path: Path) -> None:
    manage = [sys.executable, "manage.py"]
    run([*manage, "collectstatic", "--noinput", "--verbosity", "0"], installation)
    run(command("migrate"), installation)
    run([*manage, "check", "--deploy", "--fail-level", "WARNING"], installation)
    run([*manage, "shell", "-c", A_STORE % where_night_is_over(datetime.now(UTC))], installation)

    port = free_port()
    with ExitStack() as running:

        def start(service: str) -> Program:
            return running.enter_context(Program(command(service, port), installation, tmp_path / f"{service}.log"))

        web, worker, beat = start("web"), start("worker"), start("beat")
        web.until(lambda: fetch(f"http://127.0.0.1:{port}/healthz") is not None, "first answer")

        assert_pages_are_served(port)

        def jobs() -> str:
            page = fetch(f"http://127.0.0.1:{port}/healthz")
            assert page is not None
            return str(json.loads(page.text)["jobs"])

        worker.until(lambda: jobs() == "ok", f"task sent by beat and done; beat said:\n{beat.said()}")
        for service in ("web", "worker", "beat"):
            run(healthcheck(service, port), installation)
        worker.until(
            lambda: done(installation["DATABASE_URL"]) == NIGHT, "night and planning of the store", seconds=150
        )

        assert beat.stop(signal.SIGTERM) == 0, beat.said()
        assert worker.stop(signal.SIGTERM) == 0, worker.said()
        assert web.stop(signal.SIGTERM) == 0, web.said()
        for program in (web, worker, beat):
            assert "Traceback" not in program.said(), f"{shlex.join(program.command)}\n{program.said()}"


NIGHT = [(LIFECYCLE, 0), (PLANNING, 0)]
A_STORE = """
from dealercrm.accounts.models import Dealership
Dealership.objects.create(code="north", name="North", time_zone="%s")
"""


def where_night_is_over(now: datetime) -> str:
    """A time zone where it is late morning or later, so that the store's night is due at once."""
    zones = ("Europe/Moscow", "Asia/Vladivostok", "America/New_York", "Pacific/Honolulu")
    return next(name for name in zones if 4 <= now.astimezone(ZoneInfo(name)).hour <= 22)


def done(database: str) -> list[tuple[str, int]]:
    """Jobs that beat started and workers finished."""
    with psycopg.connect(database) as connection:
        rows = "SELECT job, sequence FROM accounts_jobrun WHERE status = 'done' AND job = ANY(%s) ORDER BY job"
        return connection.execute(rows, [[job for job, _ in NIGHT]]).fetchall()


def assert_pages_are_served(port: int) -> None:
    """Plain HTTP is sent to HTTPS; behind the proxy the login page comes with its hashed style sheet."""
    there = f"http://127.0.0.1:{port}"
    insecure = fetch(f"{there}/login/", Host="crm.example.com")
    assert insecure is not None
    assert (insecure.status, insecure.headers["Location"][:23]) == (301, "https://crm.example.com")
    stranger = fetch(f"{there}/login/", Host="evil.example.com", X_Forwarded_Proto="https")
    assert stranger is not None
    assert stranger.status == 400

    page = fetch(f"{there}/login/", Host="crm.example.com", X_Forwarded_Proto="https")
    assert page is not None
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    style = re.search(r'href="(/static/dealercrm/app\.[0-9a-f]{12}\.css)"', page.text)
    assert style, page.text
    sheet = fetch(there + style[1], Host="crm.example.com", X_Forwarded_Proto="https")
    assert sheet is not None
    assert sheet.status == 200
    assert "immutable" in sheet.headers["Cache-Control"]
