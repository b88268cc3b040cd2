"""The child process: reads strangers' files under limits and writes a spool. `python -m vehicles.exports.child`.

Takes one JSON object on standard input; prints one JSON line per 5,000 rows (progress) and a last
one with `done` or `error`. It knows neither the database nor any secret of the product.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from dealercrm.why import Why
from vehicles.exports.sources import Source, UnreadableExportError, sources_of
from vehicles.exports.spool import Spool
from vehicles.exports.tables import HEADER_WITHIN, Form, Row, form_of, rows_of
from vehicles.rules.packing import pack
from vehicles.rules.profiles import Profile
from vehicles.rules.rows import RowReader, sort_key

MEMORY = 384 * 1024**2  # address space, libraries included: an export of 200 MB needs about 150
PIECE = 5000
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # json.dumps makes an encoder a row


def limit(cpu_seconds: int) -> None:
    """No more memory, time or files than reading honestly needs; the system ends a child that goes beyond."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def peek(path: Path, profile: Profile | None, sample: int) -> list[dict[str, Any]]:
    """Per file its form, header and first rows, and what the profile takes it for."""
    found = []
    for source in sources_of(path):
        form = form_of(source, profile.encoding if profile else "auto", profile.delimiter if profile else "auto")
        rows = [row for _, row in zip(range(HEADER_WITHIN + sample), rows_of(source, form), strict=False)]
        at = header_among(rows, profile)
        shape = profile.recognise(rows[at].cells) if profile and rows else None
        found.append(
            {
                "name": source.name, "encoding": form.encoding, "delimiter": form.delimiter,
                "header": [cell.strip() for cell in rows[at].cells] if rows else [],
                "kind": shape[0] if shape else "", "places": shape[1] if shape else {},
                "sample": [list(row.cells) for row in rows[at + 1 : at + 1 + sample]],
            }
        )  # fmt: skip
    return found


def lines(path: Path, most: int) -> list[Row]:
    """Every line of the first file with its number, as it stands; at most so many."""
    source = sources_of(path)[0]
    return [row for _, row in zip(range(most), rows_of(source, form_of(source, "auto", "auto")), strict=False)]


def header_among(rows: list[Row], profile: Profile | None) -> int:
    """Index of the header: the first of the top lines that the profile knows, else the first of the usual width."""
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        if profile and profile.recognise(row.cells):
            return index
    widths = [sum(bool(cell.strip()) for cell in row.cells) for row in rows[:HEADER_WITHIN]]
    return next((index for index, width in enumerate(widths) if width >= max(widths) - 1 and width > 1), 0)


def fill(spool: Spool, path: Path, profile: Profile, country: str, today: date) -> None:
    read = 0
    spool.base.execute("BEGIN")
    for source in sources_of(path):
        form = form_of(source, profile.encoding, profile.delimiter)
        for count in _one_file(spool, source, form, profile, country, today):
            read += count
            say(file=source.name, rows=read)
    spool.base.execute("COMMIT")
    spool.finish()


def _one_file(spool: Spool, source: Source, form: Form, profile: Profile, country: str, today: date) -> Iterator[int]:
    """Read one file into the spool; yields how many rows each piece had."""
    lines = rows_of(source, form)
    top = [row for _, row in zip(range(HEADER_WITHIN), lines, strict=False)]
    at = header_among(top, profile)
    shape = profile.recognise(top[at].cells) if top else None
    if shape is None:
        spool.add_file(source.name, "", form.encoding, form.delimiter, _json(top[at].cells if top else []), "[]",
                       0, 0, "[]", "import.unknown_header" if top else "import.empty_file", 0)  # fmt: skip
        return
    kind, places = shape
    header = top[at].cells
    reader = RowReader(profile, kind, places, country, today)
    count = totals = 0
    piece = _Piece(spool)
    for row in _chained(top[at + 1 :], lines):
        if reader.is_totals(row.cells):
            totals += 1
            continue
        count += 1
        piece.take(reader, source.name, row, len(header))
        if count % PIECE == 0:
            piece.flush()
            yield PIECE
    piece.flush()
    unknown = [[name, word, times] for (name, word), times in reader.unknown.most_common(200)]
    spool.add_file(source.name, kind, form.encoding, form.delimiter, _json(header), _json(sorted(reader.given())),
                   count, totals, _json(unknown), "", top[at].line)  # fmt: skip
    yield count % PIECE


class _Piece:
    """Rows on their way to the spool."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.rows: list[tuple[Any, ...]] = []
        self.problems: list[tuple[Any, ...]] = []

    def take(self, reader: RowReader, file: str, row: Row, width: int) -> None:
        cells = _json(row.cells)
        if len(row.cells) > width and any(cell.strip() for cell in row.cells[width:]):
            spill = Why("import.cells", {"cells": len(row.cells), "columns": width})
            self.problems.append((reader.kind, file, row.line, "", "", _json(spill.as_json()), 1, 1, cells))
            return
        key, record = reader.read(row.cells)
        is_first = True
        for name, reason, is_fatal in sorted(reader.problems, key=lambda one: not one.is_fatal):
            if record is None and not is_fatal:
                continue  # a rejected row is rejected for what it is rejected for
            self.problems.append(
                (reader.kind, file, row.line, key, name, _json(reason.as_json()), int(is_fatal), int(is_first), cells)
            )
            is_first = False
        if record is not None:
            self.rows.append(
                (
                    reader.kind,
                    file,
                    row.line,
                    key,
                    sort_key(reader.kind, record),
                    _json(pack(reader.kind, record)),
                    cells,
                )
            )

    def flush(self) -> None:
        self.spool.add_rows(self.rows)
        self.spool.add_problems(self.problems)
        self.rows, self.problems = [], []


def _chained(first: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from first
    yield from rest


def main() -> int:
    order = json.loads(sys.stdin.read())
    limit(order.get("cpu_seconds", 1800))
    path = Path(order["path"])
    try:
        if order["verb"] == "lines":
            say(done=lines(path, order["most"]))
            return 0
        profile = Profile.from_mapping(order["mapping"]) if order.get("mapping") else None
        if order["verb"] == "peek":
            say(done=peek(path, profile, order.get("sample", 5)))
            return 0
        if profile is None:
            raise UnreadableExportError(Why("import.no_profile"))
        unfinished = Path(f"{order['spool']}.{os.getpid()}.part")  # of this child only: an orphan may still write
        unfinished.unlink(missing_ok=True)
        spool = Spool(unfinished, is_new=True)
        fill(spool, path, profile, order["country"], date.fromisoformat(order["today"]))
        spool.close()
        unfinished.replace(order["spool"])
        say(done=True)
    except UnreadableExportError as error:
        say(error=error.why.as_json())
    except ValueError as error:
        say(error=Why("import.bad_profile", {"problem": str(error)[:200]}).as_json())
    except MemoryError:
        say(error=Why("import.too_large").as_json())
    except Exception as error:  # whatever a stranger's file does, the importer gets an answer
        say(error=Why("import.unreadable", {"kind": type(error).__name__}).as_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
