#!/usr/bin/env python3
"""One command from a fresh checkout, with nothing but Python 3.11 or newer.

    python3 dev.py run [--port N]           the product with a demo dealership, in one process
    python3 dev.py test [pytest arguments]  the test suite, no server needed
    python3 dev.py test --postgres [...]    the same suite on real PostgreSQL and Redis
    python3 dev.py setup                    only make the environment, with the developers' tools
    python3 dev.py <command> [...]          any manage.py command

The environment is .venv (DEALERCRM_VENV names another place); what it holds is locked by hash in
requirements/. DATABASE_URL and CELERY_BROKER_URL, when set, are the servers that `test --postgres`
uses; otherwise it starts its own from the binaries of this machine and removes them again.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("DEALERCRM_VENV") or ROOT / ".venv").absolute()
PYTHON = VENV / "bin" / "python"
DEMO_VEHICLES = "2000"
SERVER_START_SECONDS = 60


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts it may have an older one
        fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    clean_up_when_terminated()
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if command in {"help", "-h", "--help"}:
        print(__doc__)
        return 0
    prepare("dev" if command in {"test", "setup"} else "base")
    if command == "setup":
        return 0
    if command == "test":
        return test(rest)
    if command == "run":
        become("up", "--demo", DEMO_VEHICLES, *rest)
    translate()
    become(*arguments)


def clean_up_when_terminated() -> None:
    """A terminated or hung-up run leaves no servers behind, like an interrupted one."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))


# --- The environment ------------------------------------------------------------------------------


def prepare(lock: str) -> None:
    """Make the environment hold exactly what the lock says; nothing to do is decided in no time."""
    wanted = digest(lock)
    if not PYTHON.exists():
        make_environment()
    stamp = VENV / f".installed-{lock}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    started = time.monotonic()
    say(f"Installing requirements/{lock}.txt into {VENV} ...")
    install(ROOT / "requirements" / f"{lock}.txt")
    if lock == "dev":  # the developers' lock holds everything of the product's
        (VENV / ".installed-base").write_text(digest("base"))
    stamp.write_text(wanted)
    say(f"Installed in {time.monotonic() - started:.0f} s.")


def digest(lock: str) -> str:
    content = (ROOT / "requirements" / f"{lock}.txt").read_bytes()
    return hashlib.sha256(content).hexdigest()


def make_environment() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    made = uv and run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
    if not made and not run([sys.executable, "-m", "venv", "--without-pip", str(VENV)]):
        shutil.rmtree(VENV, ignore_errors=True)
        fail("This Python cannot make an environment. On Debian and Ubuntu: apt-get install python3-venv")


def install(lock: Path) -> None:
    """uv is quicker where it is at hand; pip comes with every Python."""
    uv = shutil.which("uv")
    if uv and run(
        [uv, "pip", "install", "-q", "--python", str(PYTHON), "--no-deps", "--require-hashes", "-r", str(lock)]
    ):
        return
    # The pip of this Python installs into the other one: that saves unpacking a second pip.
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if not run([*pip, "--version"], quiet=True):
        pip = [str(PYTHON), "-m", "pip"]
        if not run([str(PYTHON), "-m", "ensurepip"], quiet=True):
            fail("This Python has no pip. On Debian and Ubuntu: apt-get install python3-venv")
    pip += ["--disable-pip-version-check", "install", "--quiet"]
    if not run([*pip, "--no-deps", "--no-compile", "--require-hashes", "-r", str(lock)]):
        fail(f"The requirements could not be installed from {lock}; the lines above say why.")


def translate() -> None:
    """Compile translations when one is newer than what was compiled from it."""
    sources = list((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
    if any(newer(source, source.with_suffix(".mo")) for source in sources):
        run([str(PYTHON), str(ROOT / "manage.py"), "compile_translations", "--verbosity", "0"])


def newer(source: Path, target: Path) -> bool:
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def become(*arguments: str) -> NoReturn:
    """Replace this process by manage.py, so that signals and the exit status are its own."""
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *arguments])


# --- The tests ------------------------------------------------------------------------------------


