"""The spool: what the child understood, in a SQLite file on disk, so that memory stays small whatever the export.

Rows keep their cells as they stood, for the file of rejects. A spool is complete when it has its
final name; an unfinished one is thrown away and read again.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vehicles.rules.columns import CUSTOMERS, ORDER_LINES, ORDERS, VEHICLES
from vehicles.rules.packing import unpack

_TABLES = """
CREATE TABLE files (name TEXT PRIMARY KEY, kind TEXT, encoding TEXT, delimiter TEXT, header TEXT, given TEXT,
                    rows INTEGER, totals INTEGER, unknown TEXT, note TEXT, line INTEGER);
CREATE TABLE rows (id INTEGER PRIMARY KEY, kind TEXT, file TEXT, line INTEGER, key TEXT, sort TEXT, record TEXT,
                   cells TEXT, later INTEGER, same INTEGER);
CREATE TABLE problems (id INTEGER PRIMARY KEY, kind TEXT, file TEXT, line INTEGER, key TEXT, field TEXT, reason TEXT,
                       is_fatal INTEGER, is_first INTEGER, cells TEXT);
CREATE TABLE spoilt (number TEXT PRIMARY KEY);
"""
_INDEXES = """
CREATE INDEX rows_key ON rows (kind, key);
CREATE INDEX rows_sort ON rows (kind, sort, id) WHERE later IS NULL;
CREATE INDEX problems_key ON problems (kind, key);
"""


class SpooledRow(NamedTuple):
    """`text` is the record as packed JSON: see `records_of`."""

    id: int
    file: str
    line: int
    key: str
    sort: str
    text: str
    raw_cells: str

    @property
    def cells(self) -> list[str]:
        """The cells as they stood; decoded only for the few rows that are rejected."""
        cells: list[str] = json.loads(self.raw_cells)
        return cells


class SpooledProblem(NamedTuple):
    id: int
    kind: str
    file: str
    line: int
    key: str
    field: str
    reason: dict[str, Any]
    is_fatal: bool
    is_first: bool
    cells: list[str]


class SpooledFile(NamedTuple):
    """`kind` is empty where the file is none of the profile's; `note` says why."""

    name: str
    kind: str
    encoding: str
    delimiter: str
    header: list[str]
    given: frozenset[str]
    rows: int
    totals: int
    unknown: list[tuple[str, str, int]]
    note: str
    line: int


