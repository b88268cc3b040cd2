"""What is killed: the night, the planning, the letters, a call, an import. Each with its base and its control."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import call_command
from django.db import transaction
from django.db.models import QuerySet

from campaigns import claiming, completing, sending
from campaigns import running as planning
from campaigns.channels import email
from campaigns.loading import Store
from campaigns.models import Assignment, CallResult, ContactTask, Decision, OutboxMessage
from campaigns.models.decision import DecisionChange
from campaigns.playbook import Playbook
from campaigns.settling import has_something_waiting, settle_day
from customers.models import ConsentEvent, ContactPoint, Customer, ExternalId
from customers.models.customer import CustomerQuerySet
from dealercrm.accounts.models import Dealership, JobChunk, JobRun, Role, User
from dealercrm.accounts.running import finish_chunk
from lifecycle import nights
from lifecycle.models import Occasion, StageChange, StageCount, Standing
from tests.campaigns.building import customer_with_occasion, plan
from tests.factories import make_customer, make_dealership, make_ownership, make_user, make_vehicle, make_visit, moment
from tests.vehicles import exports
from vehicles.exports.spool import Spool
from vehicles.importing import running as importing
from vehicles.models import (
    Appointment,
    Complaint,
    Cover,
    ImportProfile,
    ImportReject,
    ImportRun,
    OdometerReading,
    Ownership,
    RepairOrder,
    RepairOrderLine,
    Touch,
    Vehicle,
)

TODAY = date(2026, 3, 16)
Rows = Counter[tuple[Any, ...]]


class Damage(NamedTuple):
    """Rows of a clean run that are missing, and rows that a clean run does not have."""

    lost: Rows
    doubled: Rows

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled)


class Case:
    """A base that stays, work that is killed and taken up again, and everything that the work writes as rows."""

    name: str

    def build(self) -> None:
        raise NotImplementedError

    def work(self, attempt: int) -> None:
        """Attempt 0 is the one that dies; later ones come when its leases are over."""
        raise NotImplementedError

    def rows(self) -> Rows:
        raise NotImplementedError

    def unprotected(self) -> AbstractContextManager[Any]:
        """The control: the protection is off for all processes born inside."""
        raise NotImplementedError

    def damage(self, clean: Rows, found: Rows) -> Damage:
        return Damage(clean - found, found - clean)


def rows_of(rows: QuerySet[Any], *names: str) -> Rows:
    label = rows.model._meta.object_name
    return Counter((label, *map(str, row)) for row in rows.order_by().values_list(*names))


def run_rows() -> Rows:
    return rows_of(JobRun.objects.all(), "job", "logical_on", "sequence", "status", "counts", "error")


@contextmanager
def results_apart_from_completion(chunk: JobChunk) -> Iterator[dict[str, int]]:
    """The results of a chunk are written one by one, and the chunk is finished after them."""
    counts: dict[str, int] = {}
    yield counts
    with transaction.atomic():
        finish_chunk(chunk, counts)


class NoTransaction:
    """Stands in for django.db.transaction: every statement commits by itself."""

    atomic = staticmethod(contextlib.nullcontext)
    set_rollback = staticmethod(lambda value: None)


def without_row_locks(self: CustomerQuerySet, ids: Any, *, wait: bool = True) -> list[Customer]:
    return list(self.filter(pk__in=list(ids)).order_by("pk"))


@contextmanager
def patched(*patches: AbstractContextManager[Any]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        yield


class Night(Case):
    """A second night: most cars were judged a month ago, then much happened."""

    name = "night"
    store: Dealership

    def build(self) -> None:
        self.store = make_dealership("north")
        then = TODAY - timedelta(days=30)
        cars = []
        for days in (5, 20, 500, 620, 1100):
            car = make_ownership(make_customer(self.store), self.store, started_on=then - timedelta(days=days))
            if days > 400:
                make_visit(car, then - timedelta(days=days - 330), km=14000, declined=("brakes",))
            cars.append(car)
        run = nights.start_night(self.store, on=then, now=moment(then, 2))
        assert run is not None
        nights.work_on(run, clock=lambda: moment(then, 2))
        make_visit(cars[2], TODAY - timedelta(days=2), km=29000)
        cars[2].repair_orders.earliest("pk").void(at=moment(TODAY))
        make_ownership(cars[3].customer, self.store, started_on=TODAY - timedelta(days=1), vehicle=make_vehicle())
        cars[4].end("sold", on=TODAY - timedelta(days=3))
        Complaint.objects.create(
            dealership=self.store, customer=cars[3].customer, ownership=cars[3], opened_at=moment(TODAY), text="x"
        )
        Ownership.objects.note_new_facts([cars[3].pk])

    def work(self, attempt: int) -> None:
        now = moment(TODAY, 3 + attempt)
        with mock.patch.object(nights, "CHUNK", 2):
            run = nights.start_night(self.store, on=TODAY, now=now)
        if run is not None:
            nights.work_on(run, clock=lambda: now)

    def rows(self) -> Rows:
        standing = [field.attname for field in Standing._meta.concrete_fields]
        occasion = [field.attname for field in Occasion._meta.concrete_fields if field.attname != "id"]
        changed = ("ownership_id", "on", "from_stage", "from_substage", "to_stage", "to_substage", "why")
        return (
            rows_of(Standing.objects.all(), *standing)
            + rows_of(Occasion.objects.all(), *occasion)
            + rows_of(StageChange.objects.all(), *changed)
            + rows_of(StageCount.objects.all(), "dealership", "on", "stage", "substage", "ownerships")
            + rows_of(Ownership.objects.all(), "pk", "facts_version")
            + run_rows()
        )

    def unprotected(self) -> AbstractContextManager[Any]:
        return mock.patch.object(nights, "chunk_work", results_apart_from_completion)


class Planning(Case):
    """The planning of a store's day: decisions, tasks, letters."""

    name = "planning"
    store: Dealership

    def build(self) -> None:
        self.store = make_dealership("north")
        for index, kind in enumerate(("maintenance", "insurance_renewal", "birthday", "win_back", "declined_work")):
            email = f"a{index}@inbox.test" if index % 2 else None
            occasion = {"is_safety_work": False}
            customer_with_occasion(self.store, kind, today=TODAY, email=email, occasion=occasion)
        customer_with_occasion(self.store, "insurance_renewal", today=TODAY, consents=False)
        Store.load(self.store, moment(TODAY, 3))  # the calendar of holidays is read once, not by each child

    def work(self, attempt: int) -> None:
        now = moment(TODAY, 3 + attempt)
        with mock.patch.object(planning, "CUSTOMERS_PER_CHUNK", 2):
            planning.plan_store(self.store, on=TODAY, now=now, clock=lambda: now)
        store = Store.load(self.store, now, today=TODAY)
        if attempt and has_something_waiting(self.store):  # as the sweep does where the planner died before handing out
            settle_day(store, Playbook.load(self.store, TODAY), now=now)

    def rows(self) -> Rows:
        return (
            rows_of(
                ContactTask.objects.all(), "occasion", "step__position", "attempt", "channel", "status", "not_before"
            )
            + rows_of(Decision.objects.all(), "occasion", "step__position", "verdict", "gate", "why", "decided_on")
            + rows_of(
                DecisionChange.objects.all(), "decision__occasion", "decision__step__position", "on", "verdict", "gate"
            )
            + rows_of(OutboxMessage.objects.all(), "task__occasion", "task__step__position", "subject", "status")
            + rows_of(Assignment.objects.all(), "customer", "campaign", "is_held_out", "assigned_on")
            + run_rows()
        )

    def unprotected(self) -> AbstractContextManager[Any]:
        return patched(
            mock.patch.object(planning, "chunk_work", results_apart_from_completion),
            mock.patch.object(CustomerQuerySet, "held", without_row_locks),
        )


