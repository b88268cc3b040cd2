"""Many rows in one statement: how imports, nights and the demo write.

Plain SQL underneath: no signals, no save(), no full_clean(); the database's constraints hold all the
same. Callers set derived fields first. About ten times as fast as bulk_create, which builds one
long statement out of thousands of parameters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection, models, transaction

Row = TypeVar("Row", bound=models.Model)
UPDATED_AT_ONCE = 1000  # rows of one UPDATE


def insert_many(rows: Sequence[Row]) -> Sequence[Row]:
    """Insert unsaved rows of one model; each row knows its primary key afterwards."""
    if not rows:
        return rows
    fields = [one for one in type(rows[0])._meta.concrete_fields if not one.primary_key and not one.generated]
    # Values that a field makes while saving (auto_now_add) come from pre_save; all others are read as they are.
    makers = [(one, getattr(one, "auto_now_add", False) or getattr(one, "auto_now", False)) for one in fields]
    values = [
        tuple(one.pre_save(row, True) if makes else row.__dict__[one.attname] for one, makes in makers) for row in rows
    ]
    for row, pk in zip(rows, insert_values(type(rows[0]), [one.attname for one in fields], values), strict=True):
        row.pk = pk
        row._state.adding = False
        row._state.db = connection.alias
    return rows


def insert_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Sequence[int]:
    """Insert rows given as tuples of the named columns (attnames); returns their new primary keys in order.

    Every column without a database default must be named. COPY on PostgreSQL, one prepared INSERT on SQLite.
    """
    if not rows:
        return []
    fields = {one.attname: one for one in model._meta.concrete_fields}
    pk = model._meta.pk
    columns = [str(one.column) for one in (pk, *(fields[name] for name in names))]
    casts = _casts([pk, *(fields[name] for name in names)])
    with transaction.atomic(savepoint=False), connection.cursor() as cursor, connection.wrap_database_errors:
        keys = _new_keys(cursor, model, len(rows))
        keyed = ((key, *row) for key, row in zip(keys, rows, strict=True))
        _insert(cursor, model._meta.db_table, columns, _cast_all(keyed, casts))
    return keys


def append_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """As `insert_values` for rows whose keys nobody needs: the database gives them, where copying them costs least."""
    if not rows:
        return
    fields = {one.attname: one for one in model._meta.concrete_fields}
    casts = _casts([fields[name] for name in names])
    with transaction.atomic(savepoint=False), connection.cursor() as cursor, connection.wrap_database_errors:
        _insert(cursor, model._meta.db_table, [str(fields[name].column) for name in names], _cast_all(rows, casts))


def insert_keyed(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows whose primary key is known already; `names` begins with it.

    For tables that hang on another one row by row (a standing on its ownership).
    """
    if not rows:
        return
    fields = {one.attname: one for one in model._meta.concrete_fields}
    values = _cast_all(rows, _casts([fields[name] for name in names]))
    with transaction.atomic(savepoint=False), connection.cursor() as cursor, connection.wrap_database_errors:
        _insert(cursor, model._meta.db_table, [str(fields[name].column) for name in names], values)


