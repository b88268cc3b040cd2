"""A base for benchmarks/desk.py, written by the database itself: customers with a car, its visits, and open calls.

Everything by INSERT ... SELECT over generate_series, keys trusted: a million customers in minutes. The proportions
are plain (one car, one phone and one consent each, two visits with three works): what is measured are the pages.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, models, transaction

from campaigns.models import Campaign, CampaignStep, ContactPolicy, ContactTask
from campaigns.ready_made import install
from customers.models import ConsentEvent, ContactPoint, Customer, CustomerStore
from dealercrm.accounts.models import Dealership, Membership, Role, User
from lifecycle.models import Occasion, Standing
from vehicles.models import Make, Ownership, RepairOrder, RepairOrderLine, Touch, Vehicle, VehicleModel, WorkGroup

BACKEND = "dealercrm.accounts.signing_in.StaffBackend"


def fill(customers: int, tasks: int, *, stores: int, now: datetime) -> None:
    """Into an empty, migrated database on PostgreSQL."""
    made = [Dealership.objects.create(code=f"store{n}", name=f"Store {n}") for n in range(stores)]
    for store in made:
        install(store)
        ContactPolicy.objects.create(  # the load runs at any hour of any day
            dealership=store,
            overrides={
                "quiet_until_hour": 0, "quiet_from_hour": 24, "weekend_quiet_until_hour": 0,
                "weekend_quiet_from_hour": 24, "are_holidays_quiet": False,
            },
        )  # fmt: skip
    make = Make.objects.filter(models=None).first() or Make.objects.create(name="Bench", key="bench")
    model = VehicleModel.objects.create(make=make, name="One", key="one")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        _write_people(cursor, customers, stores, made[0].pk, make.pk, model.pk, now)
        _write_tasks(cursor, customers, tasks, stores, made, now)
        for table in (Customer, Vehicle, Ownership, RepairOrder, Occasion, ContactTask):
            name = table._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _write_people(cursor: Any, customers: int, stores: int, first: int, make: int, model: int, now: datetime) -> None:
    every = f"generate_series(1, {customers}) n"
    store = f"{first} + abs(hashint4(n::int)) % {stores}"
    past = f"('{now.date()}'::date - 30 - n % 700)"
    _insert(cursor, Customer, every, id="n", last_name="'Иванов'", first_name="'Алексей'", middle_name="'Сергеевич'",
            search_key="'иванов алексей сергеевич ' || n", created_at=f"'{now}'::timestamptz")  # fmt: skip
    _insert(cursor, CustomerStore, every, customer_id="n", dealership_id=store, since=f"'{now}'::timestamptz")
    _insert(cursor, ContactPoint, every, customer_id="n", kind="'phone'", value="'+7912' || lpad(n::text, 7, '0')")
    _insert(cursor, ConsentEvent, every, customer_id="n", is_given="true", at="'2024-01-10'::timestamptz",
            source="'dms'", dealership_id=store)  # fmt: skip
    _insert(cursor, Vehicle, every, id="n", vin="'Z94CB41A' || lpad(n::text, 9, '0')", make_id=str(make),
            vin_tail="lpad(n::text, 8, '0')", model_id=str(model), year="2021",
            plate="'А' || lpad((n % 1000)::text, 3, '0') || 'ВС' || 100 + n % 100")  # fmt: skip
    _insert(cursor, Ownership, every, id="n", customer_id="n", vehicle_id="n", home_store_id=store, acquired="'new'",
            started_on="'2022-01-15'::date")  # fmt: skip
    twice = f"generate_series(1, {2 * customers}) m, LATERAL (SELECT (m + 1) / 2 AS n) x"
    _insert(cursor, RepairOrder, twice, id="m", dealership_id=store, number="'N' || m", vehicle_id="n",
            customer_id="n", ownership_id="n", opened_on=f"{past} - 300 * (m % 2)", total="12000")  # fmt: skip
    groups = list(WorkGroup.objects.order_by("pk").values_list("pk", flat=True)[:3])
    for position, group in enumerate(groups, start=1):
        _insert(cursor, RepairOrderLine, f"generate_series(1, {2 * customers}) m", order_id="m",
                position=str(position), name="'Work'", work_group_id=str(group), amount="4000")  # fmt: skip
    _insert(cursor, Touch, every, customer_id="n", ownership_id="n", dealership_id=store, channel="'email'",
            at=f"{past}::timestamptz", purpose="'service'", topic="'maintenance'", outcome="'sent'")  # fmt: skip
    _insert(cursor, Standing, every, ownership_id="n", customer_id="n", dealership_id=store, stage="'retention'",
            substage="'due'", why="'{}'::jsonb", since=past, facts_version="1", judged_on=f"'{now.date()}'::date",
            odometer_km="61000", odometer_on=past, health="41")  # fmt: skip


def _write_tasks(cursor: Any, customers: int, tasks: int, stores: int, made: list[Dealership], now: datetime) -> None:
    """Every so manieth customer has a call open, of the ready-made campaign of their store."""
    today = f"'{now.date()}'::date"
    steps = {}
    for store in made:
        campaign = next(one for one in Campaign.objects.filter(dealership=store) if "maintenance" in one.kinds)
        steps[store.pk] = CampaignStep.objects.filter(campaign=campaign, channel="call").earliest("position").pk
    each = customers // tasks
    source = f"generate_series(1, {tasks}) t, LATERAL (SELECT t * {each} AS n) x"
    at_store = f"{made[0].pk} + abs(hashint4(n::int)) % {stores}"
    step = "CASE " + " ".join(f"WHEN {at_store} = {pk} THEN {number}" for pk, number in steps.items()) + " END"
    _insert(cursor, Occasion, source, id="t", ownership_id="n", customer_id="n", dealership_id=at_store,
            kind="'maintenance'", purpose="'service'", cycle="'visit:' || t", opens_on=f"{today} - 14",
            due_on=f"{today} - t % 10", closes_on=f"{today} + 21", why="'{\"code\": \"occasion.test\"}'::jsonb",
            evidence="'{\"works\": [\"maintenance\"]}'::jsonb")  # fmt: skip
    _insert(cursor, ContactTask, source, id="t", ownership_id="n", customer_id="n", dealership_id=at_store,
            occasion_id="t", step_id=step, channel="'call'", purpose="'service'", kind="'maintenance'",
            due_on=today, planned_on=today, not_before=f"'{now - timedelta(hours=1)}'::timestamptz",
            closes_at=f"'{now + timedelta(days=20)}'::timestamptz",
            priority="100 + (t * 7919 % 100003) / 100.0")  # fmt: skip


def _insert(cursor: Any, model: type[models.Model], source: str, /, **given: str) -> None:
    """Rows of a model out of SQL; what is not given is the field's own default."""
    columns, values, params = [], [], []
    for field in model._meta.concrete_fields:
        if field.attname in given:
            values.append(given[field.attname].replace("%", "%%"))
        elif field.primary_key or field.generated or field.null:
            continue
        elif getattr(field, "auto_now_add", False):
            values.append("now()")
        else:
            values.append("%s")
            params.append(field.get_db_prep_save(field.get_default(), connection))
        columns.append(f'"{field.column}"')
    table = model._meta.db_table
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {source.replace('%', '%%')}",
        params,
    )


def operators(number: int) -> list[tuple[int, str]]:
    """(store, session key) of so many signed-in operators, spread over the stores."""
    stores = list(Dealership.objects.order_by("pk"))
    people = User.objects.bulk_create(User(username=f"operator{n}", password="!", language="ru") for n in range(number))
    Membership.objects.bulk_create(
        Membership(user=user, dealership=stores[n % len(stores)], role=Role.OPERATOR) for n, user in enumerate(people)
    )
    store, rows, found = SessionStore(), [], []
    for n, user in enumerate(people):
        said = {SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: BACKEND, HASH_SESSION_KEY: user.get_session_auth_hash()}
        row = store.model(
            session_key=f"{n:032d}", session_data=store.encode(said), expire_date=datetime(2099, 1, 1).astimezone()
        )
        rows.append(row)
        found.append((stores[n % len(stores)].pk, row.session_key))
    store.model.objects.bulk_create(rows)
    return found
