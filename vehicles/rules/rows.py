"""A row of an export as a record, with everything that was wrong with it.

A row without a key, a date or an amount that can be read is rejected. What only adds to a customer
or a visit (a phone, a birth date, an odometer) is left out with a warning and the rest is taken:
nothing is lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from customers.rules.contacts import normalise_email, normalise_phone
from customers.rules.people import looks_like_a_company, split_name
from customers.rules.records import CustomerRecord
from dealercrm.why import Why
from vehicles.rules.cells import read_date, read_money, read_number, read_odometer, read_yes
from vehicles.rules.columns import COVERS, CUSTOMERS, ORDER_LINES, ORDERS, VEHICLES
from vehicles.rules.profiles import UNITS, Profile, fold_header
from vehicles.rules.records import CoverRecord, OrderLine, OrderRecord, VehicleRecord
from vehicles.rules.vin import canonical_vin

MOST_POINTS = 2_000_000_000
AnyRecord = CustomerRecord | VehicleRecord | OrderRecord | OrderLine | CoverRecord


class Problem(NamedTuple):
    """`is_fatal`: the row is rejected; otherwise it is taken without this field."""

    field: str
    reason: Why
    is_fatal: bool


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one file. `places` are {field: index of its column}; `today` is the store's date.

    `unknown` counts the words of code lists that the profile does not explain.
    """

    profile: Profile
    kind: str
    places: Mapping[str, int]
    country: str
    today: date
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    cells: Sequence[str] = ()

    def read(self, cells: Sequence[str]) -> tuple[str, AnyRecord | None]:
        """The record's key in its file and the record, None where `problems` hold a fatal one."""
        self.cells, self.problems = cells, []
        if "\ufffd" in "".join(cells):
            self._fail("", Why("import.bad_encoding"))
        key, record = _READERS[self.kind](self)
        return key, None if any(one.is_fatal for one in self.problems) else record

    def is_totals(self, cells: Sequence[str]) -> bool:
        """A line that sums up: its first words say so and it names no car and no customer."""
        words = {fold_header(cell) for cell in cells[:3] if cell.strip()}
        if not any(word.rstrip(":") in self.profile.totals_words for word in words):
            return False
        return not any(self._at(cells, name) for name in ("vin", "customer_code", "code"))

    def _at(self, cells: Sequence[str], name: str) -> str:
        index = self.places.get(name)
        return cells[index].strip() if index is not None and index < len(cells) else ""

    def text(self, name: str) -> str:
        return self._at(self.cells, name)

    def needed(self, name: str) -> str:
        text = self.text(name)
        if not text:
            self._fail(name, Why("import.empty"))
        return text

    def date(self, name: str, *, is_fatal: bool = False, allow_future: bool = True) -> date | None:
        day = read_date(self.text(name), self.profile.date_formats)
        if isinstance(day, date) and not allow_future and day > self.today:
            day = Why("import.future_date", {"on": day})
        taken: date | None = self._taken(name, day, is_fatal)
        return taken

    def money(self, name: str) -> Decimal | None:
        taken: Decimal | None = self._taken(name, read_money(self.text(name), self.profile.decimal), is_fatal=True)
        return taken

    def yes(self, name: str) -> bool | None:
        said = read_yes(self.text(name), self.profile.yes_words, self.profile.no_words)
        taken: bool | None = self._taken(name, said, is_fatal=False)
        return taken

    def code(self, name: str, code_list: str, default: str) -> str:
        """Our code for the DMS's word; an unknown word is counted and the default taken."""
        word = self.text(name)
        if not word:
            return default
        code = self.profile.codes[code_list].get(fold_header(word))
        if code is None:
            self.unknown[(name, word[:80])] += 1
            return default
        return code

    def work_group(self) -> str:
        """By the operation itself where the profile names it, else by its group."""
        operations = self.profile.codes["operation"]
        for name in ("code", "name"):
            known = operations.get(fold_header(self.text(name))) if self.text(name) else None
            if known:
                return known
        return self.code("work_group", "work_group", "")

    def vin(self) -> tuple[str, str]:
        text = self.needed("vin")
        found = canonical_vin(text) if text else None
        if found is None:
            if text:
                self._fail("vin", Why("import.bad_vin", {"text": text[:40]}))
            return "", ""
        if len(found.vin) != 17:
            self.problems.append(Problem("vin", Why("import.odd_vin"), False))
        return found.vin, found.typed

    def several(self, names: Sequence[str], read: Callable[[str], str | Why]) -> tuple[str, ...]:
        """Phones or addresses of some columns, each cell may hold several; unreadable ones are left out."""
        found: dict[str, None] = {}
        for name in names:
            for part in _parts(self.text(name)):
                value = read(part)
                if isinstance(value, Why):
                    self.problems.append(Problem(name, value, False))
                else:
                    found[value] = None
        return tuple(found)

    def _taken(self, name: str, value: Any, is_fatal: bool) -> Any:
        if isinstance(value, Why):
            self.problems.append(Problem(name, value, is_fatal))
            return None
        return value

    def _fail(self, name: str, reason: Why) -> None:
        self.problems.append(Problem(name, reason, True))

    def given(self) -> frozenset[str]:
        """Fields of the record that this file has columns for."""
        names = set(self.places)
        if names & {"phone", "phone2"}:
            names.add("phones")
        if "email" in names:
            names.add("emails")
        if names & {"name", "last_name", "company_name"}:
            names |= {"kind", "last_name", "first_name", "middle_name", "company_name"}
        return frozenset(names)