def replace_keyed(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write whole rows over those with the same keys, where there are any.

    Deleting and copying takes a quarter of an UPDATE of many columns, whose every value must be written into the
    statement. Only for tables that no other row refers to.
    """
    if rows:
        model._default_manager.filter(pk__among=[row[0] for row in rows])._raw_delete(connection.alias)
        insert_keyed(model, names, rows)


Cast = Callable[[Any], Any]


def _casts(fields: Sequence[Any]) -> list[tuple[int, Cast]]:
    """Places of the columns whose values the driver does not take as they are."""
    return [(place, cast) for place, field in enumerate(fields) if not field.primary_key and (cast := _cast(field))]


def _cast_all(rows: Iterable[Sequence[Any]], casts: Sequence[tuple[int, Cast]]) -> Iterable[Sequence[Any]]:
    """Each row with its values as the driver takes them."""
    return _cast_each(rows, casts) if casts else rows


def _cast_each(rows: Iterable[Sequence[Any]], casts: Sequence[tuple[int, Cast]]) -> Iterator[Sequence[Any]]:
    for row in rows:
        ready = list(row)
        for place, cast in casts:
            ready[place] = cast(ready[place])
        yield ready


def _insert(cursor: Any, table: str, columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    quote = connection.ops.quote_name
    into = f"{quote(table)} ({', '.join(map(quote, columns))})"
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
    else:
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", values)  # noqa: S608 -- names of our own tables


def _new_keys(cursor: Any, model: type[models.Model], count: int) -> Sequence[int]:
    """Primary keys nobody else will use: from the sequence, or (SQLite has one writer) after the last one given."""
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        # Looked up once: in the list of columns the name of the sequence would be asked for with every key.
        cursor.execute(
            "SELECT nextval(own.sequence) FROM (SELECT pg_get_serial_sequence(%s, %s)::regclass AS sequence OFFSET 0)"
            " AS own, generate_series(1, %s)",
            [connection.ops.quote_name(table), model._meta.pk.column, count],
        )
        return [key for (key,) in cursor.fetchall()]
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    last = (cursor.fetchone() or (0,))[0]
    return range(last + 1, last + 1 + count)


def _cast(field: Any) -> Cast | None:
    """How a column's values reach the driver; None where they go as they are, which most columns do."""
    if isinstance(field, models.CharField | models.TextField):
        return _text if field.choices else None  # a choice is an enumeration to Python, text to the database
    if isinstance(field, models.IntegerField | models.ForeignKey | models.BooleanField):
        return None
    if connection.vendor == "postgresql" and isinstance(field, models.DateField | models.DecimalField):
        return None
    if isinstance(field, models.JSONField) and field.encoder is None:
        return _json
    return lambda value: field.get_db_prep_save(value, connection)


_encode = json.JSONEncoder().encode


def _json(value: Any) -> str | None:
    """As text, which both databases take; the driver's own wrapper costs as much again as the encoding."""
    return None if value is None else _encode(value)


def _text(value: str | None) -> str | None:
    return value if value is None or type(value) is str else str(value)


def update_fields(model: type[models.Model], changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Write `{pk: {field: value}}`, one statement per set of fields that changed together.

    A field nobody changed is not written, so an edit that a person makes meanwhile in another
    field of the same row survives. Fields of a row that changed together are written together:
    a constraint over several of them must never see half of a change.
    """
    by_fields: dict[tuple[str, ...], dict[int, Mapping[str, Any]]] = {}
    for pk, fields in changes.items():
        if fields:
            by_fields.setdefault(tuple(sorted(fields)), {})[pk] = fields
    for names, values in by_fields.items():
        _update_together(model, names, values)


def _update_together(model: type[models.Model], names: Sequence[str], values: Mapping[int, Mapping[str, Any]]) -> None:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    rows = [
        [*(_stored(field, values[pk][name]) for field, name in zip(fields, names, strict=True)), pk]
        for pk in sorted(values)  # one order for every writer: two of them cannot wait for each other
    ]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for first in range(0, len(rows), UPDATED_AT_ONCE):
                _update_from_values(cursor, model, fields, rows[first : first + UPDATED_AT_ONCE])
        else:
            sets = ", ".join(f"{_quoted(field.column)} = %s" for field in fields)
            table, key = _quoted(model._meta.db_table), _quoted(model._meta.pk.column)
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {key} = %s", rows)  # noqa: S608 -- our own names


def _update_from_values(cursor: Any, model: type[models.Model], fields: Sequence[Any], rows: list[list[Any]]) -> None:
    """One UPDATE that joins a list of values: bulk_update's CASE compares every row with every key."""
    table, key = _quoted(model._meta.db_table), _quoted(model._meta.pk.column)
    # A column of nothing but NULL has no type of its own, and dates travel as text: each is cast where it is set.
    sets = ", ".join(f"{_quoted(one.column)} = new.{_quoted(one.column)}::{one.db_type(connection)}" for one in fields)
    columns = ", ".join(_quoted(one.column) for one in (*fields, model._meta.pk))
    marks = f"({', '.join(['%s'] * (len(fields) + 1))})"
    cursor.execute(
        f"UPDATE {table} SET {sets} FROM (VALUES {', '.join([marks] * len(rows))}) AS new ({columns})"  # noqa: S608
        f" WHERE {table}.{key} = new.{key}",
        [value for row in rows for value in row],
    )


def _stored(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value.pk if isinstance(value, models.Model) else value, connection)


def _quoted(name: Any) -> str:
    return str(connection.ops.quote_name(name))
