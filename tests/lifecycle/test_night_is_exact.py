"""An incremental night gives the same tables as a full one; a killed night the same as one that was not."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from dealercrm.accounts.models import Dealership, JobChunk, JobRun
from dealercrm.accounts.running import finish_chunk
from lifecycle.models import Occasion, StageChange, Standing
from lifecycle.nights import start_night, work_on
from tests.factories import make_customer, make_ownership, make_vehicle, make_visit, moment
from vehicles.models import Appointment, Complaint, Cover, Feedback, Ownership, RecallCampaign, Touch

START = date(2024, 1, 10)
Row = tuple[Any, ...]


class Mirror:
    """The same small world in two stores; every fact is written to both, under names that both share."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.stores = [Dealership.objects.create(code=code, name=code) for code in ("full", "next")]
        self.cars: list[list[Ownership]] = [[], []]
        self.names: dict[str, str] = {}
        for _ in range(5):
            customers = [make_customer(store, birth_on=date(1980, 3, 5)) for store in self.stores]
            for _ in range(dice.choice([1, 1, 2])):
                self.buy(customers, START - timedelta(days=dice.randrange(1500)))

    def buy(self, customers: list[Any], on: date) -> None:
        acquired = self.dice.choice(["new", "new", "used", "elsewhere"])
        for side, store in enumerate(self.stores):
            self.cars[side].append(
                make_ownership(customers[side], store, started_on=on, acquired=acquired, vehicle=make_vehicle())
            )

    def name(self, kind: str, rows: list[Any]) -> None:
        for row in rows:
            self.names[f"{kind}:{row.pk}"] = f"{kind}:{len(self.names) // 2}"

    def happen(self, today: date) -> None:
        """One random fact, written twice."""
        dice, pair = self.dice, self.pair()
        on = today - timedelta(days=dice.choice([0, 0, 1, 5, 60, -3]))  # late, and dated ahead, as exports are
        happenings = ["visit", "visit", "visit", "touch", "complaint", "cover", "booking", "end", "void", "buy"]
        match dice.choice([*happenings, "answer", "recall", "dead number"]):
            case "visit":
                if on >= max(car.started_on for car in pair):
                    works = dice.choice([("maintenance", "oil"), ("tyres",), ("oil",)])
                    declined = dice.choice([(), ("brakes",)])
                    km = dice.choice([None, 10000 + 40 * (on - date(2020, 1, 1)).days])
                    self.name("visit", [make_visit(car, on, works=works, declined=declined, km=km) for car in pair])
            case "touch":
                topic = dice.choice(["courtesy_call", "win_back", "maintenance", "repurchase"])
                outcome = dice.choice(["done", "thinks", "done_elsewhere"])
                for car in pair:
                    Touch.objects.create(
                        customer=car.customer, ownership=car, dealership=car.home_store, at=moment(on), channel="call",
                        purpose="service", topic=topic, outcome=outcome, was_reached=True,
                    )  # fmt: skip
                self.name("touch", [Touch.objects.filter(ownership=car).latest("pk") for car in pair])
                self.name("elsewhere", [Touch.objects.filter(ownership=car).latest("pk") for car in pair])
            case "complaint":
                self.name("complaint", [
                    Complaint.objects.create(
                        customer=car.customer, ownership=car, dealership=car.home_store, opened_at=moment(on), text="x"
                    )
                    for car in pair
                ])  # fmt: skip
            case "cover":
                ends_on = on + timedelta(days=dice.randrange(200))
                number = str(dice.random())
                self.name("cover", [
                    Cover.objects.create(
                        dealership=car.home_store, vehicle=car.vehicle, kind="insurance", ends_on=ends_on, number=number
                    )
                    for car in pair
                ])  # fmt: skip
            case "booking":
                status = dice.choice(["booked", "confirmed", "no_show"])
                starts_at = moment(today + timedelta(days=dice.randrange(-2, 10)))
                rows = [
                    Appointment.objects.create(
                        dealership=car.home_store, customer=car.customer, ownership=car, starts_at=starts_at,
                        status=status,
                    )
                    for car in pair
                ]  # fmt: skip
                Appointment.objects.filter(pk__in=[row.pk for row in rows]).update(
                    created_at=min(starts_at, moment(today)) - timedelta(days=1)
                )
                self.name("appointment", rows)
            case "end" if dice.random() < 0.3:
                for car in pair:
                    car.end("sold", on=today)
            case "void":
                orders = [car.repair_orders.order_by("pk").last() for car in pair]
                for order in orders:
                    if order:
                        order.voided_at = moment(today)
                        order.save()
            case "answer":
                score = dice.randrange(7, 11)
                for car in pair:
                    Feedback.objects.record(
                        customer=car.customer, ownership=car, dealership=car.home_store, at=moment(on), score=score,
                        channel="call",
                    )  # fmt: skip
            case "recall":
                code = f"R-{dice.randrange(3)}"
                for car in pair:
                    recall, _ = RecallCampaign.objects.get_or_create(
                        dealership=car.home_store, code=code, defaults={"title": code, "published_on": START}
                    )
                    listed, is_new = recall.cars.get_or_create(vin=car.vehicle.vin, defaults={"listed_on": on})
                    if not is_new:
                        listed.done_on = None if listed.done_on else on
                        listed.save()
            case "dead number":
                for car in pair:
                    point = car.customer.contact_points.earliest("pk")
                    if point.is_usable:
                        point.mark_invalid("wrong_number", at=moment(on))
                    else:
                        point.mark_valid()
            case "buy":
                self.buy([car.customer for car in pair], today)
        Ownership.objects.note_new_facts([car.pk for car in pair])

    def pair(self) -> list[Ownership]:
        index = self.dice.randrange(len(self.cars[0]))
        return [Ownership.objects.get(pk=self.cars[side][index].pk) for side in (0, 1)]

    def tables(self, side: int) -> tuple[list[Row], list[Row], list[Row]]:
        position = {car.pk: index for index, car in enumerate(self.cars[side])}
        standings = [
            (position[row.ownership_id], row.stage, row.substage, self.told(row.why), row.since, row.last_visit_on,
             row.due_on, row.due_from, row.due_to, row.due_km, row.km_per_year, row.interval_days, row.evaluate_on,
             str(row.forecasts))
            for row in Standing.objects.filter(ownership_id__in=position)
        ]  # fmt: skip
        changes = [
            (position[row.ownership_id], row.on, row.from_stage, row.from_substage, row.to_stage, row.to_substage)
            for row in StageChange.objects.filter(ownership_id__in=position)
        ]
        occasions = [
            (position[row.ownership_id], row.kind, self.told(row.cycle), row.opens_on, row.due_on, row.closes_on,
             row.status, str(row.closed_on), self.told(row.why), self.told(row.closed_why), row.is_safety_work)
            for row in Occasion.objects.filter(ownership_id__in=position)
        ]  # fmt: skip
        return sorted(standings), sorted(changes), sorted(occasions)

    def told(self, text: Any) -> str:
        """Ids of facts under the name that both stores share."""
        return re.sub(r"[a-z]+:\d+", lambda match: self.names.get(match[0], match[0]), str(text))


