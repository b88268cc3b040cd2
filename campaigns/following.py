"""What follows each outcome, one function an outcome. Each returns what it did, as the result row keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from campaigns.asking import note_answer
from campaigns.booking import book
from campaigns.loading import Store
from campaigns.models import CallResult, ContactTask, OutboxMessage, Outcome
from campaigns.planning import plan_customers
from campaigns.rules.hours import next_dial, next_window
from campaigns.rules.outcomes import EFFECTS, UNDO_FOR, BadDetails, may_dial_again
from campaigns.rules.priority import value_of_promise
from customers.models import Channel, ContactPoint, Customer, DuplicatePair
from dealercrm.accounts.models import User
from dealercrm.why import Why
from vehicles.models import Appointment, Complaint, Ownership, Refusal, WorkGroup

MOST_SUSPECTED = 5  # cards with the phone that was dialled
FARTHEST_YEARS = 5  # a promise beyond that is a typing error


@dataclass(frozen=True, slots=True)
class Answer:
    """A result that is being recorded: the task in hand, who said what, and the store's values."""

    task: ContactTask
    customer: Customer
    outcome: str
    by: User
    now: datetime
    note: str
    details: dict[str, Any]
    store: Store
    proposal: str = ""  # the offer that was taken, in words


def follow(answer: Answer) -> dict[str, Any]:
    """Do what the outcome asks for, then let the cadence go on where it does. The details as recorded."""
    done = _FOLLOWING.get(answer.outcome, _nothing)(answer)
    then = EFFECTS[answer.outcome].then
    if then == "next" or done.get("is_unreached"):
        plan_customers(answer.store, [answer.customer], now=answer.now, only_occasion=answer.task.occasion_id)
        # Not before the operator's last chance to say that it was the wrong key: a letter that left stays sent.
        letters = OutboxMessage.objects.filter(task__occasion=answer.task.occasion_id, status="queued")
        letters.filter(not_before__lt=answer.now + UNDO_FOR).update(not_before=answer.now + UNDO_FOR)
    return done


def _nothing(answer: Answer) -> dict[str, Any]:
    return {}


def _booked(answer: Answer) -> dict[str, Any]:
    starts_at = _moment(answer, "starts_at")
    if starts_at <= answer.now:
        raise BadDetails("starts_at", _("An appointment lies ahead, not behind."))
    purpose = answer.details.get("purpose") or (
        Appointment.Purpose.TEST_DRIVE if answer.task.kind == "repurchase" else Appointment.Purpose.SERVICE
    )
    if purpose not in Appointment.Purpose.values:
        raise BadDetails("purpose", f"Unknown purpose {purpose!r}.")
    group = None
    if code := answer.details.get("work_group"):
        group = WorkGroup.objects.filter(code=code).first()
        if group is None:
            raise BadDetails("work_group", f"Unknown work group {code!r}.")
    appointment, moved = book(
        answer.store,
        answer.customer,
        answer.task.ownership,
        purpose=purpose,
        starts_at=starts_at,
        minutes=_minutes(answer),
        now=answer.now,
        work_group=group,
        note=str(answer.details.get("note") or "")[:300],
        proposal=answer.proposal,
        booked_by=answer.by,
    )
    done: dict[str, Any] = {"appointment": appointment.pk, "starts_at": starts_at.isoformat()}
    return done | ({"instead_of": moved.pk, "was_at": moved.starts_at.isoformat()} if moved else {})


def _minutes(answer: Answer) -> int:
    given = answer.details.get("minutes") or answer.store.values.slot_minutes
    try:
        minutes = int(given)
    except (TypeError, ValueError) as error:
        raise BadDetails("minutes", _("A number of minutes is needed.")) from error
    if not 5 <= minutes <= 1440:
        raise BadDetails("minutes", _("A visit takes between 5 minutes and a day."))
    return minutes


def _callback(answer: Answer) -> dict[str, Any]:
    """Personal: this operator calls at the hour the customer asked for."""
    at = _moment(answer, "at")
    if at <= answer.now:
        raise BadDetails("at", _("A call-back lies ahead, not behind."))
    _again(
        answer,
        not_before=at,
        promised_at=at,
        assigned_to=answer.by,
        closes_at=max(answer.task.closes_at, at + timedelta(days=2)),
        priority=value_of_promise(at),
    )
    return {"at": at.isoformat()}


def _no_answer(answer: Answer) -> dict[str, Any]:
    """The next allowed day, another time of day; after the last dial the call closes as unreached."""
    task = answer.task
    unanswered = CallResult.objects.counting().filter(
        task__occasion_id=task.occasion_id, task__step_id=task.step_id, outcome=Outcome.NO_ANSWER
    )
    dialled_at = [*unanswered.values_list("at", flat=True), answer.now]
    zone = answer.customer.zone(task.dealership)
    again_at = next_dial(answer.now, zone, answer.store.values, answer.store.holidays)
    if not may_dial_again(dialled_at, answer.now, answer.store.values) or again_at >= task.closes_at:
        return {"is_unreached": True, "dials": len(dialled_at)}
    _again(answer, not_before=again_at, closes_at=task.closes_at, priority=_own_value(task))
    return {"again_at": again_at.isoformat(), "dials": len(dialled_at)}


