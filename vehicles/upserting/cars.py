"""Vehicles with their sales: the catalogue, the car, and who owned it when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from customers.rules.records import CREATED, REJECTED, UNCHANGED, UPDATED, RowResult
from customers.settling import settle
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import insert_many, update_fields
from dealercrm.why import Why
from vehicles.models import Make, Vehicle, VehicleModel
from vehicles.rules.catalogue import make_key, model_key
from vehicles.rules.owning import Sale, add_sale
from vehicles.rules.records import VehicleRecord
from vehicles.upserting.relinking import relink
from vehicles.upserting.shared import OwnerLines, customer_ids_by_code

_SAID = ("plate", "make", "model", "year")  # what a source says about the car itself


def upsert_vehicles(
    dealership: Dealership, source: str, records: Sequence[VehicleRecord], *, now: datetime
) -> list[RowResult]:
    """Create or update cars by VIN, and their ownerships by our sales of them.

    Several rows of one VIN are several owners: each ends when the next begins. Plate, make, model
    and year are taken from the row of the latest sale.
    """
    return settle(records, lambda batch: _Batch(dealership, source, dealership.today(now)).run(batch))


@dataclass
class _Batch:
    dealership: Dealership
    source: str
    today: date
    customers: dict[str, int] = field(default_factory=dict)
    vehicles: dict[str, Vehicle] = field(default_factory=dict)
    results: dict[int, RowResult] = field(default_factory=dict)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)

    def run(self, records: Sequence[VehicleRecord]) -> list[RowResult]:
        for index, record in enumerate(records):
            refusal = self._what_forbids(record)
            if refusal:
                self.results[index] = refusal
        by_vin: dict[str, list[int]] = {}
        for index, record in enumerate(records):
            if index not in self.results:
                by_vin.setdefault(record.vin, []).append(index)
        for indexes in by_vin.values():
            indexes.sort(key=lambda i: (records[i].sold_on or date.min, i))
        self.customers = customer_ids_by_code(self.dealership, self.source, {one.customer_code for one in records})
        self.vehicles = {row.vin: row for row in Vehicle.objects.filter(vin__among=by_vin)}
        self.catalogue = _Catalogue([records[indexes[-1]] for indexes in by_vin.values()])
        fresh = self._create(
            {vin: [records[i] for i in indexes] for vin, indexes in by_vin.items() if vin not in self.vehicles}
        )
        self.lines = OwnerLines(vehicle.pk for vehicle in self.vehicles.values())
        for vin, indexes in by_vin.items():
            self._one_car(self.vehicles[vin], [(i, records[i]) for i in indexes], is_new=vin in fresh)
        self._write()
        return [self.results[index] for index in range(len(records))]

    def _what_forbids(self, record: VehicleRecord) -> RowResult | None:
        if not record.vin:
            return RowResult(REJECTED, None, "vin", Why("import.empty"))
        if record.sold_on and record.sold_on > self.today:
            return RowResult(REJECTED, None, "sold_on", Why("import.future_date", {"on": record.sold_on}))
        if record.year is not None and not 1950 <= record.year <= self.today.year + 1:
            return RowResult(REJECTED, None, "year", Why("import.bad_year", {"year": str(record.year)}))
        return None

    def _create(self, cars: dict[str, list[VehicleRecord]]) -> set[str]:
        vehicles = []
        for vin, records in cars.items():
            vehicle = Vehicle(vin=vin, source_values={self.place: self._said(records)}, **self._columns(records[-1]))
            vehicle.refresh_keys()
            vehicles.append(vehicle)
        for vehicle in insert_many(vehicles):
            self.vehicles[vehicle.vin] = vehicle
        return set(cars)

    @property
    def place(self) -> str:
        return f"{self.dealership.code}:{self.source}"

    def _said(self, records: list[VehicleRecord]) -> dict[str, Any]:
        """What the source says of a car that is new to us, kept to tell its next change from ours."""
        said = {name: getattr(records[-1], name) for name in _SAID if records[-1].has(name)}
        sales = [_sale_of(one) for one in records if one.sold_on and one.customer_code in self.customers]
        return said | ({"sales": sales} if sales else {})

    def _columns(self, record: VehicleRecord) -> dict[str, Any]:
        make, model = self.catalogue.find(record)
        columns = {"plate": record.plate[:16], "make": make, "model": model, "year": record.year}
        return {name: value for name, value in columns.items() if record.has(name)} | {
            "vin_note": record.vin_note[:120]
        }

    def _one_car(self, vehicle: Vehicle, rows: list[tuple[int, VehicleRecord]], *, is_new: bool) -> None:
        """All rows of one VIN, oldest sale first."""
        known: dict[str, Any] = {} if is_new else vehicle.source_values.get(self.place, {})
        said = dict(known)
        car_changed = self._attributes(vehicle, rows[-1][1], said) and not is_new
        sales = [list(one) for one in known.get("sales", [])]
        for index, record in rows:
            status = CREATED if is_new else UPDATED if car_changed and record is rows[-1][1] else UNCHANGED
            self.results[index] = self._sale(vehicle, record, sales, RowResult(status, vehicle.pk))
        if sales:
            said["sales"] = sales
        if said != known and not is_new:
            self.changes.setdefault(vehicle.pk, {})["source_values"] = vehicle.source_values | {self.place: said}
        if car_changed:
            self.lines.touched |= {span.pk for span in self.lines.of(vehicle.pk) if span.pk}

    def _attributes(self, vehicle: Vehicle, record: VehicleRecord, said: dict[str, Any]) -> bool:
        """Take what the source changed about the car itself; True where it changed ours."""
        news = {}
        for name in _SAID:
            value = getattr(record, name)
            if record.has(name) and said.get(name, _NOTHING) != value:
                said[name] = news[name] = value
        if not news:
            return False
        columns = {name: value for name, value in self._columns(record).items() if getattr(vehicle, name) != value}
        fields = {name: value for name, value in columns.items() if name in news or {"make", "model"} & set(news)}
        fields.pop("vin_note", None)
        if not fields:
            return False
        for name, value in fields.items():
            setattr(vehicle, name, value)
        vehicle.refresh_keys()
        self.changes.setdefault(vehicle.pk, {}).update(fields | {"plate_key": vehicle.plate_key})
        return True

    def _sale(self, vehicle: Vehicle, record: VehicleRecord, sales: list[list[Any]], so_far: RowResult) -> RowResult:
        """Bring our sale to this customer into the car's line of owners, where the source says something new."""
        if not record.customer_code:
            return so_far
        customer_id = self.customers.get(record.customer_code)
        if customer_id is None:
            reason = Why("import.unknown_customer", {"code": record.customer_code})
            return RowResult(so_far.status, vehicle.pk, "customer_code", reason)
        if record.sold_on is None:
            return so_far
        sale = _sale_of(record)
        if sale in sales:
            return so_far
        before = next((one for one in sales if one[0] == record.customer_code), None)
        if before is not None:
            sales.remove(before)
        sales.append(sale)
        add_sale(
            self.lines.of(vehicle.pk),
            Sale(
                customer_id, record.sold_on, record.acquired, record.price, self.dealership.pk,
                date.fromisoformat(before[1]) if before else None,
            ),
        )  # fmt: skip
        return RowResult(UPDATED if so_far.status == UNCHANGED else so_far.status, vehicle.pk)

    def _write(self) -> None:
        moved = self.lines.changed_vehicles()
        update_fields(Vehicle, self.changes)
        self.lines.save()
        relink(self.lines, moved)
        self.lines.note_facts()