class Ledger(BaseEmailBackend):
    """A relay that writes down what it accepted, outside of the database."""

    path: Path

    def send_messages(self, messages: Any) -> int:
        with self.path.open("a") as book:
            for message in messages:
                book.write(f"{message.extra_headers['Message-ID']}\n")
        return len(messages)


LEDGER = SimpleNamespace(open_relay=Ledger, send=email.send)


class Letters(Case):
    """Letters that are due. A dead sender's letter may be unknown, never sent twice and never forgotten."""

    name = "letters"
    store: Dealership

    def build(self) -> None:
        self.store = make_dealership("north")
        for index in range(3):
            occasion = {"opens_on": TODAY, "due_on": TODAY + timedelta(days=15)}
            email = f"a{index}@inbox.test"
            customer_with_occasion(self.store, "insurance_renewal", today=TODAY, email=email, occasion=occasion)
        plan(self.store, moment(TODAY, 8))
        Ledger.path = Path(settings.MEDIA_ROOT) / "ledger"
        Ledger.path.parent.mkdir(parents=True, exist_ok=True)

    def work(self, attempt: int) -> None:
        if attempt == 0:
            Ledger.path.write_text("")
        sending.send_due(now=moment(TODAY, 11 + attempt), channels={"email": LEDGER})

    def rows(self) -> Rows:
        left = Counter(Ledger.path.read_text().split())
        found: Rows = Counter()
        for message in OutboxMessage.objects.order_by("pk").select_related("task"):
            has_touch = Touch.objects.filter(customer=message.customer_id, outcome="sent").count()
            found["letter", message.pk, message.status, message.task.status, left[message.message_id], has_touch] += 1
        return found

    def damage(self, clean: Rows, found: Rows) -> Damage:
        """A letter is lost where nobody would ever look at it again, and doubled where it left twice."""
        lost: Rows = Counter()
        doubled: Rows = Counter()
        for row in found:
            _, _, status, task, left, touches = row
            is_told = (status, task, left, touches) == ("sent", "done", 1, 1)
            waits_for_a_person = status == "unknown" and task != "done" and left <= 1 and touches == 0
            if left > 1 or touches > 1:
                doubled[row] += 1
            elif not (is_told or waits_for_a_person):
                lost[row] += 1
        return Damage(lost, doubled)

    def unprotected(self) -> AbstractContextManager[Any]:
        def queue_again(now: datetime) -> int:
            lost = OutboxMessage.objects.filter(status="sending", lease_until__lte=now)
            return lost.update(status="queued", lease_until=None)

        return mock.patch.object(sending, "give_up_lost", queue_again)