def _busy(answer: Answer) -> dict[str, Any]:
    zone = answer.customer.zone(answer.task.dealership)
    wanted = answer.now + timedelta(minutes=answer.store.values.busy_minutes)
    window = next_window(wanted, zone, answer.store.values, answer.store.holidays)
    again_at = max(wanted, window.opens) if window else wanted
    closes_at = max(answer.task.closes_at, again_at + timedelta(hours=2))
    _again(answer, not_before=again_at, closes_at=closes_at, priority=_own_value(answer.task))
    return {"again_at": again_at.isoformat()}


def _refused(answer: Answer) -> dict[str, Any]:
    reason = answer.details.get("reason") or Refusal.Reason.OTHER
    if reason not in Refusal.Reason.values:
        raise BadDetails("reason", f"Unknown reason {reason!r}; known are: {', '.join(Refusal.Reason.values)}.")
    default = answer.store.today + timedelta(days=answer.store.values.refusal_days)
    until = _day(answer, "until") if answer.details.get("until") else default
    if until <= answer.store.today:
        raise BadDetails("until", _("This day has passed; a refusal ends on a day to come."))
    refusal = Refusal.objects.create(
        customer=answer.customer,
        ownership=None if answer.details.get("all_cars") else answer.task.ownership,
        dealership=answer.task.dealership,
        topic="" if answer.details.get("all_topics") else answer.task.kind,
        reason=reason,
        until=until,
        at=answer.now,
        by=answer.by,
        note=answer.note,
    )
    return {"refusal": refusal.pk, "reason": reason, "until": until.isoformat()}


def _no_calls(answer: Answer) -> dict[str, Any]:
    _withdraw(answer, channel=Channel.CALL)
    _clear_list(answer, channel=Channel.CALL)
    return {}


def _wrong_number(answer: Answer) -> dict[str, Any]:
    """The number that was dialled is marked; where another one is left, the call comes back with it."""
    phones = ContactPoint.objects.usable().filter(customer=answer.customer, kind=ContactPoint.Kind.PHONE)
    chosen = answer.details.get("contact_point")
    dialled = phones.filter(pk=_number("contact_point", chosen)).first() if chosen else phones.first()
    if dialled is not None:
        dialled.mark_invalid("wrong_number", at=answer.now)
    if phones.exists():
        _again(answer, not_before=answer.now, closes_at=answer.task.closes_at, priority=_own_value(answer.task))
    return {"contact_point": dialled.pk if dialled else None}


def _sold(answer: Answer) -> dict[str, Any]:
    on = _past_day(answer, "on")
    _end_ownership(answer, Ownership.EndReason.SOLD, on)
    return {"on": on.isoformat()}


def _done_elsewhere(answer: Answer) -> dict[str, Any]:
    """Where and why: the night reads it from the touch; that work's clock starts anew, the car stays with us."""
    reason = answer.details.get("reason") or Refusal.Reason.ELSEWHERE
    if reason not in Refusal.Reason.values:
        raise BadDetails("reason", f"Unknown reason {reason!r}.")
    on = _past_day(answer, "on")
    return {"where": str(answer.details.get("where") or "")[:120], "reason": reason, "on": on.isoformat()}


def _complaint(answer: Answer) -> dict[str, Any]:
    text = str(answer.details.get("text") or answer.note).strip()
    if not text:
        raise BadDetails("text", _("Write what happened: somebody has to solve it."))
    complaint = Complaint.objects.create(
        dealership=answer.task.dealership,
        customer=answer.customer,
        ownership=answer.task.ownership,
        opened_at=answer.now,
        text=text,
        source="call",
        due_on=answer.store.today + timedelta(days=answer.store.values.complaint_days),
    )
    return {"complaint": complaint.pk}


def _moved(answer: Answer) -> dict[str, Any]:
    """City and time zone follow; moved out of reach ends the ownership for us."""
    city = str(answer.details.get("city") or "").strip()[:80]
    if city:
        answer.customer.correct({"city": city})
    if answer.details.get("is_away"):
        _end_ownership(answer, Ownership.EndReason.MOVED_AWAY, answer.store.today)
    return {"city": city, "is_away": bool(answer.details.get("is_away"))}


def _done(answer: Answer) -> dict[str, Any]:
    """Talked. Where the talk was about an appointment, the customer will come; where it asked something, the answer."""
    number = answer.task.occasion.evidence.get("appointment")
    if answer.task.kind != "appointment_confirmation" or not number:
        return note_answer(answer)
    appointment = Appointment.objects.filter(pk=number, customer=answer.customer).first()
    return {"appointment": number, "is_confirmed": bool(appointment and appointment.confirm())}