def _parts(text: str) -> list[str]:
    for sign in (";", "\n", "|"):
        text = text.replace(sign, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def _customer(row: RowReader) -> tuple[str, CustomerRecord]:
    code, whole = row.needed("code"), row.text("name")
    company = row.text("company_name")
    kind = row.code("kind", "customer_kind", "")
    if not kind:
        kind = "company" if company or looks_like_a_company(whole) else "person"
    last, first, middle = row.text("last_name"), row.text("first_name"), row.text("middle_name")
    if kind == "company":
        company = company or whole or last
        last, first, middle = "", "", ""
    elif not last and not first:
        last, first, middle = split_name(whole or company)
        company = ""
    if not (last or first or company):
        row._fail("name", Why("import.empty"))
    return code, CustomerRecord(
        code=code, kind=kind, last_name=last, first_name=first, middle_name=middle, company_name=company,
        inn=row.text("inn"), birth_on=row.date("birth_on", allow_future=False),
        sex=row.code("sex", "sex", ""), occupation=row.text("occupation"), city=row.text("city"),
        phones=row.several(("phone", "phone2"), lambda text: normalise_phone(text, row.country)),
        emails=row.several(("email",), normalise_email),
        consent=row.yes("consent"), consent_on=row.date("consent_on", allow_future=False),
    )  # fmt: skip


def _vehicle(row: RowReader) -> tuple[str, VehicleRecord]:
    vin, typed = row.vin()
    year = row._taken("year", read_number(row.text("year"), row.profile.decimal), True)
    record = VehicleRecord(
        vin=vin, vin_note=typed, plate=row.text("plate"), make=row.text("make"), model=row.text("model"),
        year=int(year) if year is not None else None, customer_code=row.text("customer_code"),
        sold_on=row.date("sold_on", is_fatal=True), acquired=row.code("acquired", "acquired", "new"),
        price=row.money("price"),
    )  # fmt: skip
    return f"{vin}|{record.customer_code}|{record.sold_on or ''}", record


def _order(row: RowReader) -> tuple[str, OrderRecord]:
    number = row.needed("number")
    vin, _ = row.vin()
    opened_on = row.date("opened_on", is_fatal=True)
    if opened_on is None and not any(one.field == "opened_on" for one in row.problems):
        row._fail("opened_on", Why("import.empty"))
    km = read_odometer(row.text("odometer"), row.profile.decimal, UNITS[row.profile.odometer_unit])
    points = row._taken("points_spent", _points(row), False)
    return number, OrderRecord(
        number=number, opened_on=opened_on or date.min, vin=vin, customer_code=row.needed("customer_code"),
        odometer_km=row._taken("odometer", km, False), pay_type=row.code("pay_type", "pay_type", "customer"),
        advisor=row.text("advisor"), total=row.money("total"), is_void=bool(row.yes("deleted")),
        points_spent=points,
    )  # fmt: skip


def _points(row: RowReader) -> int | Why | None:
    """Loyalty points that paid a part of an order: a whole number, however the DMS signs it."""
    number = read_number(row.text("points_spent"), row.profile.decimal)
    if number is None or isinstance(number, Why):
        return number
    if number != int(number) or abs(number) > MOST_POINTS:
        return Why("import.bad_number", {"text": row.text("points_spent")[:40]})
    return abs(int(number))


def _line(row: RowReader) -> tuple[str, OrderLine]:
    quantity = row._taken("quantity", read_number(row.text("quantity"), row.profile.decimal), True)
    return row.needed("number"), OrderLine(
        name=row.needed("name"), kind=row.code("kind", "line_kind", "labour"), code=row.text("code"),
        work_group=row.work_group(),
        quantity=Decimal(1) if quantity is None else quantity.quantize(Decimal("0.01")),
        amount=row.money("amount"), is_declined=bool(row.yes("declined")),
    )  # fmt: skip


def _cover(row: RowReader) -> tuple[str, CoverRecord]:
    vin, _ = row.vin()
    ends_on = row.date("ends_on", is_fatal=True)
    if ends_on is None and not any(one.field == "ends_on" for one in row.problems):
        row._fail("ends_on", Why("import.empty"))
    kind, number = row.code("product", "cover_kind", "insurance"), row.text("number")
    return f"{kind}|{number}|{vin}", CoverRecord(
        vin=vin, kind=kind, ends_on=ends_on or date.max, number=number[:60], product=row.text("product")[:60],
        starts_on=row.date("starts_on", is_fatal=True),
    )  # fmt: skip


_READERS: dict[str, Callable[[RowReader], tuple[str, AnyRecord]]] = {
    CUSTOMERS: _customer, VEHICLES: _vehicle, ORDERS: _order, ORDER_LINES: _line, COVERS: _cover,
}  # fmt: skip


def sort_key(kind: str, record: AnyRecord) -> str:
    """The order in which rows of a kind are taken: cars together, their visits by date."""
    if isinstance(record, OrderRecord):
        return f"{record.vin} {record.opened_on}"
    if isinstance(record, VehicleRecord | CoverRecord):
        return record.vin
    return record.code if isinstance(record, CustomerRecord) else ""
