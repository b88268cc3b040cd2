"""Rows of a CSV or XLSX file, one after another, never the whole file at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any, NamedTuple

from dealercrm.why import Why
from vehicles.exports.sources import Source, UnreadableExportError

SAMPLE_BYTES = 256 * 1024
MOST_COLUMNS = 300
HEADER_WITHIN = 12  # reports often have a title above their header
# What a spreadsheet computes. A sign before nothing but digits and marks is a phone or an amount and stays.
_FORMULA = re.compile(r"[=@\t\r\n\uff1d\uff20]|[+\-\uff0b\uff0d](?![\d\s().,/-]+\Z)")
_NUL = "\x00"  # PostgreSQL stores it in no text, and nobody ever typed it
csv.field_size_limit(1024 * 1024)


class Row(NamedTuple):
    """`line` is the number a person sees in an editor or a spreadsheet, from 1."""

    line: int
    cells: list[str]


class Form(NamedTuple):
    """How the bytes are to be read."""

    encoding: str
    delimiter: str


def form_of(source: Source, encoding: str, delimiter: str) -> Form:
    """The file's encoding and delimiter: the profile's, or by looking at the first 256 KB."""
    if source.is_spreadsheet:
        return Form("xlsx", "")
    with source.open() as stream:
        sample = stream.read(SAMPLE_BYTES)
    if encoding == "auto" or sample[:3] == b"\xef\xbb\xbf" or sample[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = encoding_of(sample)
    text = sample.decode(encoding, errors="replace")
    return Form(encoding, delimiter_of(text) if delimiter == "auto" else delimiter)


def encoding_of(sample: bytes) -> str:
    """By its mark, else UTF-8 where it is valid, else the Cyrillic code page whose letters make words."""
    if sample.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if sample[1:200:2].count(0) > 60:
        return "utf-16-le"
    try:
        sample[: sample.rfind(b"\n") + 1 or None].decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    return max(("cp1251", "cp866"), key=lambda name: _russian_letters(sample.decode(name, errors="replace")))


def _russian_letters(text: str) -> int:
    """Small letters that are common in Russian: capitals and box signs stand there in the wrong code page."""
    return sum(text.count(letter) for letter in "оеаинтсрвл")


def delimiter_of(text: str) -> str:
    """The sign that parts the first lines into the same number of cells, outside of quotes."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text.splitlines()[:30] if line.strip()]
    return max(";\t,|", key=lambda sign: _steadiness(lines, sign))


def _steadiness(lines: list[str], sign: str) -> tuple[int, int]:
    counts = [line.count(sign) for line in lines]
    usual = max(set(counts), key=counts.count, default=0)
    return (counts.count(usual) if usual else 0, usual)


def rows_of(source: Source, form: Form) -> Iterator[Row]:
    """Every line with anything in it."""
    return _of_spreadsheet(source) if source.is_spreadsheet else _of_text(source, form)


def _of_text(source: Source, form: Form) -> Iterator[Row]:
    with source.open() as stream:
        text = io.TextIOWrapper(stream, encoding=form.encoding, errors="replace", newline="")
        reader = csv.reader(text, delimiter=form.delimiter)
        line = 1
        try:
            for cells in reader:
                if any(cells):
                    yield Row(line, [unguarded(cell) for cell in cells[:MOST_COLUMNS]])
                line = reader.line_num + 1
        except csv.Error as error:
            raise UnreadableExportError(Why("import.broken_csv", {"file": source.name, "line": line})) from error


def guarded(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula, behind an apostrophe; a phone like +7 912 stays as it is.

    `unguarded` takes the apostrophe away when the mended file comes back.
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """A cell as it is read; what cannot be stored is left out."""
    cell = cell.replace(_NUL, "")
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell[1:]) else cell


def _of_spreadsheet(source: Source) -> Iterator[Row]:
    import openpyxl  # only where it is needed: it costs a fifth of a second and 20 MB

    with source.open() as stream:
        book = openpyxl.load_workbook(_seekable(stream), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file claims about its size need not be true
        for line, values in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), start=1):
            cells = [_text_of(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield Row(line, cells)


def _seekable(stream: IO[bytes]) -> IO[bytes]:
    return stream if stream.seekable() else io.BytesIO(stream.read())


def _text_of(value: Any) -> str:
    """A typed cell as text: days as 2026-03-16, whole numbers without a fraction."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if not (value.hour or value.minute) else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
