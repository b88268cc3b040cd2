"""The rows that were not taken, as files of the same form: to be mended in a spreadsheet and uploaded again."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from dealercrm.sentences import sentence
from vehicles.exports.tables import guarded
from vehicles.models import ImportReject, ImportRun


class Mendable(NamedTuple):
    """A download: its name, type and bytes, and how many rows of customers' data are in it."""

    name: str
    content_type: str
    content: bytes
    rows: int


def mendable_rows(run: ImportRun, *, with_warnings: bool) -> Mendable:
    """One CSV, or a zip of one per file. Header, delimiter and encoding are the file's own; a last column says why."""
    rejects = run.rejects.order_by("file", "line", "pk")
    if not with_warnings:
        rejects = rejects.filter(is_warning=False)
    by_file: dict[str, list[ImportReject]] = {}
    for one in rejects:
        by_file.setdefault(one.file, []).append(one)
    files = {_csv_name(name, by_file): _csv(run.counts[name], rows) for name, rows in by_file.items()}
    count = sum(len({one.line for one in rows}) for rows in by_file.values())
    if len(files) == 1:
        [(name, content)] = files.items()
        return Mendable(f"rejected-{name}", "text/csv", content, count)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return Mendable(f"rejected-{run.pk}.zip", "application/zip", stream.getvalue(), count)


def _csv_name(name: str, others: Collection[str]) -> str:
    """orders.xlsx comes back as orders.csv, unless the export has a file of that name too."""
    shorter = name.rsplit(".", 1)[0] + ".csv"
    return shorter if shorter == name or shorter not in others else f"{name}.csv"


def _csv(form: dict[str, object], rows: Sequence[ImportReject]) -> bytes:
    header = list(form["header"])  # type: ignore[call-overload]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=str(form["delimiter"]) or ";", lineterminator="\r\n")
    writer.writerow([*(guarded(str(name)) for name in header), _("Why it was not taken")])
    for problems in _by_line(rows).values():
        cells = [guarded(cell) for cell in problems[0].row[: len(header)]]
        cells += [""] * (len(header) - len(cells))
        why = " ".join(
            f"{one.field}: {sentence(one.reason)}" if one.field else sentence(one.reason) for one in problems
        )
        writer.writerow([*cells, guarded(why)])
    encoding = str(form["encoding"])
    try:
        return text.getvalue().encode("utf-8-sig" if encoding in ("xlsx", "utf-8", "utf-8-sig") else encoding)
    except UnicodeEncodeError:  # the reason is in a language the file's encoding does not have
        return text.getvalue().encode("utf-8-sig")


def _by_line(rows: Sequence[ImportReject]) -> dict[int, list[ImportReject]]:
    lines: dict[int, list[ImportReject]] = {}
    for one in rows:
        lines.setdefault(one.line, []).append(one)
    return lines
