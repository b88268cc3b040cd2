"""A segment as a file: one row a car with its owner, in CSV or XLSX, safe to open in a spreadsheet.

Rows are read in pages with a fixed number of queries each and written to a file on disk, so memory does
not grow with the segment; each page's customers are in the access log before the first byte leaves.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import IO

import phonenumbers
from django.utils.translation import gettext as _

from customers.models import Channel, ConsentEvent, ContactPoint, Customer, Purpose
from customers.rules.consent import allows
from dealercrm.accounts.models import AccessLog, Dealership
from lifecycle.models import Stage, Standing, Substage
from lifecycle.models.standing import StandingQuerySet

MOST = 50_000
CHUNK = 1000
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What a spreadsheet may take for a formula, full-width forms included.
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
Cell = str | int | date | None


def safe(text: str) -> str:
    """Text that stays text: behind an apostrophe where a spreadsheet would see a formula."""
    text = _CONTROL.sub("", text)
    return f"'{text}" if _FORMULA.match(text.lstrip(" \u00a0")) or _FORMULA.match(text) else text


def header() -> list[str]:
    return [
        _("Customer number"),
        _("Customer"),
        _("Person or company"),
        _("Phone"),
        _("Email"),
        _("City"),
        _("Marketing calls"),
        _("Marketing emails"),
        _("Car"),
        _("Year"),
        _("VIN"),
        _("Plate"),
        _("Dealership"),
        _("Stage"),
        _("Substage"),
        _("Owner since"),
        _("Last visit"),
        _("Next maintenance due"),
        _("Last odometer reading, km"),
    ]


def write(form: str, members: StandingQuerySet, entry: AccessLog) -> IO[bytes]:
    """The file, ready to be read from its start. `entry` is the export's row in the access log; it gets the rows."""
    stream = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    _WRITERS[form](stream, _rows(members, entry))
    stream.seek(0)
    return stream


def _csv(stream: IO[bytes], rows: Iterator[list[Cell]]) -> None:
    """Semicolons and a byte order mark: what a spreadsheet in either language opens by a double click."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header())
    for row in rows:
        writer.writerow(["" if cell is None else cell.isoformat() if isinstance(cell, date) else cell for cell in row])
    text.flush()
    text.detach()


def _xlsx(stream: IO[bytes], rows: Iterator[list[Cell]]) -> None:
    import openpyxl  # only where it is needed: it costs a fifth of a second and 20 MB

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(_("Segment"))
    sheet.freeze_panes = "A2"
    sheet.append(header())
    for row in rows:
        sheet.append(row)
    book.save(stream)


_WRITERS: dict[str, Callable[[IO[bytes], Iterator[list[Cell]]], None]] = {"csv": _csv, "xlsx": _xlsx}


def _rows(members: StandingQuerySet, entry: AccessLog) -> Iterator[list[Cell]]:
    """Every member in the order of ids; the ids at once, the rest in pages of three queries and two statements."""
    words = _words()
    everybody = sorted(members.order_by().values_list("pk", flat=True))
    for start in range(0, len(everybody), CHUNK):
        page = list(
            Standing.objects.filter(pk__in=everybody[start : start + CHUNK])
            .order_by("pk")
            .select_related("customer", "ownership__vehicle__make", "ownership__vehicle__model__make", "dealership")
            .defer("why", "forecasts")
        )
        ids = {row.customer_id for row in page}
        entry.note_customers(ids)
        entry.rows += len(page)
        entry.save(update_fields=["rows"])
        points, said = _points(ids), _said(ids)
        for row in page:
            yield _row(row, points[row.customer_id], said[row.customer_id], words)


def _words() -> dict[str, str]:
    """Kinds and stages in the reader's language, spoken once a file: `get_..._display` takes most of a row's time."""
    choices = [*Customer.Kind.choices, *Stage.choices, *Substage.choices]
    return {"": ""} | {str(value): str(words) for value, words in choices}


def _row(
    row: Standing, points: Sequence[ContactPoint], said: Sequence[ConsentEvent], words: Mapping[str, str]
) -> list[Cell]:
    customer, ownership = row.customer, row.ownership
    car = ownership.vehicle
    phone = next((one.value for one in points if one.kind == ContactPoint.Kind.PHONE), "")
    email = next((one.value for one in points if one.kind == ContactPoint.Kind.EMAIL), "")
    return [
        customer.pk,
        safe(customer.name),
        words[customer.kind],
        safe(dialled(phone, row.dealership)),
        safe(email),
        safe(customer.city),
        _yes(allows(said, Purpose.MARKETING, Channel.CALL)),
        _yes(allows(said, Purpose.MARKETING, Channel.EMAIL)),
        safe(car.title),
        car.year,
        safe(car.vin),
        safe(car.plate),
        safe(row.dealership.name),
        words[row.stage],
        words[row.substage],
        ownership.started_on,
        row.last_visit_on,
        row.due_on,
        row.odometer_km,
    ]


def dialled(phone: str, store: Dealership) -> str:
    """As it is dialled from the store, 8 (912) 345-67-89: a leading plus would make a formula of it."""
    try:
        number = phonenumbers.parse(phone, store.country)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_out_of_country_calling_number(number, store.country)


def _points(ids: set[int]) -> dict[int, list[ContactPoint]]:
    found: dict[int, list[ContactPoint]] = defaultdict(list)
    for point in ContactPoint.objects.usable().filter(customer_id__in=ids).order_by("position", "pk"):
        found[point.customer_id].append(point)
    return found


def _said(ids: set[int]) -> dict[int, list[ConsentEvent]]:
    found: dict[int, list[ConsentEvent]] = defaultdict(list)
    for event in ConsentEvent.objects.filter(customer_id__in=ids):
        found[event.customer_id].append(event)
    return found


def _yes(is_so: bool) -> str:
    return _("yes") if is_so else _("no")
