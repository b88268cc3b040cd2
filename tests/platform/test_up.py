"""`manage.py up` with an empty environment: one process is the whole product."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from dealercrm.accounts.models import Dealership
from tests.factories import make_dealership
from tests.platform.processes import Program, bare_environment, fetch, free_port

UP = [sys.executable, "manage.py", "up"]


def started(folder: Path, port: int, *options: str) -> Program:
    return Program([*UP, "--port", str(port), *options], bare_environment(DEALERCRM_VAR=str(folder)), folder / "log")


def test_one_process_serves_pages_and_runs_jobs_and_stops_in_order(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, port) as up:
        up.until(lambda: fetch(f"http://127.0.0.1:{port}/healthz") is not None, "first answer")
        home = fetch(f"http://127.0.0.1:{port}/")
        assert home is not None
        assert home.status == 302
        login = fetch(f"http://127.0.0.1:{port}{home.headers['Location']}")
        assert login is not None
        assert login.status == 200
        assert 'type="password"' in login.text

        def jobs() -> str:
            page = fetch(f"http://127.0.0.1:{port}/healthz")
            return str(json.loads(page.text)["jobs"]) if page else ""

        up.until(lambda: jobs() == "ok", "beat task done by the worker inside", seconds=45)
        assert up.stop(signal.SIGINT) == 0
        assert "Stopped." in up.said()
        assert "Traceback" not in up.said()
    with sqlite3.connect(tmp_path / "dealercrm.sqlite3") as database:
        assert database.execute("select name from accounts_heartbeat").fetchall() == [("jobs",)]


def test_an_empty_database_gets_a_demo_once_and_its_logins_are_named_at_each_start(tmp_path: Path) -> None:
    assert "Done:" in said_at_start(tmp_path)
    assert "Done:" not in said_at_start(tmp_path)


def said_at_start(folder: Path) -> str:
    with started(folder, free_port(), "--demo", "60") as up:
        up.until(lambda: "DealerCRM is at" in up.said(), "its address")
        assert "Log in as:" in up.said()
        assert up.stop() == 0
        return up.said()


@pytest.mark.django_db
def test_a_real_dealership_is_never_mixed_with_a_demo(capsys: pytest.CaptureFixture[str]) -> None:
    make_dealership("real")
    call_command("seed_demo", vehicles=60, if_empty=True)
    assert [store.code for store in Dealership.objects.all()] == ["real"]
    assert capsys.readouterr().out == ""


def test_a_taken_port_is_said_and_the_next_one_used_and_a_second_start_is_refused(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with started(tmp_path, taken) as up:
            up.until(lambda: "DealerCRM is at" in up.said(), "its address")
            assert f"Port {taken} is taken" in up.said()
            second = subprocess.run(
                UP, env=bare_environment(DEALERCRM_VAR=str(tmp_path)), cwd=Path.cwd(), capture_output=True, text=True
            )
            assert second.returncode == 1
            assert "It already runs" in second.stderr
            assert "http://127.0.0.1:" in second.stderr
            assert up.stop(signal.SIGTERM) == 0


def test_a_dead_worker_takes_the_process_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of the promise that a page is never served by a process whose jobs stand still."""
    from dealercrm.celery import app
    from dealercrm.embedded import EmbeddedJobs

    sent: list[int] = []
    monkeypatch.setattr("dealercrm.embedded.os.kill", lambda pid, number: sent.append(number))
    jobs = EmbeddedJobs(app)

    def broken() -> None:
        raise ValueError("no more")

    jobs._guarded(broken)
    assert jobs.failed
    assert sent == [signal.SIGTERM]
