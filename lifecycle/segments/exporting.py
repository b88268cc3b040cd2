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
from datetime import date, datetime
from typing import IO, NamedTuple

import phonenumbers
from django.utils.translation import gettext as _

from customers.models import Channel, ConsentEvent, ContactPoint, Customer, Purpose
from customers.rules.consent import allows
from customers.rules.names import full_name
from dealercrm.accounts.models import AccessLog, Dealership
from lifecycle.models import Stage, Standing, Substage
from lifecycle.models.standing import StandingQuerySet
from vehicles.models import Make, VehicleModel
from vehicles.rules.catalogue import car_title

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
    """Every member in the order of ids; the ids at once, the rest in pages of three queries and two statements.

    Plain tuples: eight model instances a row took two thirds of the time.
    """
    words = _Words()
    everybody = sorted(members.order_by().values_list("pk", flat=True))
    for start in range(0, len(everybody), CHUNK):
        chosen = Standing.objects.filter(pk__among=everybody[start : start + CHUNK]).order_by("pk")
        page = [_Member(*values) for values in chosen.values_list(*_COLUMNS)]
        ids = {row.customer_id for row in page}
        entry.note_customers(ids)
        entry.rows += len(page)
        entry.save(update_fields=["rows"])
        points, said = _first_points(ids), _said(ids)
        for row in page:
            yield _row(row, points, said[row.customer_id], words)


class _Member(NamedTuple):
    """What is asked of a standing and of those it stands for; see `_COLUMNS`."""

    customer_id: int
    kind: str
    last_name: str
    first_name: str
    middle_name: str
    company_name: str
    city: str
    model_id: int | None
    make_id: int | None
    year: int | None
    vin: str
    plate: str
    dealership_id: int
    stage: str
    substage: str
    started_on: date
    last_visit_on: date | None
    due_on: date | None
    odometer_km: int | None


_PATHS = {
    "customer": ("kind", "last_name", "first_name", "middle_name", "company_name", "city"),
    "ownership__vehicle": ("model_id", "make_id", "year", "vin", "plate"),
    "ownership": ("started_on",),
}
_PLACES = {name: f"{path}__{name}" for path, names in _PATHS.items() for name in names}
_COLUMNS = [_PLACES.get(name, name) for name in _Member._fields]


class _Words:
    """What is spoken once a file: kinds and stages in the reader's language, names of makes and models, the stores."""

    def __init__(self) -> None:
        choices = [*Customer.Kind.choices, *Stage.choices, *Substage.choices]
        self.choices = {"": ""} | {str(value): str(words) for value, words in choices}
        self.makes: dict[int | None, str] = {row.pk: str(row) for row in Make.objects.all()}
        self.models: dict[int | None, str] = {row.pk: str(row) for row in VehicleModel.objects.select_related("make")}
        self.stores = Dealership.objects.in_bulk()
        self.yes, self.no = _("yes"), _("no")


def _row(row: _Member, points: Mapping[tuple[int, str], str], said: Sequence[_Said], words: _Words) -> list[Cell]:
    store = words.stores[row.dealership_id]
    phone = points.get((row.customer_id, ContactPoint.Kind.PHONE.value), "")
    email = points.get((row.customer_id, ContactPoint.Kind.EMAIL.value), "")

    def may(channel: str) -> str:
        return words.yes if allows(said, Purpose.MARKETING.value, channel) else words.no

    return [
        row.customer_id,
        safe(full_name(row)),
        words.choices[row.kind],
        safe(dialled(phone, store)),
        safe(email),
        safe(row.city),
        may(Channel.CALL.value),
        may(Channel.EMAIL.value),
        safe(car_title(words.models.get(row.model_id), words.makes.get(row.make_id), row.vin)),
        row.year,
        safe(row.vin),
        safe(row.plate),
        safe(store.name),
        words.choices[row.stage],
        words.choices[row.substage],
        row.started_on,
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


def _first_points(ids: set[int]) -> dict[tuple[int, str], str]:
    """{(customer, kind): the address that is tried first}."""
    found: dict[tuple[int, str], str] = {}
    rows = ContactPoint.objects.usable().filter(customer__among=ids).order_by("position", "pk")
    for customer_id, kind, value in rows.values_list("customer_id", "kind", "value"):
        found.setdefault((customer_id, kind), value)
    return found


class _Said(NamedTuple):
    """A consent event, as `allows` asks for it."""

    purpose: str
    channel: str
    is_given: bool
    at: datetime


def _said(ids: set[int]) -> dict[int, list[_Said]]:
    found: dict[int, list[_Said]] = defaultdict(list)
    rows = ConsentEvent.objects.filter(customer__among=ids).order_by()
    for customer_id, *values in rows.values_list("customer_id", *_Said._fields):
        found[customer_id].append(_Said(*values))
    return found
