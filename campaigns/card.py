"""The call card: everything an operator needs for one call, in a fixed number of queries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Aggregate, F, JSONField, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import translation
from django.utils.dateparse import parse_datetime

from campaigns.booking import expected_and_free
from campaigns.deciding import works_of
from campaigns.loading import Store
from campaigns.models import CallResult, CampaignStep, ContactTask, OfferEvent
from campaigns.offering import Heard, Offers, offers_of_call
from campaigns.past import Visit, last_touches, last_visits
from campaigns.points import Points, points_of
from campaigns.pricing import Quote, quote
from campaigns.rules.facts import Consent
from campaigns.rules.outcomes import UNDO_FOR
from campaigns.rules.plays import play_of
from campaigns.rules.policy import ContactValues
from campaigns.rules.slots import DaySlots, callback_times
from campaigns.rules.texts import places_in
from campaigns.wording import text_of, words_for
from customers.models import ConsentEvent, ContactPoint, Customer
from dealercrm.accounts.models import User
from lifecycle.health_words import PartShown, parts_shown
from lifecycle.models import Occasion, Standing
from vehicles.models import (
    Appointment,
    Complaint,
    Feedback,
    LoyaltyAccount,
    Ownership,
    Touch,
    Vehicle,
    WorkGroup,
)

STALE_ODOMETER = timedelta(days=180)


class Missing(NamedTuple):
    """A fact that we lack (email, mileage, birth_date, city), and the margin that this costs in a year."""

    code: str
    cost: float


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on the card; lists are short enough for one screen."""

    task: ContactTask
    customer: Customer
    ownership: Ownership | None
    vehicle: Vehicle | None
    standing: Standing | None
    occasion: Occasion
    zone: ZoneInfo
    goal: str
    call_url: str
    phones: list[ContactPoint]
    emails: list[ContactPoint]
    script: list[str]
    works: list[WorkGroup]
    price: Quote | None
    offers: Offers
    visits: list[Visit]
    touches: list[Touch]
    late_note: CallResult | None
    complaint: Complaint | None
    feedback: Feedback | None
    next_step: CampaignStep | None
    last_answer: CallResult | None
    appointments: list[Appointment]
    other_cars: list[Ownership]
    also_due: list[Occasion]
    health: list[PartShown]
    slots: list[DaySlots]
    callbacks: list[datetime]
    points: Points | None
    missing: list[Missing] = field(default_factory=list)


def card_tasks(tasks: QuerySet[ContactTask], user: User, now: datetime) -> QuerySet[ContactTask]:
    """These calls with all that a card shows of them and that is one row each. One query.

    The open complaint, the last late note and so on come as JSON beside the call: a query for each of them would
    be a quarter of the card's time.
    """
    complaints = Complaint.objects.open().filter(customer=OuterRef("customer")).order_by("opened_at")
    late = CallResult.objects.filter(task__occasion=OuterRef("occasion"), was_late=True).exclude(note="")
    answers = CallResult.objects.filter(by=user, was_late=False).order_by("-pk")
    feedback = Feedback.objects.filter(customer=OuterRef("customer")).order_by("-at", "-pk")
    consents = ConsentEvent.objects.filter(customer=OuterRef("customer"))
    heard = OfferEvent.objects.filter(customer=OuterRef("customer"), dealership=OuterRef("dealership"))
    accounts = LoyaltyAccount.objects.filter(customer=OuterRef("customer"), dealership=OuterRef("dealership"))
    following = CampaignStep.objects.filter(
        campaign=OuterRef("step__campaign"), position__gt=OuterRef("step__position")
    )
    return tasks.select_related(
        "dealership", "customer", "occasion", "step__campaign", "claimed_by", "assigned_to",
        "ownership__vehicle__model__make", "ownership__vehicle__make", "ownership__standing",
    ).annotate(
        complaint_row=_row(complaints, "dealership_id", "opened_at", "text"),
        late_row=_row(late.order_by("-pk"), "at", "note", by_name=F("by__first_name"), username=F("by__username")),
        answer_row=_row(answers, "pk", "task_id", "at", "outcome", "details", "undone_at"),
        feedback_row=_row(feedback, "dealership_id", "at", "score"),
        consent_rows=_rows(consents, "purpose", "channel", "is_given", "at"),
        heard_rows=_rows(
            heard, "answer", "on", "until", code=F("offer__code"), kind=F("task__kind"), occasion=F("task__occasion")
        ),
        points_row=_row(accounts.members(), "balance", "expiring", "expires_on"),
        next_row=_row(following.order_by("position"), "channel", "delay_days"),
    )  # fmt: skip