_NOTHING = object()


def _sale_of(record: VehicleRecord) -> list[Any]:
    """A sale as it is remembered: whose, when, new or used, price."""
    price = None if record.price is None else f"{record.price:.2f}"
    return [record.customer_code, record.sold_on.isoformat() if record.sold_on else None, record.acquired, price]


class _Catalogue:
    """Makes and models of a batch, by their keys; a make or model nobody has seen is added."""

    def __init__(self, records: Sequence[VehicleRecord]) -> None:
        names = {make_key(one.make): one.make.strip() for one in records if one.make.strip()}
        self.makes = {row.key: row for row in Make.objects.filter(key__in=list(names))}
        for key in sorted(set(names) - set(self.makes)):
            self.makes[key] = Make.objects.create(key=key, name=names[key][:60])
        wanted = {
            (self.makes[make_key(one.make)].pk, model_key(one.model)): one.model.strip()
            for one in records
            if one.make.strip() and one.model.strip()
        }
        rows = VehicleModel.objects.filter(make__in=self.makes.values()).select_related("make")
        self.models = {(row.make_id, row.key): row for row in rows}
        for (make_id, key), name in sorted(wanted.items()):
            if (make_id, key) not in self.models:
                self.models[(make_id, key)] = VehicleModel.objects.create(make_id=make_id, key=key, name=name[:60])

    def find(self, record: VehicleRecord) -> tuple[Make | None, VehicleModel | None]:
        make = self.makes.get(make_key(record.make)) if record.make.strip() else None
        return make, self.models.get((make.pk, model_key(record.model))) if make else None
