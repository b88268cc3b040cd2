"""Plain rows straight into a table: COPY on PostgreSQL, one prepared INSERT on SQLite.

A demo of 20,000 cars is about 800,000 rows, and making a model instance of each costs more than everything else
together. The database still checks every constraint; derived columns and fact versions are the caller's business.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

Adapt = Callable[[Any], Any]


class Table:
    """A model's table to be filled: the named fields row by row, every other field with its default."""

    def __init__(self, model: type[models.Model], *fields: str) -> None:
        self.model = model
        self._given: list[Any] = [model._meta.get_field(name) for name in fields]
        others: list[Any] = [
            field
            for field in model._meta.concrete_fields
            if field not in self._given and not field.primary_key and not field.generated
        ]
        self._defaults = tuple(_prepared(field, _default(field)) for field in others)
        self._columns: list[str] = [str(model._meta.pk.column), *(field.column for field in (*self._given, *others))]
        self._adapts: list[tuple[int, Adapt]] = [
            (place, adapt) for place, field in enumerate(self._given) if (adapt := _adapter(field)) is not None
        ]

    def write(self, rows: Iterable[tuple[Any, ...]]) -> range:
        """Insert the rows; their primary keys, in the same order."""
        pk = self.model._meta.pk
        last = self.model._default_manager.aggregate(last=models.Max(pk.name))["last"] or 0
        numbered = count(last + 1)
        _insert(self.model._meta.db_table, self._columns, self._complete(rows, numbered))
        following = next(numbered)
        _leave_sequence_behind(self.model)
        return range(last + 1, following)

    def _complete(self, rows: Iterable[tuple[Any, ...]], numbered: Iterator[int]) -> Iterator[tuple[Any, ...]]:
        adapts, defaults, width = self._adapts, self._defaults, len(self._given)
        for row in rows:
            if len(row) != width:
                raise ValueError(f"{self.model.__name__}: {width} values are needed, not {len(row)}.")
            values = list(row)
            for place, adapt in adapts:
                if values[place] is not None:
                    values[place] = adapt(values[place])
            yield (next(numbered), *values, *defaults)


def _default(field: Any) -> Any:
    """The default as save() would take it; auto_now_add included."""
    return field.pre_save(field.model(), add=True)


def _prepared(field: Any, value: Any) -> Any:
    if isinstance(field, models.JSONField):
        return json.dumps(value)
    return field.get_db_prep_save(value, connection)


def _adapter(field: Any) -> Adapt | None:
    """What the driver does not do by itself: JSON as text; on SQLite dates and moments as Django writes them."""
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, ensure_ascii=False)
    if connection.vendor != "sqlite":
        return None
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, models.DateField):
        return str
    return None


def _insert(table: str, columns: list[str], rows: Any) -> None:
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {quote(table)} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({places})", rows)  # noqa: S608


def _leave_sequence_behind(model: type[models.Model]) -> None:
    """The next row that the product inserts takes the number after ours."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)