def _deceased(answer: Answer) -> dict[str, Any]:
    """Nobody of us writes or calls again: every contact point is closed and every consent withdrawn."""
    for point in ContactPoint.objects.usable().filter(customer=answer.customer):
        point.mark_invalid("deceased", at=answer.now)
    _withdraw(answer)
    _clear_list(answer)
    return {}


def _duplicate(answer: Answer) -> dict[str, Any]:
    """The other card is the one that the operator names; else every card with a phone of this one is suspected.

    A manager puts them side by side and decides.
    """
    of = str(answer.details.get("of") or "")
    living = Customer.objects.for_user(answer.by).living().filter(kind=answer.customer.kind)
    others = living.filter(pk=int(of)) if of.isdecimal() else living.around(answer.customer)
    for other in others.exclude(pk=answer.customer.pk)[:MOST_SUSPECTED]:
        DuplicatePair.objects.notice(answer.customer.pk, other.pk, by=answer.by, at=answer.now)
    return {"of": of}


_FOLLOWING: dict[str, Callable[[Answer], dict[str, Any]]] = {
    Outcome.BOOKED: _booked,
    Outcome.CALLBACK: _callback,
    Outcome.NO_ANSWER: _no_answer,
    Outcome.BUSY: _busy,
    Outcome.REFUSED: _refused,
    Outcome.NO_CALLS: _no_calls,
    Outcome.WRONG_NUMBER: _wrong_number,
    Outcome.SOLD: _sold,
    Outcome.DONE_ELSEWHERE: _done_elsewhere,
    Outcome.COMPLAINT: _complaint,
    Outcome.MOVED: _moved,
    Outcome.DONE: _done,
    Outcome.DECEASED: _deceased,
    Outcome.DUPLICATE: _duplicate,
}


def _again(answer: Answer, **fields: Any) -> ContactTask:
    """The same step once more, as the next attempt."""
    task = answer.task
    return ContactTask.objects.create(
        dealership=task.dealership,
        customer=task.customer,
        ownership=task.ownership,
        occasion_id=task.occasion_id,
        step=task.step,
        attempt=task.attempt + 1,
        channel=task.channel,
        purpose=task.purpose,
        kind=task.kind,
        why=task.why,
        due_on=task.due_on,
        value=task.value,
        planned_on=answer.store.today,
        is_by_chance=task.is_by_chance,
        propensity=task.propensity,
        **fields,
    )


def _own_value(task: ContactTask) -> float:
    """A promise that nobody answered is kept; the next dial goes back to what the call itself is worth."""
    rows = ContactTask.objects.filter(occasion_id=task.occasion_id, step_id=task.step_id, promised_at=None)
    first = rows.order_by("attempt").first()
    if first is None:
        return task.value
    return first.value if first.is_lifted else first.priority  # its class has had its turn; a draw stays


def _withdraw(answer: Answer, channel: str = "") -> None:
    answer.customer.withdraw_consent(
        channel=channel, at=answer.now, source="call", dealership=answer.task.dealership, by=answer.by
    )


def _clear_list(answer: Answer, **only: Any) -> None:
    """The customer's other contacts leave the list at once; what somebody has in hand is checked by its own result."""
    open_tasks = ContactTask.objects.filter(customer=answer.customer, status=ContactTask.Status.OPEN, **only)
    for task in open_tasks:
        task.take_off(Why("closed.by_call", {"outcome": answer.outcome}), at=answer.now)


def _end_ownership(answer: Answer, reason: str, on: date) -> None:
    ownership = answer.task.ownership
    if ownership is None:
        return
    ownership.end(reason, on=on)
    _clear_list(answer, ownership=ownership)


def _moment(answer: Answer, name: str) -> datetime:
    """A moment given as ISO text or a datetime; without a zone it is the store's wall clock."""
    value = answer.details[name]
    at: datetime = value if isinstance(value, datetime) else _parsed(name, value, parse_datetime)
    at = at if timezone.is_aware(at) else at.replace(tzinfo=answer.task.dealership.zone)
    if not abs(at.year - answer.now.year) <= FARTHEST_YEARS:
        raise BadDetails(name, _("This date is too far away."))
    return at


def _day(answer: Answer, name: str) -> date:
    value = answer.details[name]
    if isinstance(value, datetime):
        return value.date()
    day: date = value if isinstance(value, date) else _parsed(name, value, parse_date)
    return day


def _past_day(answer: Answer, name: str) -> date:
    """The day on which something happened, today where it was not said; never a day to come."""
    on = _day(answer, name) if answer.details.get(name) else answer.store.today
    if on > answer.store.today:
        raise BadDetails(name, _("That day has not come yet."))
    return on


def _number(name: str, value: Any) -> int:
    text = str(value)
    if not (text.isdecimal() and len(text) < 19):
        raise BadDetails(name, f"{name}: {text[:20]!r} is no number.")
    return int(text)


def _parsed(name: str, value: Any, parse: Callable[[str], Any]) -> Any:
    try:
        parsed = parse(str(value))
    except ValueError:
        parsed = None
    if parsed is None:
        raise BadDetails(name, f"{name}: {value!r} is no date or time; write 2026-03-16T14:30.")
    return parsed
