"""Staged interleavings for tests of what happens at once: nobody hopes for luck, every wait has an end.

stop = Stop.after(monkeypatch, sending, "shut_gates")      # the first one who passes here stands still
with Threads() as threads:
    sender = threads.start(lambda: sending.claim_message(now, {}))
    stop.wait_until_reached()
    writer = threads.start(withdraw)
    writer.settle()                     # it is done, or PostgreSQL says that it waits for a lock
    assert writer.is_blocked
    stop.let_go()
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self

import pytest
from django.db import connection

PATIENCE = 60.0  # seconds; only a test that fails waits as long
LOOK_EVERY = 0.005


class Stop:
    """A place in the code where the first thread that comes stands still until it is let go; others pass."""

    def __init__(self) -> None:
        self._reached, self._free, self._door = Event(), Event(), Lock()
        self._has_stopped = False

    @classmethod
    def before(cls, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> Self:
        """Stops the first caller of this function before it does anything."""
        stop, original = cls(), getattr(owner, name)

        def staged(*args: Any, **kwargs: Any) -> Any:
            stop.pass_by()
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, staged)
        return stop

    @classmethod
    def after(cls, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> Self:
        """Stops the first caller of this function when it has its answer."""
        stop, original = cls(), getattr(owner, name)

        def staged(*args: Any, **kwargs: Any) -> Any:
            answer = original(*args, **kwargs)
            stop.pass_by()
            return answer

        monkeypatch.setattr(owner, name, staged)
        return stop

    def pass_by(self) -> None:
        with self._door:
            is_first, self._has_stopped = not self._has_stopped, True
        if is_first:
            self._reached.set()
            if not self._free.wait(PATIENCE):
                raise TimeoutError("nobody let this thread go")

    def wait_until_reached(self) -> None:
        if not self._reached.wait(PATIENCE):
            raise TimeoutError("no thread came to the place where one should stop")

    def let_go(self) -> None:
        self._free.set()


class Worker:
    """A thread with a database connection of its own."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._answer: Any = None
        self._error: BaseException | None = None
        self._backend: int | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._backend = cursor.fetchone()[0]
            self._answer = self._work()
        except BaseException as error:
            self._error = error
        finally:
            connection.close()

    @property
    def is_blocked(self) -> bool:
        """Does it wait for a lock that another transaction holds? PostgreSQL knows."""
        if self._backend is None or not self._thread.is_alive():
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self._backend])
            return bool(cursor.fetchone()[0])

    def settle(self) -> None:
        """Wait until it has ended or waits for a lock."""
        until = time.monotonic() + PATIENCE
        while self._thread.is_alive() and not self.is_blocked:
            if time.monotonic() > until:
                raise TimeoutError("the thread neither ended nor waited for a lock")
            self._thread.join(LOOK_EVERY)

    def answer(self) -> Any:
        """What the work returned; raises what it raised."""
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise TimeoutError("the thread did not end")
        if self._error is not None:
            raise self._error
        return self._answer


class Threads:
    """Workers of one test, joined before it ends; an open Stop is let go first."""

    def __init__(self, *stops: Stop) -> None:
        self._stops, self._workers = stops, list[Worker]()

    def start(self, work: Callable[[], Any]) -> Worker:
        worker = Worker(work)
        self._workers.append(worker)
        return worker

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stop in self._stops:
            stop.let_go()
        for worker in self._workers:
            if kind is None:
                worker.answer()


def one_stops_while_another_works(
    stop: Stop, first: Callable[[], Any], second: Callable[[], Any]
) -> tuple[Any, Any, bool]:
    """The first runs into the stop, the second runs until it ends or waits; then the first goes on.

    Answers of both, and whether the second had to wait for the first.
    """
    with Threads(stop) as threads:
        one = threads.start(first)
        stop.wait_until_reached()
        other = threads.start(second)
        other.settle()
        has_waited = other.is_blocked
        stop.let_go()
        return one.answer(), other.answer(), has_waited