def _row(rows: QuerySet[Any], *names: str, **more: F) -> Subquery:
    """The first of these rows as a JSON object."""
    return Subquery(rows.values(row=JSONObject(**{name: F(name) for name in names}, **more))[:1])


class _JSONList(Aggregate):
    """Rows as a JSON list, on both databases."""

    function = "JSONB_AGG"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **more)


def _rows(rows: QuerySet[Any], *names: str, **more: F) -> Subquery:
    """All of these rows of one customer as a list of JSON objects; nothing where there is none."""
    row = JSONObject(**{name: F(name) for name in names}, **more)
    return Subquery(rows.order_by().values("customer").annotate(rows=_JSONList(row)).values("rows"))


def load_card(task: ContactTask, user: User, store: Store, now: datetime) -> Card:
    """The card of a call out of `card_tasks`. Six queries, none per row."""
    customer, ownership = task.customer, task.ownership
    vehicle = ownership.vehicle if ownership else None
    standing: Standing | None = getattr(ownership, "standing", None)
    occasion = task.occasion
    groups = WorkGroup.by_code()
    codes = works_of(occasion) or play_of(occasion.kind).works
    price = quote(task.dealership, vehicle, codes, store.today) if vehicle else None
    points = list(ContactPoint.objects.usable().filter(customer=customer))
    appointments, slots = expected_and_free(store, customer, now)
    zone = customer.zone(task.dealership)
    phones = [point for point in points if point.kind == ContactPoint.Kind.PHONE]
    emails = [point for point in points if point.kind == ContactPoint.Kind.EMAIL]
    complaint = _complaint(_of(task, "complaint_row"), user)
    language = _language(customer)
    campaign = task.step.campaign
    return Card(
        task=task,
        customer=customer,
        ownership=ownership,
        vehicle=vehicle,
        standing=standing,
        occasion=occasion,
        zone=zone,
        goal=campaign.goal_ru if (translation.get_language() or "").startswith("ru") else campaign.goal_en,
        call_url=store.values.call_url,
        phones=phones,
        emails=emails,
        script=_script(task, user, groups, price, appointments, language),
        works=[groups[code] for code in codes if code in groups],
        price=price,
        offers=offers_of_call(
            task,
            store,
            codes,
            price,
            heard=_heard(task),
            consents=_consents(task),
            first_slot=slots[0].day if slots else None,
            complaint_since=store.dealership.today(complaint.opened_at) if complaint else None,
        ),
        visits=last_visits(vehicle, customer, user),
        touches=last_touches(customer, user),
        late_note=_late_note(_of(task, "late_row")),
        complaint=complaint,
        feedback=_feedback(_of(task, "feedback_row"), user),
        next_step=_next_step(_of(task, "next_row")),
        last_answer=_last_answer(_of(task, "answer_row"), now),
        appointments=appointments,
        other_cars=_other_cars(task),
        also_due=list(
            Occasion.objects.on_offer(store.today)
            .filter(customer=customer, dealership=task.dealership)
            .exclude(pk=occasion.pk)
            .order_by("closes_on")[:3]
        ),
        health=_health(standing),
        slots=slots,
        callbacks=callback_times(now, zone, store.values, store.holidays),
        points=points_of(_of(task, "points_row"), store),
        missing=_missing(customer, ownership, standing, has_email=bool(emails), values=store.values, today=store.today),
    )


def _language(customer: Customer) -> str:
    """The language the operator works in; the customer's own language wins."""
    language = customer.language or translation.get_language() or "en"
    return "ru" if language.startswith("ru") else "en"


def _script(
    task: ContactTask,
    user: User,
    groups: dict[str, WorkGroup],
    price: Quote | None,
    appointments: list[Appointment],
    language: str,
) -> list[str]:
    about = task.occasion.evidence.get("appointment")
    expected = next((booking for booking in appointments if booking.pk == about), None)
    amount = price.amount if price else None
    is_fixed = price is not None and price.is_fixed
    # A script from before there was a place for what works usually cost says both in the one it has.
    has_both = "usual_price" in places_in(f"{task.step.text_en} {task.step.text_ru}")
    values = words_for(
        task.occasion,
        customer=task.customer,
        ownership=task.ownership,
        store=task.dealership,
        language=language,
        works=groups,
        price=amount if is_fixed or not has_both else None,
        usual_price=None if is_fixed else amount,
        operator=str(user),
        appointment_at=expected.starts_at if expected else None,
    )
    return text_of(task.step, language, values)[1].splitlines()


