"""Write a demo world into an empty database.

What save() would derive (search keys, plate keys) is set here; a test holds it against the models' own methods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from customers.models import ConsentEvent, ContactPoint, Customer, CustomerStore, ExternalId
from customers.rules.names import plate_key, search_key
from dealercrm.accounts.models import Dealership, User
from dealercrm.demo import writing_after, writing_history
from dealercrm.demo.rows import Table
from dealercrm.demo.world.making import World
from vehicles.models import Make, Ownership, Vehicle, VehicleModel
from vehicles.rules.catalogue import make_key, model_key

SOURCE = "dms"  # as if imported from the stores' own system


@dataclass
class Written:
    """Ids of the rows that later ones point to, in the order of the world's lists."""

    stores: list[Dealership]
    operators: list[User]
    customers: range
    vehicles: range
    ownerships: range
    orders: range = range(0)

    def at(self, store: int, moment: datetime) -> datetime:
        """A wall-clock time of a store as a moment."""
        return moment.replace(tzinfo=self.stores[store].zone)


def write_world(
    world: World, stores: list[Dealership], operators: list[User], *, progress: Callable[[str, int], None]
) -> Written:
    """All rows of the world; `progress(noun, rows)` after each kind. Call it inside a transaction."""
    customers = _customers(world, stores)
    progress("customers", len(customers))
    vehicles = _vehicles(world)
    progress("vehicles", len(vehicles))
    written = Written(stores, operators, customers, vehicles, _ownerships(world, stores, customers, vehicles))
    progress("ownerships", len(written.ownerships))
    _who_knows_whom(world, written)
    writing_history.write_visits(world, written, progress=progress)
    writing_history.write_covers(world, written, progress=progress)
    writing_history.write_talk(world, written, progress=progress)
    writing_after.write_answers(world, written, progress=progress)
    writing_after.write_recalls(world, written, progress=progress)
    writing_after.write_drives(world, written)
    return written


def _customers(world: World, stores: list[Dealership]) -> range:
    table = Table(
        Customer, "kind", "last_name", "first_name", "middle_name", "company_name", "inn", "birth_on", "sex",
        "occupation", "family", "city", "search_key",
    )  # fmt: skip
    ids = table.write(
        (
            one.kind, one.last, one.first, one.middle, one.company, one.inn, one.birth_on, one.sex,
            one.occupation, one.family, one.city, search_key(one.company, one.last, one.first, one.middle)[:320],
        )
        for one in world.people
    )  # fmt: skip
    Table(ExternalId, "customer", "dealership", "source", "code").write(
        (pk, stores[person.store].pk, SOURCE, person.code) for pk, person in zip(ids, world.people, strict=True)
    )
    _contact_points(world, ids)
    _consents(world, stores, ids)
    return ids


def _contact_points(world: World, ids: range) -> None:
    phone, email = ContactPoint.Kind.PHONE.value, ContactPoint.Kind.EMAIL.value
    rows: list[tuple[object, ...]] = []
    for pk, person in zip(ids, world.people, strict=True):
        rows += [(pk, phone, number, position, SOURCE) for position, number in enumerate(person.phones)]
        if person.email:
            rows.append((pk, email, person.email, 0, SOURCE))
    Table(ContactPoint, "customer", "kind", "value", "position", "source").write(rows)


def _consents(world: World, stores: list[Dealership], ids: range) -> None:
    """A signed consent to everything, or the word of a call: no more calls. The journal is in the order of time."""
    rows: list[tuple[object, ...]] = []
    for pk, person in zip(ids, world.people, strict=True):
        store = stores[person.store]
        if person.consent_on:
            text = "2016-1" if person.consent_on.year < 2022 else "2022-1"
            at = datetime.combine(person.consent_on, time(12), tzinfo=store.zone)
            rows.append((pk, store.pk, True, "", at, SOURCE, text))
        if person.no_calls_on:
            at = datetime.combine(person.no_calls_on, time(12), tzinfo=store.zone)
            rows.append((pk, store.pk, False, "call", at, "call", ""))
    rows.sort(key=lambda row: (str(row[4]), str(row[0])))
    Table(ConsentEvent, "customer", "dealership", "is_given", "channel", "at", "source", "text_version").write(rows)


def _vehicles(world: World) -> range:
    models = _catalogue({(car.brand, car.model) for car in world.cars})
    table = Table(Vehicle, "vin", "vin_tail", "vin_note", "plate", "plate_key", "make", "model", "year")
    return table.write(
        (
            car.vin, car.vin[-8:], car.vin_typed if car.vin_typed != car.vin else "", car.plate, plate_key(car.plate),
            models[car.brand, car.model].make_id, models[car.brand, car.model].pk, car.year,
        )
        for car in world.cars
    )  # fmt: skip


def _catalogue(names: set[tuple[str, str]]) -> dict[tuple[str, str], VehicleModel]:
    """Models by (make, model); the makes come with the product, a missing one is added with default numbers."""
    found = {}
    for make_name, model_name in sorted(names):
        make, _ = Make.objects.get_or_create(key=make_key(make_name), defaults={"name": make_name})
        found[make_name, model_name], _ = VehicleModel.objects.get_or_create(
            make=make, key=model_key(model_name), defaults={"name": model_name}
        )
    return found


def _ownerships(world: World, stores: list[Dealership], customers: range, vehicles: range) -> range:
    table = Table(
        Ownership, "customer", "vehicle", "home_store", "acquired", "started_on", "ended_on", "end_reason", "price"
    )
    return table.write(
        (
            customers[spell.customer], vehicles[spell.car], stores[spell.store].pk, spell.acquired,
            spell.started_on, spell.ended_on, spell.end_reason, spell.price,
        )
        for spell in world.spells
    )  # fmt: skip


def _who_knows_whom(world: World, written: Written) -> None:
    """A store knows a customer since the card was filed there; the sister store since the first visit there."""
    since: dict[tuple[int, int], date] = {}
    for number, person in enumerate(world.people):
        since[number, person.store] = person.known_since
    for visit in world.visits:
        for customer in {visit.customer, world.spells[visit.spell].customer}:
            key = (customer, visit.store)
            since[key] = min(since.get(key, visit.on), visit.on)
    Table(CustomerStore, "customer", "dealership", "since").write(
        (written.customers[customer], written.stores[store].pk, written.at(store, datetime.combine(on, time(12))))
        for (customer, store), on in sorted(since.items())
    )
