"""Taking a result back: for half a minute the operator may find that they pressed the wrong key.

What an answer does is spread over many tables, and outcomes are added. So nobody lists here what each
of them writes: the customer's rows are looked at before and after the answer, the difference is kept
with the result, and taking it back puts every row to where it was. Where a row has been touched since
(a colleague has taken the call back, the letter has left), nothing is undone and the operator is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.models import F, Q

from campaigns.loading import Store
from campaigns.models import CallResult, ContactTask, OfferEvent, OutboxMessage
from campaigns.rules.outcomes import UNDO_FOR
from customers.models import ConsentEvent, ContactPoint, Customer, Referral
from dealercrm.accounts.models import User
from dealercrm.why import Why
from vehicles.models import Appointment, Complaint, ComplaintEvent, Feedback, Ownership, Refusal, Touch

Rows = dict[int, dict[str, Any]]  # {pk: {column: value as JSON}}
Picture = dict[str, Rows]  # {model: rows}
Trace = dict[str, dict[str, dict[str, Any]]]


class NotUndoableError(Exception):
    """The result stands; `why` is the sentence for the operator."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.code)
        self.why = why


def picture_of(customer: Customer, task: ContactTask) -> Picture:
    """The rows of a customer that an answer may touch, as they are now; on SQLite a query a table.

    Touches and closed tasks are history that no answer changes; only what is new there would be seen.
    """
    watched: list[tuple[type[models.Model], Q]] = [
        (ContactTask, Q(customer=customer) & (Q(status__in=ContactTask.OPEN) | Q(occasion=task.occasion_id))),
        (OutboxMessage, Q(customer=customer, task__occasion=task.occasion_id) | Q(customer=customer, status="queued")),
        (OfferEvent, Q(customer=customer)),
        (Appointment, Q(customer=customer, status__in=Appointment.OPEN)),
        (Refusal, Q(customer=customer)),
        (ConsentEvent, Q(customer=customer)),
        (ContactPoint, Q(customer=customer)),
        (Complaint, Q(customer=customer, resolved_at=None)),
        (ComplaintEvent, Q(complaint__customer=customer)),
        (Feedback, Q(customer=customer)),
        (Referral, Q(referrer=customer)),
        (Ownership, Q(customer=customer)),
        (Customer, Q(pk=customer.pk)),
        (Touch, Q(customer=customer, channel="call")),
    ]
    return _pictured(watched)


def _pictured(watched: list[tuple[type[models.Model], Q]]) -> Picture:
    """These rows with all of their columns. PostgreSQL answers for all tables in one statement."""
    if connection.vendor != "postgresql":
        return {model._meta.label_lower: _rows(model, which) for model, which in watched}
    parts: list[str] = []
    params: list[Any] = []
    for model, which in watched:
        inner, given = model._default_manager.filter(which).order_by().values("pk").query.sql_with_params()
        # The version of the facts goes up with every note, from whoever; it never goes back.
        parts.append(
            f"SELECT '{model._meta.label_lower}', id, (to_jsonb(t) - 'facts_version')::text "  # noqa: S608
            f'FROM "{model._meta.db_table}" t WHERE id IN ({inner})'
        )
        params += given
    picture: Picture = {model._meta.label_lower: {} for model, _which in watched}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        for label, pk, row in cursor.fetchall():
            picture[label][pk] = json.loads(row)
    return picture


def difference(customer: Customer, before: Picture, task: ContactTask) -> Trace:
    """What has been written since `before`: rows that are new (by a digest of what they say), fields that changed."""
    after = picture_of(customer, task)
    trace: Trace = {"made": {}, "changed": {}}
    for label, known in before.items():
        now = after[label]
        gone = known.keys() - now.keys()  # left the picture: an appointment that was cancelled is open no longer
        now |= _pictured([(_model(label), Q(pk__in=gone))])[label] if gone else {}
        made = {str(pk): _digest(row) for pk, row in now.items() if pk not in known}
        changed = {str(pk): _changed(row, now[pk]) for pk, row in known.items() if pk in now and row != now[pk]}
        if made:
            trace["made"][label] = made
        if changed:
            trace["changed"][label] = changed
    return trace


def undoable(user: User, now: datetime) -> CallResult | None:
    """The user's last result while it may be taken back. One query."""
    last = CallResult.objects.filter(by=user, was_late=False).order_by("-pk").first()
    if last is None or last.undone_at is not None or now - last.at > UNDO_FOR:
        return None
    return last


@transaction.atomic
def undo(task_id: int, *, by: User, now: datetime) -> ContactTask:
    """Put everything back as it was before the operator's last answer, if that was to this call; it is in hand again.

    Raises NotUndoableError: the half minute is over, their last answer was to another call, or something was
    built on it.
    """
    task = ContactTask.objects.select_related("dealership", "customer").get(pk=task_id)
    Customer.objects.held([task.customer_id])
    result = undoable(by, now)
    if result is None or result.task_id != task.pk:
        raise NotUndoableError(Why("undo.too_late"))
    trace: Trace = result.trace
    _check_untouched(trace)
    for label, rows in trace["changed"].items():
        for pk, fields in rows.items():
            _put_back(_model(label), int(pk), {name: was for name, (was, _became) in fields.items()})
    for label in reversed(list(trace["made"])):  # what refers goes before what it refers to
        _model(label)._default_manager.filter(pk__in=list(trace["made"][label])).delete()
    CallResult.objects.filter(pk=result.pk).update(undone_at=now, touch=None, trace={})
    lease = now + timedelta(seconds=Store.load(task.dealership, now).values.lease_seconds)
    ContactTask.objects.filter(pk=task.pk).update(epoch=F("epoch") + 1, lease_until=lease)
    task.customer.note_new_facts()
    task.refresh_from_db()
    return task


def _check_untouched(trace: Trace) -> None:
    for label, made in trace["made"].items():
        rows = _pictured([(_model(label), Q(pk__in=list(made)))])[label]
        if {str(pk): _digest(row) for pk, row in rows.items()} != made:
            raise NotUndoableError(Why("undo.built_upon", {"what": label}))
    for label, changed in trace["changed"].items():
        rows = _pictured([(_model(label), Q(pk__in=list(changed)))])[label]
        for pk, fields in changed.items():
            row = rows.get(int(pk), {})
            if any(row.get(name) != became for name, (_was, became) in fields.items()):
                raise NotUndoableError(Why("undo.built_upon", {"what": label}))


def _rows(model: type[models.Model], which: Q) -> Rows:
    names = [field.attname for field in model._meta.concrete_fields if field.name != "facts_version"]
    found = model._default_manager.filter(which).order_by("pk").values("pk", *names)
    return {row.pop("pk"): _as_json(row) for row in found}


def _as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(row, cls=DjangoJSONEncoder))
    return plain


def _digest(row: Mapping[str, Any]) -> str:
    return sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (value, after[name]) for name, value in before.items() if value != after[name]}


def _put_back(model: type[models.Model], pk: int, fields: Mapping[str, Any]) -> None:
    by_column = {field.attname: field for field in model._meta.concrete_fields}
    values = {by_column[name].name: by_column[name].to_python(value) for name, value in fields.items()}
    model._default_manager.filter(pk=pk).update(**values)


def _model(label: str) -> type[models.Model]:
    return apps.get_model(label)
