"""What a row that hangs on a customer is to a merge and to an erasure: each model with such a relation says it.

    class Refusal(models.Model):
        belonging = Belonging(personal=("note",), plain=("topic",))

`merging.py` and `erasing.py` walk the relations and ask; tests/test_house.py fails where a model is silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from customers.moving import Plan

Rows = Sequence[Any]


@dataclass(frozen=True)
class Belonging:
    """`personal`: fields that say who the person is or what they told us; an erasure empties them.
    `plain`: text fields looked at and found to hold nothing personal.
    `once`: the customer has one such row per these values; after a merge the survivor's own row stands for both,
    and the other stays where it was, out of sight.
    `moves`: False where the row is about the card and not about the person.
    `is_derived`: the night makes these rows from the facts; a preview does not count them.
    `is_deleted`: an erasure deletes the rows themselves.

    A model whose rows need more after a merge or at an erasure gives a subclass.
    """

    personal: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    moves: bool = True
    is_deleted: bool = False
    is_derived: bool = False

    def clash(self, plan: Plan, kept: Any, gone: Any) -> None:
        """Both cards have this row (`once`): what the survivor's takes over. Nothing, unless a model says more."""

    def settle(self, plan: Plan, kept: Rows, gone: Rows) -> None:
        """After all rows have moved in the plan: what else has to change. `kept` were the survivor's before."""

    def movable(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Of rows on a merged card, those that hang there by chance: written while the merge went on."""
        return rows.none() if self.once else rows

    def close(self, rows: models.QuerySet[Any], *, at: datetime) -> None:
        """At an erasure, before the personal fields are emptied: stop what is still under way."""