# ---------------------------------------------------------------- rows that came as JSON beside the call


def _of(task: ContactTask, name: str) -> Any:
    row = getattr(task, name)
    found: Any = json.loads(row) if isinstance(row, str) else row
    return found


def _at(row: dict[str, Any], name: str) -> datetime:
    """A moment out of JSON; SQLite writes its own UTC without saying so."""
    text = str(row[name])
    at = parse_datetime(text if text[-6:-5] in "+-" else f"{text}+00:00")
    assert at is not None
    return at


def _complaint(row: dict[str, Any] | None, user: User) -> Complaint | None:
    """The oldest open complaint, at any store: whoever calls must know of it, if not what it is about."""
    if row is None:
        return None
    text = row["text"] if user.sees_store(row["dealership_id"]) else ""
    return Complaint(dealership_id=row["dealership_id"], opened_at=_at(row, "opened_at"), text=text)


def _feedback(row: dict[str, Any] | None, user: User) -> Feedback | None:
    if row is None or not user.sees_store(row["dealership_id"]):
        return None
    return Feedback(at=_at(row, "at"), score=row["score"])


def _late_note(row: dict[str, Any] | None) -> CallResult | None:
    if row is None:
        return None
    by = User(first_name=row["by_name"], username=row["username"])
    return CallResult(at=_at(row, "at"), note=row["note"], by=by)


def _consents(task: ContactTask) -> list[Consent]:
    return [
        Consent(row["purpose"], row["channel"], bool(row["is_given"]), _at(row, "at"))
        for row in _of(task, "consent_rows") or ()
    ]


def _heard(task: ContactTask) -> list[Heard]:
    """What this customer said to offers of this store, oldest first."""
    found = [
        Heard(
            task.customer_id, row["kind"], row["occasion"], row["code"], row["answer"], date.fromisoformat(row["on"]),
            date.fromisoformat(row["until"]) if row["until"] else None,
        )
        for row in _of(task, "heard_rows") or ()
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.on)


def _next_step(row: dict[str, Any] | None) -> CampaignStep | None:
    return CampaignStep(channel=row["channel"], delay_days=row["delay_days"]) if row else None


def _last_answer(row: dict[str, Any] | None, now: datetime) -> CallResult | None:
    """The operator's last result while it may be taken back."""
    if row is None or row["undone_at"] is not None or now - _at(row, "at") > UNDO_FOR:
        return None
    details = row["details"]
    return CallResult(
        pk=row["pk"],
        task_id=row["task_id"],
        at=_at(row, "at"),
        outcome=row["outcome"],
        details=json.loads(details) if isinstance(details, str) else details,
    )


# ---------------------------------------------------------------- cars, health, what is missing


def _other_cars(task: ContactTask) -> list[Ownership]:
    cars = Ownership.objects.open().filter(customer=task.customer_id).exclude(pk=task.ownership_id or 0)
    return list(cars.select_related("vehicle__model__make", "vehicle__make")[:4])


def _health(standing: Standing | None) -> list[PartShown]:
    """The parts that weigh most, beside the number."""
    if standing is None or standing.health is None:
        return []
    forecasts = standing.forecasts
    return parts_shown(forecasts.get("health_bands", ()), forecasts.get("health_points", ()))[:3]


def _missing(
    customer: Customer,
    ownership: Ownership | None,
    standing: Standing | None,
    *,
    has_email: bool,
    values: ContactValues,
    today: date,
) -> list[Missing]:
    """What we do not know and the operator may ask in passing, the dearest first."""
    missing = []
    if not has_email:
        missing.append(Missing("email", values.lost_without_email))
    read_on = standing.odometer_on if standing else None
    if ownership is not None and (read_on is None or read_on < today - STALE_ODOMETER):
        missing.append(Missing("mileage", values.lost_without_mileage))
    if customer.kind == Customer.Kind.PERSON and customer.birth_on is None:
        missing.append(Missing("birth_date", values.lost_without_birth_date))
    if not customer.city:
        missing.append(Missing("city", values.lost_without_city))
    return sorted(missing, key=lambda one: -one.cost)
