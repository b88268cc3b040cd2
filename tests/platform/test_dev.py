"""dev.py's own promises: throwaway servers answer and leave nothing behind; work is not done twice."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

import dev
from tests.platform.processes import ROOT, bare_environment

BINARIES = shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
needs_binaries = pytest.mark.skipif(
    not BINARIES or not shutil.which("redis-server"), reason="needs the binaries of PostgreSQL and Redis"
)


def listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0


@pytest.fixture
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of dev.py's, where another user may stand as well."""
    folder = Path(f"/tmp/dev-{os.getpid()}")
    folder.mkdir()
    folder.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield folder
    shutil.rmtree(folder)


@needs_binaries
def test_throwaway_servers_answer_and_leave_nothing(scratch: Path) -> None:
    with dev.postgres() as database, dev.redis() as broker:
        with psycopg.connect(database) as connection:
            upper = connection.execute("select upper('юг'), current_setting('server_encoding')").fetchone()
        assert upper == ("ЮГ", "UTF8"), "Russian letters have case in its locale"
        assert listens(broker)
        assert list(scratch.iterdir())
    assert not listens(database)
    assert not listens(broker)
    assert not list(scratch.iterdir())


@contextmanager
def own_servers(scratch: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    code = (
        "import dev, signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a suite in the background ignores it
        "dev.clean_up_when_terminated()\n"
        "with dev.postgres() as url:\n    print(url, flush=True)\n    time.sleep(120)\n"
    )
    environment = bare_environment(TMPDIR=str(scratch))
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            lines = iter(process.stdout.readline, "")
            yield process, next(line.strip() for line in lines if line.startswith("postgres://"))
        finally:
            process.kill()


@needs_binaries
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_removes_its_servers(scratch: Path, number: signal.Signals) -> None:
    with own_servers(scratch) as (process, database):
        assert listens(database)
        process.send_signal(number)
        process.wait(30)
        assert not listens(database)
        assert not list(scratch.iterdir())


def test_an_environment_that_fits_its_lock_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(dev, "install", lambda lock: installed.append(lock.stem))
    dev.prepare("base")
    dev.prepare("base")
    assert installed == ["base"]
    (tmp_path / ".installed-base").write_text("of another lock")
    dev.prepare("base")
    assert installed == ["base", "base"]


def test_the_developers_environment_serves_the_product_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(dev, "install", lambda lock: installed.append(lock.stem))
    dev.prepare("dev")
    dev.prepare("base")
    assert installed == ["dev"]


def test_an_old_python_is_told_so() -> None:
    code = "import sys; sys.version_info = (3, 10); import dev; dev.main(['run'])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "Python 3.11 or newer is needed" in ran.stderr


def test_dev_py_needs_nothing_but_the_standard_library() -> None:
    code = "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p]; import dev; dev.main([])"
    ran = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "dev.py run" in ran.stdout