def night(store: Dealership, on: date, *, is_full: bool) -> Counter[str]:
    run = start_night(store, on=on, now=moment(on, 3), is_full=is_full)
    assert run is not None
    work_on(run, clock=lambda: moment(on, 3))
    run.refresh_from_db()
    assert run.status == JobRun.Status.DONE, run.error
    return Counter(run.counts)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [11, 12, 13, 14])
def test_incremental_nights_give_the_same_tables_as_full_ones(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random facts and random gaps between nights; after each night both stores must read the same.

    The full nights read every fact from its rows, the others judge from what they kept.
    """
    monkeypatch.setattr("lifecycle.nights.RECHECKED", 3)
    dice = random.Random(seed)
    world = Mirror(dice)
    today, full, nightly = START, Counter[str](), Counter[str]()
    for _ in range(14):
        full += night(world.stores[0], today, is_full=True)
        nightly += night(world.stores[1], today, is_full=False)
        for one, other in zip(world.tables(0), world.tables(1), strict=True):
            assert other == one, (seed, today)
        today += timedelta(days=dice.choice([1, 1, 2, 7, 30, 90]))
        for _ in range(dice.randrange(4)):
            world.happen(today)
    assert nightly["judged"] < full["judged"], "an incremental night that judges everything proves nothing"
    assert nightly["rechecked"] > 0
    assert nightly["differences"] == full["differences"] == 0, "nobody forgot a note, no boundary was missed"


# ---------------------------------------------------------------- killed nights


class Killed(BaseException):
    """A process that dies: nothing catches it, the database rolls back what was not committed."""


def a_small_base(store: Dealership, today: date) -> None:
    for days in (5, 500, 620):
        car = make_ownership(make_customer(store), store, started_on=today - timedelta(days=days))
        if days > 400:
            make_visit(car, today - timedelta(days=days - 330), km=14000, declined=("brakes",))


def digest(store: Dealership) -> tuple[list[Row], list[Row], list[Row]]:
    return (
        sorted(Standing.objects.filter(dealership=store).values_list("ownership_id", "stage", "substage", "due_on")),
        sorted(StageChange.objects.filter(dealership=store).values_list("ownership_id", "on", "to_substage")),
        sorted(Occasion.objects.filter(dealership=store).values_list("ownership_id", "kind", "cycle", "status")),
    )


def forget() -> None:
    for model in (Occasion, StageChange, Standing, JobRun):
        model.objects.all().delete()


@contextmanager
def dying_at(statement: int) -> Iterator[None]:
    seen = 0

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == statement:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield


@contextmanager
def unprotected_chunk(chunk: JobChunk) -> Iterator[dict[str, int]]:
    """The control: results are written one by one, and the chunk is finished after them."""
    counts: dict[str, int] = {}
    yield counts
    finish_chunk(chunk, counts)


def run_killed_at_every_statement(store: Dealership, today: date) -> list[bool]:
    """For each statement of a night: die there, take the run up again later; is the digest that of a clean run?"""
    start_and_work(store, today, hour=3)
    clean = digest(store)
    same = []
    for statement in range(1, 500):
        forget()
        try:
            with dying_at(statement):
                start_and_work(store, today, hour=3)
        except Killed:
            connection.set_rollback(False)  # the test's own transaction lives on, what died is rolled back or is not
            start_and_work(store, today, hour=4)
            same.append(digest(store) == clean)
        else:
            return same
    raise AssertionError("a night of three cars takes no 500 statements")


def start_and_work(store: Dealership, today: date, *, hour: int) -> None:
    run = start_night(store, on=today, now=moment(today, hour))
    if run is not None:
        work_on(run, clock=lambda: moment(today, hour))


def test_a_night_killed_at_any_statement_ends_like_one_that_was_not(
    north: Dealership, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.nights.CHUNK", 3)
    a_small_base(north, today)
    same = run_killed_at_every_statement(north, today)
    assert len(same) > 40
    assert all(same)


def test_control_without_one_transaction_per_chunk_a_killed_night_loses_rows(
    north: Dealership, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.nights.CHUNK", 3)
    monkeypatch.setattr("lifecycle.nights.chunk_work", unprotected_chunk)
    a_small_base(north, today)
    assert not all(run_killed_at_every_statement(north, today))
