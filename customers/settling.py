"""A batch of records into the database: together where that goes, and one by one where a row stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import DataError, IntegrityError, transaction

from customers.rules.records import REJECTED, RowResult
from dealercrm.why import Why

Record = TypeVar("Record")
Take = Callable[[Sequence[Record]], list[RowResult]]

NOT_STORED = RowResult(REJECTED, None, "", Why("import.not_stored"))


def settle(records: Sequence[Record], take: Take[Record]) -> list[RowResult]:
    """One result per record, in order. All of them in one transaction; once more where somebody else created one
    of the same rows between our read and our write; else without those that the database refuses, each of which is
    rejected by itself and so named with its file and line."""
    try:
        return _together(records, take)
    except (DataError, IntegrityError):
        return _apart(records, take)


def _together(records: Sequence[Record], take: Take[Record]) -> list[RowResult]:
    with transaction.atomic():
        return take(records)


def _apart(records: Sequence[Record], take: Take[Record]) -> list[RowResult]:
    """Halves, and halves of the half that fails: one bad row of a thousand costs ten batches more."""
    try:
        return _together(records, take)
    except (DataError, IntegrityError):
        if len(records) == 1:
            return [NOT_STORED]
    middle = len(records) // 2
    return [*_apart(records[:middle], take), *_apart(records[middle:], take)]