class Calls(Case):
    """An operator takes a call and books a visit; when the server dies, the browser asks once more."""

    name = "calls"
    store: Dealership
    operator: User

    def build(self) -> None:
        self.store = make_dealership("north")
        self.operator = make_user("anna", Role.OPERATOR, self.store)
        customer_with_occasion(self.store, today=TODAY, email="ivanov@inbox.test")
        plan(self.store, moment(TODAY, 8))

    def work(self, attempt: int) -> None:
        now = moment(TODAY, 11, attempt)
        task = ContactTask.objects.filter(channel="call").get()
        if task.status == ContactTask.Status.OPEN:
            taken = claiming.claim_next(self.operator, self.store, now=now)
            assert taken is not None
            task = taken
        details = {"starts_at": "2026-03-18T10:00"}
        with contextlib.suppress(completing.LateResultError):  # only where the claim was closed without its result
            completing.complete(task.pk, outcome="booked", by=self.operator, epoch=task.epoch, now=now, details=details)

    def rows(self) -> Rows:
        return (
            rows_of(ContactTask.objects.all(), "occasion", "step__position", "attempt", "status", "outcome")
            + rows_of(CallResult.objects.all(), "task", "epoch", "outcome", "was_late")
            + rows_of(Touch.objects.all(), "customer", "channel", "outcome")
            + rows_of(Appointment.objects.all(), "customer", "starts_at", "status")
            + rows_of(Ownership.objects.all(), "pk", "facts_version")
        )

    def unprotected(self) -> AbstractContextManager[Any]:
        return patched(
            mock.patch.object(completing, "transaction", NoTransaction),
            mock.patch.object(CustomerQuerySet, "held", without_row_locks),
        )


class Import(Case):
    """An export with every kind of dirt, in batches of three rows; the command is started again."""

    name = "import"
    folder: Path

    def build(self) -> None:
        make_dealership("north")
        mapping = import_mapping()
        ImportProfile.objects.get_or_create(code="1c", defaults={"name": "1C", "mapping": mapping})
        self.folder = exports.write(Path(settings.MEDIA_ROOT) / "export")

    def work(self, attempt: int) -> None:
        with patched(*(mock.patch.object(Spool, name, in_threes(name)) for name in ("batch", "whole_cars"))):
            call_command("import_dms", str(self.folder), dealership="north", profile="1c", stdout=mock.Mock())

    def rows(self) -> Rows:
        first, *again = ImportRun.objects.order_by("pk")
        found: Rows = Counter({("account", str(first.status), str(first.counts)): 1})
        for run in again:  # a death between the last commit and the end: a whole import that changes nothing
            changed = sum(one["created"] + one["updated"] for one in run.counts.values())
            if changed:
                found["changed again", run.pk, changed] += 1
        orders = RepairOrder.objects
        return (
            found
            + rows_of(ImportReject.objects.filter(run=first), "file", "line", "field", "is_warning")
            + rows_of(Customer.objects.all(), "last_name", "first_name", "company_name", "birth_on", "city")
            + rows_of(ExternalId.objects.all(), "source", "code", "source_values")
            + rows_of(ContactPoint.objects.all(), "kind", "value", "position")
            + rows_of(ConsentEvent.objects.all(), "customer__last_name", "is_given", "at", "purpose", "channel")
            + rows_of(Vehicle.objects.all(), "vin", "plate", "year", "model__key")
            + rows_of(Ownership.objects.all(), "vehicle__vin", "started_on", "ended_on", "acquired", "facts_version")
            + rows_of(orders.all(), "number", "opened_on", "odometer_km", "total", "voided_at")
            + rows_of(RepairOrderLine.objects.all(), "order__number", "position", "name", "amount", "is_declined")
            + rows_of(OdometerReading.objects.all(), "vehicle__vin", "read_on", "km", "plausibility")
            + rows_of(Cover.objects.all(), "vehicle__vin", "kind", "ends_on", "number")
        )

    def unprotected(self) -> AbstractContextManager[Any]:
        return mock.patch.object(importing, "transaction", NoTransaction)


def import_mapping() -> dict[str, Any]:
    """The shipped profile of 1C; emptied tables have none, the migration still knows it."""
    from importlib import import_module

    mapping: dict[str, Any] = import_module("vehicles.migrations.0005_profile_1c").MAPPING
    return mapping


def in_threes(name: str) -> Callable[..., Any]:
    whole = getattr(Spool, name)

    def cut(spool: Spool, kind: Any, *rest: Any) -> Any:
        *middle, size = rest
        return whole(spool, kind, *middle, min(size, 3))

    return cut


CASES: dict[str, type[Case]] = {case.name: case for case in (Night, Planning, Letters, Calls, Import)}