class Spool:
    """One spool file; the child fills it, the importer reads it by keyset, batch by batch."""

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        self.path = path
        self.base = sqlite3.connect(path, isolation_level=None)
        self.base.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32768;")
        if is_new:
            self.base.executescript(_TABLES)

    def close(self) -> None:
        self.base.close()

    # -- filling

    def add_rows(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self.base.executemany("INSERT INTO rows VALUES (NULL,?,?,?,?,?,?,?,NULL,NULL)", rows)

    def add_problems(self, problems: Iterable[tuple[Any, ...]]) -> None:
        self.base.executemany("INSERT INTO problems VALUES (NULL,?,?,?,?,?,?,?,?,?)", problems)

    def add_file(self, *values: Any) -> None:
        self.base.execute("INSERT INTO files VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)

    def finish(self) -> None:
        """Indexes; which rows a later row repeats; which orders have a line that cannot be read."""
        self.base.executescript(_INDEXES)
        self.base.execute(
            "UPDATE rows SET later = twins.last FROM (SELECT kind, key, MAX(id) AS last FROM rows WHERE kind != ?"
            " GROUP BY kind, key HAVING COUNT(*) > 1) AS twins"
            " WHERE rows.kind = twins.kind AND rows.key = twins.key AND rows.id < twins.last",
            [ORDER_LINES],
        )
        self.base.execute(
            "UPDATE rows SET same = (rows.record = (SELECT record FROM rows AS l WHERE l.id = rows.later))"
            " WHERE later IS NOT NULL"
        )
        self.base.execute(
            "INSERT OR IGNORE INTO spoilt SELECT key FROM problems WHERE kind = ? AND is_fatal", [ORDER_LINES]
        )

    # -- reading

    def files(self) -> list[SpooledFile]:
        rows = self.base.execute("SELECT * FROM files ORDER BY name").fetchall()
        return [
            SpooledFile(
                name, kind, encoding, delimiter, json.loads(header), frozenset(json.loads(given)), count, totals,
                [tuple(one) for one in json.loads(unknown)], note, line,
            )
            for name, kind, encoding, delimiter, header, given, count, totals, unknown, note, line in rows
        ]  # fmt: skip

    def batch(self, kind: str, after: Sequence[Any], size: int) -> list[SpooledRow]:
        """The next rows in order of (sort, id); rows that a later row repeats are left to `repeated`."""
        sort, last = after or ("", 0)
        rows = self.base.execute(
            "SELECT id, file, line, key, sort, record, cells FROM rows WHERE kind = ? AND later IS NULL"
            " AND (sort, id) > (?, ?) ORDER BY sort, id LIMIT ?",
            [kind, sort, last, size],
        )
        return [SpooledRow._make(values) for values in rows]

    def whole_cars(self, rows: list[SpooledRow], size: int) -> list[SpooledRow]:
        """A full batch cut where a car ends, so that all owners of one car are seen together."""
        if len(rows) < size or rows[0].sort == rows[-1].sort:
            return rows
        return [row for row in rows if row.sort != rows[-1].sort]

    def lines_of(self, numbers: Sequence[str]) -> dict[str, list[SpooledRow]]:
        """The order lines of these orders, in the order of their file."""
        found: dict[str, list[SpooledRow]] = defaultdict(list)
        for values in self._among("kind = 'order_lines' AND key", numbers, "key, id"):
            found[values[3]].append(SpooledRow._make(values))
        return found

    def spoilt(self, numbers: Sequence[str]) -> set[str]:
        """Orders one of whose lines cannot be read: an order and its lines are taken together or not at all."""
        marks = ",".join("?" * len(numbers))
        rows = self.base.execute(f"SELECT number FROM spoilt WHERE number IN ({marks})", list(numbers))  # noqa: S608
        return {number for (number,) in rows}

    def orphan_lines(self, after: int, size: int) -> list[SpooledRow]:
        """Lines whose order does not stand among the rows that could be read."""
        rows = self.base.execute(
            "SELECT id, file, line, key, sort, record, cells FROM rows WHERE kind = ? AND id > ?"
            " AND key NOT IN (SELECT key FROM rows WHERE kind = ?) ORDER BY id LIMIT ?",
            [ORDER_LINES, after, ORDERS, size],
        )
        return [SpooledRow._make(values) for values in rows]

    def repeated(self, after: int, size: int) -> list[tuple[SpooledRow, int, bool]]:
        """Rows a later row repeats: (row, line of the later one, says the same)."""
        rows = self.base.execute(
            "SELECT r.id, r.file, r.line, r.key, r.sort, r.record, r.cells, l.line, r.same FROM rows AS r"
            " JOIN rows AS l ON l.id = r.later WHERE r.later IS NOT NULL AND r.id > ? ORDER BY r.id LIMIT ?",
            [after, size],
        )
        return [(SpooledRow._make(values[:7]), values[7], bool(values[8])) for values in rows]

    def problems(self, after: int, size: int) -> list[SpooledProblem]:
        rows = self.base.execute("SELECT * FROM problems WHERE id > ? ORDER BY id LIMIT ?", [after, size])
        return [
            SpooledProblem(
                one, kind, file, line, key, field, json.loads(reason), bool(fatal), bool(first), json.loads(cells)
            )
            for one, kind, file, line, key, field, reason, fatal, first, cells in rows
        ]

    def customers(self, codes: Sequence[str]) -> list[SpooledRow]:
        return [
            SpooledRow._make(one) for one in self._among(f"kind = '{CUSTOMERS}' AND later IS NULL AND key", codes, "id")
        ]

    def vehicles(self, vins: Sequence[str]) -> list[SpooledRow]:
        return [
            SpooledRow._make(one) for one in self._among(f"kind = '{VEHICLES}' AND later IS NULL AND sort", vins, "id")
        ]

    def has(self, kind: str, keys: Sequence[str]) -> set[str]:
        """Which of these keys the export names at all, among rows that could be read and those that could not."""
        marks = ",".join("?" * len(keys))
        found = set()
        for table in ("rows", "problems"):
            sql = f"SELECT DISTINCT key FROM {table} WHERE kind = ? AND key IN ({marks})"  # noqa: S608
            found |= {key for (key,) in self.base.execute(sql, [kind, *keys])}
        return found

    def total(self) -> int:
        """Rows to go through, for the progress bar."""
        (count,) = self.base.execute("SELECT COALESCE(SUM(rows), 0) FROM files").fetchone()
        return int(count)

    def _among(self, condition: str, values: Sequence[str], order: str) -> Iterator[tuple[Any, ...]]:
        marks = ",".join("?" * len(values))
        sql = (
            f"SELECT id, file, line, key, sort, record, cells FROM rows WHERE {condition} IN ({marks}) ORDER BY {order}"  # noqa: S608
        )
        return iter(self.base.execute(sql, list(values)).fetchall())


def records_of(
    kind: str, rows: Sequence[SpooledRow], givens: Mapping[str, frozenset[str]], **more: Sequence[Any]
) -> list[Any]:
    """The records of these rows, in order. `givens` says which fields the columns of each file give.

    All are decoded as one list: a thousand short texts cost more to begin with than to read. `more` holds further
    fields, a value a row.
    """
    if kind in (CUSTOMERS, VEHICLES):
        more["given"] = [givens[row.file] for row in rows]
    return unpack(kind, json.loads(f"[{','.join([row.text for row in rows])}]"), **more)
