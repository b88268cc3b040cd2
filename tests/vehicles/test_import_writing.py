"""Copied by the thousand is what one row after another would leave; a row that cannot be stored is named."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.models import ConsentEvent, ContactPoint, Customer, CustomerStore, ExternalId
from customers.rules.records import CustomerRecord
from customers.upserting import upsert_customers
from dealercrm.accounts import writing
from dealercrm.accounts.models import Dealership
from tests.vehicles import exports
from tests.vehicles.test_upserting import CAR, VISIT
from vehicles.importing import claim, run_import
from vehicles.models import (
    Cover,
    ImportProfile,
    ImportReject,
    ImportRun,
    OdometerReading,
    Ownership,
    RepairOrder,
    RepairOrderLine,
    Vehicle,
)
from vehicles.upserting import upsert_orders, upsert_vehicles

pytestmark = pytest.mark.django_db
WRITTEN = (
    Customer, ContactPoint, ConsentEvent, CustomerStore, ExternalId, Vehicle, Ownership, RepairOrder, RepairOrderLine,
    OdometerReading, Cover, ImportReject,
)  # fmt: skip
# Moments and runs differ from run to run; makes and models are filed before, by name.
PASSING = {"created_at", "since", "at", "run_id", "make_id", "model_id"}


class BackAgainError(Exception):
    """Everything of this run is rolled back."""


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def bring_in(store: Dealership, path: Path) -> ImportRun:
    profile = ImportProfile.objects.get(code="1c")
    run = ImportRun.objects.create(dealership=store, profile=profile, name="export", path=str(path), status="queued")
    assert claim(run, now=timezone.now()) is None
    run_import(run, now=timezone.now())
    run.refresh_from_db()
    assert run.status == "done", run.error
    return run


def tables() -> dict[str, str]:
    """A digest of every table an import writes; keys count from the first of their table: each run takes new ones."""
    first = {model: min(model._default_manager.values_list("pk", flat=True), default=0) for model in WRITTEN}

    def shown(model: Any, values: Any) -> list[Any]:
        for one in model._meta.concrete_fields:
            target = model if one.primary_key else one.related_model
            if target in first and values[one.attname] is not None:
                values[one.attname] -= first[target]
        return [value for name, value in sorted(values.items()) if name not in PASSING]

    return {
        model.__name__: hashlib.md5(
            repr([shown(model, row) for row in model._default_manager.order_by("pk").values()]).encode(),
            usedforsecurity=False,
        ).hexdigest()
        for model in WRITTEN
    }


def left_by(work: Callable[[], Any]) -> dict[str, str]:
    left: dict[str, str] = {}
    with contextlib.suppress(BackAgainError), transaction.atomic():
        work()
        left = tables()
        raise BackAgainError
    return left


def one_after_another(cursor: Any, table: str, columns: Any, values: Any) -> None:
    """The slow way: a statement a row."""
    quote = connection.ops.quote_name
    marks = ", ".join(["%s"] * len(columns))
    for row in values:
        cursor.execute(f"INSERT INTO {quote(table)} ({', '.join(map(quote, columns))}) VALUES ({marks})", list(row))


def test_rows_in_bulk_are_what_rows_one_by_one_would_be(
    north: Dealership, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = exports.FILES | {
        "order_lines.csv": exports.LINES + "ЗН0000003;C:\\N;Работа \\ «Ё» \\N;ТО;1,5;0,10;\n",
        "clients.csv": exports.CLIENTS + "000000005;Физлицо;\\N \\. Ильина;;;;;\\t;;;\n",
    }
    path = exports.write(tmp_path / "export", odd)
    in_bulk = left_by(lambda: bring_in(north, path))
    monkeypatch.setattr(writing, "_insert", one_after_another)
    assert left_by(lambda: bring_in(north, path)) == in_bulk
    assert len(set(in_bulk.values())) == len(WRITTEN)


@pytest.fixture
def known(north: Dealership) -> Dealership:
    now = timezone.now()
    upsert_customers(north, "dms", [CustomerRecord(code="1", last_name="Первый")], now=now)
    upsert_vehicles(north, "dms", [CAR], now=now)
    return north


def test_a_row_the_database_refuses_is_rejected_alone(known: Dealership) -> None:
    visits = [replace(VISIT, number=f"ЗН{index}", odometer_km=index * 100) for index in range(20)]
    visits[13] = replace(visits[13], odometer_km=-5)  # an odometer cannot be negative: a constraint of the table
    results = upsert_orders(known, "dms", visits, now=timezone.now())
    assert [one.status for one in results] == ["created"] * 13 + ["rejected"] + ["created"] * 6
    assert results[13].reason is not None
    assert results[13].reason.code == "import.not_stored"
    assert RepairOrder.objects.count() == 19
    assert RepairOrderLine.objects.count() == 2 * 19


def test_control_the_constraint_is_the_databases(known: Dealership) -> None:
    order = RepairOrder.objects.create(
        dealership=known, number="1", vehicle=Vehicle.objects.get(), customer=Customer.objects.get(),
        opened_on=VISIT.opened_on,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        writing.append_values(
            OdometerReading,
            ("vehicle_id", "order_id", "read_on", "km", "plausibility", "note", "dealership_id", "source"),
            [(order.vehicle_id, order.pk, order.opened_on, -5, "plausible", {}, known.pk, "dms")],
        )


@pytest.mark.postgres
def test_what_no_column_holds_is_rejected_with_its_file_and_line(north: Dealership, tmp_path: Path) -> None:
    """An address longer than its column, which SQLite would take: the file is otherwise in."""
    address = f"a@{'.'.join(['x' * 60] * 5)}.ru"
    path = exports.write(
        tmp_path / "export", {"clients.csv": exports.CLIENTS + f"000000005;Физлицо;Ильина Анна;;;;{address};;;;\n"}
    )
    run = bring_in(north, path)
    assert run.counts["clients.csv"]["created"] == 4
    [reject] = ImportReject.objects.filter(is_warning=False)
    assert (reject.file, reject.line, reject.reason["code"]) == ("clients.csv", 6, "import.not_stored")
    assert reject.row[2] == "Ильина Анна"
