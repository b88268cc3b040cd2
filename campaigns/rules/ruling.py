"""What a gate answers and what a decision says."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from dealercrm.why import Why

CONTACT = "contact"
WAIT = "wait"
NEVER = "never"


class Shut(NamedTuple):
    """A gate is closed: its code, the sentence, and the first day on which asking again makes sense.

    Without such a day the answer is "not at all" until a fact changes.
    """

    gate: str
    why: Why
    eligible_on: date | None = None


class Ruling(NamedTuple):
    """The decision about one candidate: verdict, first shut gate, all of them, when to ask again, the sentence."""

    verdict: str
    gate: str
    failed: tuple[str, ...]
    why: Why
    eligible_on: date | None
    facts: dict[str, Any]

    @property
    def is_contact(self) -> bool:
        return self.verdict == CONTACT
