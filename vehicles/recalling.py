"""Recalls at work: a list is taken with an account of every line, and repair orders say what is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from vehicles.models import Ownership, RecallCampaign, RecallVehicle, RepairOrderLine, Vehicle
from vehicles.models.recall import AT_ONCE
from vehicles.rules.recalls import Rows, codes_of, read_list, settles

MOST_BAD = 500  # bad lines that the account keeps one by one


class CarRecall(NamedTuple):
    """One recall of one car: since when it is known, and when it was done, by an order or by a person's word."""

    code: str
    title: str
    since: date
    done_on: date | None
    listed_id: int


@transaction.atomic
def take_list(campaign: RecallCampaign, rows: Rows, *, name: str, on: date) -> dict[str, Any]:
    """Add the VINs of a list; the account of every line stays on the recall. Taking it again changes nothing."""
    listed = read_list(rows)
    there = set(campaign.cars.values_list("vin", flat=True))
    new = [vin for vin in listed.vins if vin not in there]
    RecallVehicle.objects.bulk_create(
        [RecallVehicle(campaign=campaign, vin=vin, listed_on=on) for vin in new], batch_size=AT_ONCE
    )
    known = sum(
        Vehicle.objects.filter(vin__in=listed.vins[start : start + AT_ONCE]).count()
        for start in range(0, len(listed.vins), AT_ONCE)
    )
    RecallVehicle.objects.note_new_facts(new)
    account: dict[str, Any] = {
        "name": name[:120],
        "on": on.isoformat(),
        "new": len(new),
        "known": known,
        "unknown": len(listed.vins) - known,
        "listed_before": len(listed.vins) - len(new),
        "repeated": listed.repeated,
        "bad": len(listed.bad),
        "bad_lines": [[bad.line, bad.text, bad.why.as_json()] for bad in listed.bad[:MOST_BAD]],
    }
    campaign.last_list = account
    campaign.save(update_fields=["last_list"])
    return account


def recalls_of(vins: Collection[str] | QuerySet[Any, Any]) -> dict[str, list[CarRecall]]:
    """Recalls by VIN, oldest first. One query, and a second where any of these cars is listed.

    Thousands of cars are better named by a query of their VINs than one by one.

    A recall that two stores entered is one: the earlier listing counts, and either mark settles it.
    """
    rows = list(RecallVehicle.objects.filter(vin__in=vins).select_related("campaign").order_by("listed_on", "pk"))
    if not rows:
        return {}
    done = done_days(rows)
    merged: dict[tuple[str, str], CarRecall] = {}
    for row in rows:
        recall, key = row.campaign, (row.vin, row.campaign.code)
        one = CarRecall(recall.code, recall.title, max(row.listed_on, recall.published_on), done.get(row.pk), row.pk)
        earlier = merged.get(key)
        if earlier is not None:
            both = [day for day in (earlier.done_on, one.done_on) if day]
            one = earlier._replace(done_on=min(both, default=None))
        merged[key] = one
    found: dict[str, list[CarRecall]] = defaultdict(list)
    for (vin, _), one in merged.items():
        found[vin].append(one)
    return found


def done_days(rows: Iterable[RecallVehicle]) -> dict[int, date]:
    """{listed car: day it was done}, by an order or a person's word. One query; needs the campaigns loaded."""
    listed = list(rows)
    by_orders = _done_by_orders(listed) if listed else {}
    found = {}
    for row in listed:
        days = [day for day in (row.done_on, by_orders.get((row.campaign_id, row.vin))) if day]
        if days:
            found[row.pk] = min(days)
    return found


def _done_by_orders(rows: Iterable[RecallVehicle]) -> dict[tuple[int, str], date]:
    """{(recall, VIN): day of the first standing order that carries a code of the recall}. One query."""
    wanted: dict[str, dict[int, frozenset[str]]] = defaultdict(dict)
    for row in rows:
        wanted[row.vin][row.campaign_id] = codes_of(row.campaign.code, row.campaign.works)
    lines = (
        RepairOrderLine.objects.filter(order__vehicle__vin__in=wanted, order__voided_at=None, is_declined=False)
        .order_by("order__opened_on", "pk")
        .values_list("order__vehicle__vin", "order__opened_on", "code", "name")
    )
    done: dict[tuple[int, str], date] = {}
    for vin, on, code, name in lines:
        for pk, codes in wanted[vin].items():
            if (pk, vin) not in done and settles(codes, code, name):
                done[pk, vin] = on
    return done


def owners_of(vins: Collection[str]) -> dict[str, Ownership]:
    """The present ownership of each of these cars. One query."""
    rows = Ownership.objects.open().filter(vehicle__vin__in=vins)
    return {row.vehicle.vin: row for row in rows.select_related("customer", "vehicle__model__make", "vehicle__make")}