def test(arguments: list[str]) -> int:
    """Run pytest on all cores; with --postgres on real servers, which are ours to remove."""
    on_servers = "--postgres" in arguments
    rest = [argument for argument in arguments if argument != "--postgres"]
    parallel = [] if any(part.startswith(("-n", "--numprocesses")) for part in rest) else ["-n", "auto"]
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_TESTS}
    with contextlib.ExitStack() as servers:
        if on_servers:
            environment["DATABASE_URL"] = os.environ.get("DATABASE_URL") or servers.enter_context(postgres())
            environment["CELERY_BROKER_URL"] = os.environ.get("CELERY_BROKER_URL") or servers.enter_context(redis())
        pytest = subprocess.Popen(
            [str(PYTHON), "-m", "pytest", *parallel, "--dist", "worksteal", *rest], cwd=ROOT, env=environment
        )
        try:
            return pytest.wait()
        except KeyboardInterrupt:
            return pytest.wait()  # it got the same Ctrl-C and is ending by itself
        finally:
            end(pytest, signal.SIGTERM)


# An installation's own settings decide nothing about its tests.
NOT_FOR_TESTS = {
    *("DATABASE_URL", "CELERY_BROKER_URL", "DEALERCRM_MODE", "SECRET_KEY", "SECRET_KEY_FILE", "ALLOWED_HOSTS"),
    *("DEBUG", "HTTPS", "TRUSTED_PROXIES", "EMAIL_HOST", "EMAIL_BACKEND", "WEB_CONCURRENCY", "DJANGO_SETTINGS_MODULE"),
}


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own on a free port, gone afterwards; yields its DATABASE_URL."""
    binaries = postgres_binaries()
    user = unprivileged_user()
    with scratch_folder("dealercrm-postgres-", user) as folder:
        data, log = folder / "data", folder / "log"
        # Upper and lower case of Russian letters need a Unicode locale; not every system has the same one.
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
        made = run([*initdb, "--locale=C.UTF-8"], user, quiet=True) or run([*initdb, "--locale=en_US.UTF-8"], user)
        if not made:
            fail("initdb could not make a database; the lines above say why.")
        port = free_port()
        options = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "max_connections": 200,
            # Nobody needs this database after a power cut.
            **dict.fromkeys(["fsync", "synchronous_commit", "full_page_writes", "jit"], "off"),
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with serving([str(binaries / "postgres"), "-D", str(data), *flags], port, user, log, signal.SIGINT):
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis server of our own on a free port that keeps nothing; yields its CELERY_BROKER_URL."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        fail("No redis-server on PATH: install it (apt-get install redis-server) or set CELERY_BROKER_URL.")
    user = unprivileged_user()
    with scratch_folder("dealercrm-redis-", user) as folder:
        port = free_port()
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        with serving(command, port, user, folder / "log", signal.SIGTERM):
            yield f"redis://127.0.0.1:{port}/0"


def postgres_binaries() -> Path:
    """The folder with initdb: on PATH, or the newest version where packages put it."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).resolve().parent
    places = ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"]
    found = [path.parent for place in places for path in Path("/").glob(f"{place[1:]}/initdb")]
    if not found:
        fail("No PostgreSQL on this machine: install it (apt-get install postgresql) or set DATABASE_URL.")
    return max(found, key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))])


def unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: then another user runs it. None means "as I am"."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), getpass.getuser())


@contextlib.contextmanager
def scratch_folder(prefix: str, user: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        if user:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def serving(command: list[str], port: int, user: str | None, log: Path, farewell: signal.Signals) -> Iterator[None]:
    """Run a server until the block ends; in a session of its own, so that Ctrl-C reaches only us."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=log.parent, start_new_session=True, **rights(user)
        )
    try:
        deadline = time.monotonic() + SERVER_START_SECONDS
        while not answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                fail(f"{Path(command[0]).name} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        say(f"Started {Path(command[0]).name} on port {port} for the tests.")
        yield
    finally:
        end(server, farewell)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# --- Processes and words --------------------------------------------------------------------------


def rights(user: str | None) -> dict[str, Any]:
    """Popen arguments that drop root's rights; none where there is nothing to drop."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def run(command: list[str], user: str | None = None, *, quiet: bool = False) -> bool:
    """True when the command succeeded; as another user it stands where that user may stand."""
    silent = subprocess.DEVNULL
    ran = subprocess.run(
        command,
        stdout=silent if user or quiet else None,
        stderr=silent if quiet else None,
        cwd="/" if user else ROOT,
        check=False,
        **rights(user),
    )
    return bool(ran.returncode == 0)


def end(process: subprocess.Popen[bytes], farewell: signal.Signals) -> None:
    """Ask it to end, wait, and insist."""
    if process.poll() is None:
        process.send_signal(farewell)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def say(text: str) -> None:
    print(text, flush=True)


def fail(text: str) -> NoReturn:
    sys.exit(f"dev.py: {text}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
