"""What hardly ever changes, kept for some seconds in this process: a policy, the names of work groups.

For what is read with every call and written a few times a year. Another process may go on with the old value for as
long as is said here; whoever changes one in this process forgets it at once. Never for what a customer allows,
and never for who may do what.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """`policy = Remembered[ContactValues](5)`; `policy.get(store_id, lambda: read(store_id))`."""

    everything: ClassVar[list[Remembered[object]]] = []

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._kept: dict[object, tuple[float, Value]] = {}
        Remembered.everything.append(self)  # type: ignore[arg-type]

    def get(self, key: object, read: Callable[[], Value]) -> Value:
        """What is kept under this key, read anew where it is older than it may be."""
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and kept[0] > now:
            return kept[1]
        value = read()
        self._kept[key] = (now + self.seconds, value)
        return value

    def forget(self) -> None:
        self._kept.clear()


def forget_everything() -> None:
    """For tests, whose rows come and go under the same numbers."""
    for one in Remembered.everything:
        one.forget()
