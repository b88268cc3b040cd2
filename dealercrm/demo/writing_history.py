"""The demo's history: visits with their lines and readings, covers, appointments, and what was said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dealercrm.demo.rows import Table
from dealercrm.demo.world.brands import BRANDS
from dealercrm.demo.world.making import World
from vehicles.models import (
    Appointment,
    Complaint,
    Cover,
    OdometerReading,
    Refusal,
    RepairOrder,
    RepairOrderLine,
    Touch,
    WorkGroup,
)
from vehicles.rules.odometer import Reading, doubts

if TYPE_CHECKING:
    from dealercrm.demo.writing import Written

Progress = Callable[[str, int], None]
CALL_COST, EMAIL_COST = 90, 0.3


def write_visits(world: World, written: Written, *, progress: Progress) -> None:
    table = Table(
        RepairOrder, "dealership", "number", "vehicle", "customer", "ownership", "opened_on", "pay_type", "advisor",
        "odometer_km", "total",
    )  # fmt: skip
    orders = table.write(
        (
            written.stores[visit.store].pk, visit.number, written.vehicles[world.spells[visit.spell].car],
            written.customers[visit.customer], written.ownerships[visit.spell], visit.on, visit.pay_type,
            visit.advisor, visit.km, visit.total,
        )
        for visit in world.visits
    )  # fmt: skip
    written.orders = orders
    progress("repair orders", len(orders))
    groups = work_groups({line.group for visit in world.visits for line in visit.lines})
    labour, part = RepairOrderLine.Kind.LABOUR.value, RepairOrderLine.Kind.PART.value
    lines = Table(RepairOrderLine, "order", "position", "kind", "code", "name", "work_group", "amount", "is_declined")
    written_lines = lines.write(
        (
            order, position, part if line.is_part else labour, line.code, line.name, groups[line.group], line.amount,
            line.is_declined,
        )
        for order, visit in zip(orders, world.visits, strict=True)
        for position, line in enumerate(visit.lines, start=1)
    )  # fmt: skip
    progress("lines", len(written_lines))
    _write_readings(world, written, orders)


def work_groups(codes: set[str]) -> dict[str, int]:
    """Ids of the product's work groups by code; a missing one (an administrator took it away) is added."""
    return {
        code: WorkGroup.objects.get_or_create(code=code, defaults={"name_en": code, "name_ru": code})[0].pk
        for code in sorted(codes)
    }


def _write_readings(world: World, written: Written, orders: range) -> None:
    suspects = _suspect_readings(world)
    plausible, suspect = OdometerReading.Plausibility.PLAUSIBLE.value, OdometerReading.Plausibility.SUSPECT.value
    table = Table(OdometerReading, "vehicle", "dealership", "order", "read_on", "km", "plausibility", "note")
    table.write(
        (
            written.vehicles[world.spells[visit.spell].car], written.stores[visit.store].pk, order, visit.on, visit.km,
            suspect if number in suspects else plausible, suspects.get(number, {}),
        )
        for number, (order, visit) in enumerate(zip(orders, world.visits, strict=True))
        if visit.km is not None
    )  # fmt: skip


def _suspect_readings(world: World) -> dict[int, dict[str, Any]]:
    """Which visits' readings the product itself would not believe, and why: judged as an import judges them."""
    read = [number for number, visit in enumerate(world.visits) if visit.km is not None]

    def car_of(number: int) -> int:
        return world.spells[world.visits[number].spell].car

    new_on = {spell.car: spell.started_on for spell in reversed(world.spells) if spell.acquired == "new"}
    found: dict[int, dict[str, Any]] = {}
    read.sort(key=lambda number: (car_of(number), world.visits[number].on, world.visits[number].km or 0))
    for car, numbers in groupby(read, key=car_of):
        history = list(numbers)
        readings = [Reading(world.visits[number].on, world.visits[number].km or 0) for number in history]
        reasons = doubts(readings, BRANDS[world.cars[car].brand].km_per_year, new_on=new_on.get(car))
        for number, reason in zip(history, reasons, strict=True):
            if reason is not None:
                found[number] = reason.as_json()
    return found


def write_covers(world: World, written: Written, *, progress: Progress) -> None:
    table = Table(
        Cover, "dealership", "vehicle", "ownership", "kind", "product", "number", "starts_on", "ends_on", "limit_km"
    )
    covers = table.write(
        (
            written.stores[world.spells[cover.spell].store].pk, written.vehicles[world.spells[cover.spell].car],
            written.ownerships[cover.spell], cover.kind, cover.product, cover.number, cover.starts_on, cover.ends_on,
            cover.limit_km,
        )
        for cover in world.covers
    )  # fmt: skip
    progress("covers", len(covers))


def write_talk(world: World, written: Written, *, progress: Progress) -> None:
    """Appointments, touches, complaints and refusals."""
    _write_appointments(world, written)
    progress("appointments", len(world.bookings))
    _write_touches(world, written)
    progress("touches", len(world.contacts))
    _write_complaints(world, written)
    _write_refusals(world, written)
    progress("complaints and refusals", len(world.complaints) + len(world.refusals))


def _write_appointments(world: World, written: Written) -> None:
    groups = work_groups({booking.group for booking in world.bookings if booking.group})
    table = Table(
        Appointment, "dealership", "customer", "ownership", "purpose", "starts_at", "minutes", "work_group", "note",
        "status",
    )  # fmt: skip
    table.write(
        (
            written.stores[one.store].pk, written.customers[one.customer], written.ownerships[one.spell], one.purpose,
            written.at(one.store, one.starts_at), one.minutes, groups.get(one.group), one.note, one.status,
        )
        for one in world.bookings
    )  # fmt: skip


def _write_touches(world: World, written: Written) -> None:
    table = Table(
        Touch, "customer", "ownership", "dealership", "at", "channel", "direction", "purpose", "topic", "outcome",
        "was_reached", "note", "by", "cost",
    )  # fmt: skip
    table.write(
        (
            written.customers[one.customer], written.ownerships[one.spell], written.stores[one.store].pk,
            written.at(one.store, one.at), one.channel, one.direction, one.purpose, one.topic, one.outcome,
            one.was_reached, one.note, None if one.by is None else written.operators[one.by].pk,
            (CALL_COST if one.channel == "call" else EMAIL_COST) if one.direction == "out" else 0,
        )
        for one in sorted(world.contacts, key=lambda contact: contact.at)
    )  # fmt: skip


def _write_complaints(world: World, written: Written) -> None:
    table = Table(
        Complaint, "customer", "ownership", "dealership", "opened_at", "text", "due_on", "resolved_at", "solution"
    )
    table.write(
        (
            written.customers[one.customer], written.ownerships[one.spell], written.stores[one.store].pk,
            written.at(one.store, one.opened_at), one.text, one.due_on,
            written.at(one.store, one.resolved_at) if one.resolved_at else None, one.solution,
        )
        for one in world.complaints
    )  # fmt: skip


def _write_refusals(world: World, written: Written) -> None:
    table = Table(Refusal, "customer", "ownership", "dealership", "topic", "reason", "until", "at")
    table.write(
        (
            written.customers[one.customer], written.ownerships[one.spell], written.stores[one.store].pk, one.topic,
            one.reason, one.until, written.at(one.store, one.at + timedelta(minutes=1)),
        )
        for one in world.refusals
    )  # fmt: skip
