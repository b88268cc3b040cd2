"""A child process that does the work and is killed at a chosen place: before a statement or a commit, or at a call."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import connection, connections

CHILD = "dealercrm-faults"  # the name under which PostgreSQL knows our children
PATIENCE = 30.0  # seconds until the server has noticed that a client is dead


class Death(NamedTuple):
    """Where a process dies: before its n-th statement or commit is sent, at its n-th Python call, or when its
    n-th microsecond is over, wherever it is then."""

    place: str  # "statement" | "call" | "moment"
    number: int

    def __str__(self) -> str:
        return f"{self.place} {self.number}"


class Life(NamedTuple):
    """What a process came to: killed, or at its end after so many statements (or calls, where those were counted)."""

    was_killed: bool
    steps: int


def live(work: Callable[[], None], death: Death | None = None, *, count: str = "statement") -> Life:
    """Do the work in a child process that dies where it shall; returns when PostgreSQL has let go of it.

    `count` says what is counted where nobody dies. A child that fails by itself is an error of the harness.
    """
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_the_child(work, death, death.place if death else count, writing)
    os.close(writing)
    if death is not None and death.place == "moment":
        select.select([reading], [], [], death.number / 1_000_000)
        os.kill(child, signal.SIGKILL)  # one that has ended meanwhile is not waited for yet: no other has its number
    with os.fdopen(reading) as answer:
        told = answer.read()
    _, status = os.waitpid(child, 0)
    _wait_until_forgotten()
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return Life(True, 0)
    if status:
        raise RuntimeError(f"the work failed by itself at {death}:\n{told}")
    return Life(False, int(told))


def _be_the_child(work: Callable[[], None], death: Death | None, place: str, writing: int) -> None:
    seen = 0

    def step() -> None:
        nonlocal seen
        seen += 1
        if death is not None and seen == death.number:
            os.kill(os.getpid(), signal.SIGKILL)

    status = 1
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [CHILD])
        _watch(place, step)
        work()
        sys.setprofile(None)
        os.write(writing, str(seen).encode())
        status = 0
    except BaseException:
        os.write(writing, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _watch(place: str, step: Callable[[], None]) -> None:
    if place == "moment":
        return
    if place == "call":

        def on_event(frame: Any, event: str, argument: Any) -> None:
            if event == "call":
                step()

        sys.setprofile(on_event)
        return

    def on_statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        step()
        return execute(sql, params, many, context)

    commit = connection._commit  # type: ignore[attr-defined]

    def on_commit() -> None:
        step()
        commit()

    connection.execute_wrappers.append(on_statement)
    connection._commit = on_commit  # type: ignore[attr-defined]


def _wait_until_forgotten() -> None:
    """A dead client holds its locks until the server reads the end of its line: a moment, but not no time."""
    until = time.monotonic() + PATIENCE
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [CHILD])
            if not cursor.fetchone()[0]:
                return
        if time.monotonic() > until:
            raise TimeoutError("PostgreSQL did not let go of a dead client")
        time.sleep(0.002)
