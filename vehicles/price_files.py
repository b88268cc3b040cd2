"""A store's price list as a spreadsheet: written, and read back with an account of every line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from customers.rules.records import REJECTED
from dealercrm.accounts.models import Dealership
from dealercrm.why import Why
from vehicles.exports.tables import guarded, unguarded
from vehicles.models import WorkPrice
from vehicles.rules.cells import read_date, read_money
from vehicles.rules.records import PriceRecord
from vehicles.upserting import upsert_prices

COLUMNS = ("work_group", "make", "model", "labour", "parts", "valid_from", "valid_until")
NEEDED = frozenset({"work_group", "labour"})
MOST_BYTES, MOST_LINES = 2_000_000, 20_000
DATE_FORMATS = ("%d.%m.%Y", "%d.%m.%y")


class BadPriceFileError(ValueError):
    """The file as a whole cannot be read; `why` says what is wrong with it."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.code)
        self.why = why


class Line(NamedTuple):
    """A line that was not taken, or taken with a remark: its number in the file, its cells, the column and why."""

    number: int
    cells: list[str]
    field: str
    why: Why


class Account(NamedTuple):
    """What became of a file: counts by status, and the lines that somebody must look at."""

    counts: Counter[str]
    lines: list[Line]


def write_prices(prices: Iterable[WorkPrice]) -> bytes:
    """The prices as CSV that a Russian spreadsheet opens without questions. Needs work group, make and model loaded."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in prices:
        names = (row.work_group.code, row.make.name if row.make else "", row.model.name if row.model else "")
        days = (row.valid_from.isoformat(), row.valid_until.isoformat() if row.valid_until else "")
        writer.writerow([*map(guarded, names), row.labour, row.parts, *days])
    return text.getvalue().encode("utf-8-sig")


def take_prices(store: Dealership, content: bytes, *, today: date) -> Account:
    """Read a CSV and bring its prices in; the same file again changes nothing. BadPriceFileError for an unfit file."""
    rows = _rows(content)
    records: list[PriceRecord] = []
    taken: list[tuple[int, list[str]]] = []
    counts: Counter[str] = Counter()
    lines: list[Line] = []
    for number, cells, values in rows:
        found = _record(values)
        if isinstance(found, PriceRecord):
            records.append(found)
            taken.append((number, cells))
        else:
            counts[REJECTED] += 1
            lines.append(Line(number, cells, *found))
    for (number, cells), result in zip(taken, upsert_prices(store, records, today=today), strict=True):
        counts[result.status] += 1
        if result.reason is not None:
            lines.append(Line(number, cells, result.field, result.reason))
    return Account(counts, sorted(lines, key=lambda line: line.number))


def _rows(content: bytes) -> list[tuple[int, list[str], dict[str, str]]]:
    if len(content) > MOST_BYTES:
        raise BadPriceFileError(Why("import.too_large"))
    text = _decoded(content)
    lines = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    found: list[tuple[int, list[str], dict[str, str]]] = []
    header: Sequence[str] = ()
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip().casefold() for cell in cells]
                if not set(header) >= NEEDED:
                    raise BadPriceFileError(Why("price.bad_header", {"columns": ", ".join(COLUMNS)}))
                continue
            values = {name: unguarded(cell.strip()) for name, cell in zip(header, cells, strict=False)}
            found.append((lines.line_num, cells, values))
            if len(found) > MOST_LINES:
                raise BadPriceFileError(Why("import.too_large"))
    except csv.Error as error:
        raise BadPriceFileError(Why("import.unreadable", {"kind": "CSV"})) from error
    if not header:
        raise BadPriceFileError(Why("import.empty_file"))
    return found


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadPriceFileError(Why("import.bad_encoding"))


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(";,\t", key=first.count)


def _record(values: dict[str, str]) -> PriceRecord | tuple[str, Why]:
    """The line as a record, or the column that cannot be read and why."""
    labour, parts = _money(values.get("labour", "")), _money(values.get("parts", ""))
    begins, ends = (read_date(values.get(name, ""), DATE_FORMATS) for name in ("valid_from", "valid_until"))
    if labour is None:
        return "labour", Why("import.empty")
    if isinstance(labour, Why):
        return "labour", labour
    if isinstance(parts, Why):
        return "parts", parts
    if isinstance(begins, Why):
        return "valid_from", begins
    if isinstance(ends, Why):
        return "valid_until", ends
    work_group, make, model = (values.get(name, "") for name in ("work_group", "make", "model"))
    return PriceRecord(work_group, labour, parts or Decimal(0), make, model, begins, ends)


def _money(text: str) -> Decimal | Why | None:
    return read_money(text, "," if "," in text else ".")
