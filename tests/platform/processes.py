"""Programs started for real: each with an environment of its own, ended with the test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def bare_environment(**values: str) -> dict[str, str]:
    """What a fresh shell has, and `values`; nothing of the machine that runs the tests."""
    return {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": "/tmp", "LANG": "C.UTF-8", **values}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command: Sequence[str], environment: Mapping[str, str], *, seconds: int = 120) -> str:
    """Run to the end; its output, or an AssertionError that shows it."""
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=seconds)
    assert ran.returncode == 0, f"{command} ended with {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@dataclass
class Program:
    """A running program; leaving the block ends it and everything it started."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Program:
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM, *, seconds: float = 30) -> int:
        """Ask it to end; its status. Longer than `seconds` is a failure."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def until(self, true: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
        """Wait for `true`; fails with the log when the program ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, f"ended before {what}:\n{self.said()}"
            assert time.monotonic() < deadline, f"no {what} within {seconds} s:\n{self.said()}"
            time.sleep(0.2)


@dataclass(frozen=True)
class Page:
    status: int
    text: str
    headers: Mapping[str, str]


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def fetch(url: str, **headers: str) -> Page | None:
    """The answer as it is, redirects not followed; None where nobody listens."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirects)
    try:
        with opener.open(request, timeout=10) as answer:
            return Page(answer.status, answer.read().decode(errors="replace"), dict(answer.headers))
    except urllib.error.HTTPError as refused:
        return Page(refused.code, refused.read().decode(errors="replace"), dict(refused.headers))
    except OSError:
        return None
