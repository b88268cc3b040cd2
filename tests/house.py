"""Every address of the product, with who may open it and a row of North to open it with.

A new address needs one line here; test_house.py fails without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from knox.models import AuthToken

from campaigns.models import (
    Campaign,
    CampaignStep,
    ContactTask,
    Contest,
    Credit,
    Decision,
    HeldPlan,
    InboundMessage,
    OutboxMessage,
    Pause,
)
from customers.merging import merge
from customers.models import ContactPoint, Customer, DuplicatePair
from dealercrm.accounts.models import AccessLog, Dealership, JobRun, Role, User
from lifecycle.models import Segment, Standing
from tests.campaigns.building import planned_call
from tests.factories import make_customer, make_ownership, make_user, make_visit
from vehicles.loyalty import adjust
from vehicles.models import (
    Appointment,
    Complaint,
    Feedback,
    ImportProfile,
    ImportReject,
    ImportRun,
    LoyaltyPolicy,
    MaintenanceSchedule,
    OdometerReading,
    Ownership,
    RecallCampaign,
    RecallVehicle,
    Review,
    VisitRequest,
)
from vehicles.scheduling import open_schedule

OPERATOR, MANAGER, ADMINISTRATOR = Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR
STAFF = frozenset({OPERATOR, MANAGER, ADMINISTRATOR})
CALLERS = frozenset({OPERATOR, MANAGER})
RULERS = frozenset({MANAGER, ADMINISTRATOR})


@dataclass
class World:
    """One row of everything at North, as it stands at `now`."""

    store: Dealership
    now: datetime
    administrator: User = field(init=False)
    customer: Customer = field(init=False)
    ownership: Ownership = field(init=False)

    def __post_init__(self) -> None:
        today: date = self.store.today(self.now)
        self.administrator = make_user("house-admin", ADMINISTRATOR, self.store)
        self.customer = make_customer(self.store, name="Соколова Мария Петровна", email="m@example.ru")
        self.ownership = make_ownership(self.customer, self.store)
        visit = make_visit(self.ownership, today - timedelta(days=200), km=31000, declined=("brakes",))
        self.reading = OdometerReading.objects.get(order=visit)
        self.contact_point = ContactPoint.objects.filter(customer=self.customer).earliest("pk")
        self.appointment = Appointment.objects.create(
            dealership=self.store, customer=self.customer, ownership=self.ownership, starts_at=self.now
        )
        self.complaint = Complaint.objects.create(
            dealership=self.store, customer=self.customer, ownership=self.ownership, opened_at=self.now, text="Скрип"
        )
        self.visit_request = VisitRequest.objects.create(
            dealership=self.store, asked_at=self.now, starts_at=self.now + timedelta(days=1), once="house", name="Олег"
        )
        self.recall = RecallCampaign.objects.create(
            dealership=self.store, code="R-2025-17", title="Airbag", published_on=today - timedelta(days=30)
        )
        self.recalled = RecallVehicle.objects.create(
            campaign=self.recall, vin=self.ownership.vehicle.vin, listed_on=today - timedelta(days=20)
        )
        Feedback.objects.record(
            dealership=self.store,
            customer=self.customer,
            ownership=self.ownership,
            at=self.now,
            score=9,
            channel="call",
        )
        Standing.objects.create(
            ownership=self.ownership,
            customer=self.customer,
            dealership=self.store,
            stage="retention",
            substage="due",
            why={"code": "stage.test", "params": {}},
            since=today,
            facts_version=1,
            judged_on=today,
        )
        self.segment = Segment.objects.create(
            dealership=self.store,
            name="Kia, silent",
            definition={
                "all": [
                    {"field": "make", "op": "any", "values": ["kia"]},
                    {"field": "has_phone", "op": "yes"},
                    {"field": "last_visit", "op": "unknown"},
                    {"field": "work_declined", "op": "any", "values": ["brakes"], "to": 400},
                ],
                "but_not": [{"field": "due", "op": "between", "from": -30, "to": 14}],
            },
            created_by=self.administrator,
            created_at=self.now,
            changed_at=self.now,
        )
        self.call: ContactTask = planned_call(self.store, self.now, name="Петров Иван Ильич")
        self.mail = planned_call(self.store, self.now, name="Орлова Анна Юрьевна")
        self.message = OutboxMessage.objects.create(
            task=self.mail,
            dealership=self.store,
            customer=self.mail.customer,
            contact_point=ContactPoint.objects.filter(customer=self.mail.customer).earliest("pk"),
            channel="email",
            subject="Пора на ТО",
            body="Здравствуйте",
            message_id="<1@test>",
            status="unknown",
            not_before=self.now,
        )
        self.campaign = Campaign.objects.create(
            dealership=self.store, code="house-only", name_en="Winter check", name_ru="Зимняя проверка",
            kinds=["component_wear"], segment=self.segment, is_active=False,
        )  # fmt: skip
        CampaignStep.objects.create(
            campaign=self.campaign, position=1, channel="call", text_en="Good day, {name}!", text_ru="Здравствуйте!"
        )
        self.decision = Decision.objects.filter(customer=self.call.customer).earliest("pk")
        self.contest = Contest.objects.create(
            decision=self.decision, customer=self.call.customer, dealership=self.store, gate="recent_work",
            text="It was done elsewhere", by=self.administrator, at=self.now,
        )  # fmt: skip
        self.pause = Pause.objects.create(
            dealership=self.store, kind="onboarding", until=self.now + timedelta(days=1), why="Inventory",
            by=self.administrator, at=self.now,
        )  # fmt: skip
        self.held = HeldPlan.objects.create(
            dealership=self.store, campaign_code="house-only", on=today, contacts=900, base=9000, most=450,
            raised_at=self.now,
        )  # fmt: skip
        self.inbound = InboundMessage.objects.create(
            dealership=self.store, channel="sms", sender="+79990000001", text="Привет", provider_id="1", at=self.now
        )
        LoyaltyPolicy.of(self.store).change({"is_on": True, "holdout_share": 0.0})
        adjust(self.store, self.customer.pk, 120, now=self.now, by=self.administrator, note="Welcome")
        self.profile = ImportProfile.objects.create(code="house", name="House", dealership=self.store)
        self.import_run = ImportRun.objects.create(
            dealership=self.store,
            profile=self.profile,
            name="export.zip",
            path="/nowhere",
            status="done",
            counts={
                "orders.csv": {
                    "kind": "orders",
                    "header": ["№"],
                    "delimiter": ";",
                    "encoding": "cp1251",
                    "rows": 9,
                    "created": 8,
                    "updated": 0,
                    "unchanged": 0,
                    "rejected": 1,
                    "repeated": 0,
                    "warnings": 0,
                    "totals": 0,
                    "unknown": {},
                    "note": "",
                }
            },
        )
        ImportReject.objects.create(run=self.import_run, file="orders.csv", line=7, row=["1"], reason={})
        JobRun.objects.create(
            job="lifecycle", dealership=self.store, logical_on=today, status="done", started_at=self.now
        )
        AccessLog.objects.create(
            user=self.administrator, dealership=self.store, at=self.now, action="view", subject="customer"
        )
        twin = make_customer(self.store, name="Sokolova Maria", email="m@example.ru")
        self.pair = DuplicatePair.objects.create(
            first=self.customer, second=twin, points=30, found_at=self.now,
            reasons=[{"code": "duplicate.name", "params": {}, "points": 30}],
        )  # fmt: skip
        gone = make_customer(self.store, name="Соколова Мария")
        self.merge = merge(self.customer.pk, gone.pk, by=self.administrator, store=self.store, now=self.now)
        self.operator = make_user("house-operator", Role.OPERATOR, self.store)
        review = Review.objects.create(
            dealership=self.store, customer=self.customer, site="Карты", stars=5, at=self.now
        )
        Credit.objects.create(
            dealership=self.store, customer=self.customer, review=review, verdict="credited", operator=self.operator,
            why={"code": "credit.reviewed", "params": {"site": "Карты", "stars": 5}}, advisor="Константинопольский К.",
            event_on=today, month=today.replace(day=1), praises=1, points=5, decided_at=self.now,
        )  # fmt: skip
        self.integration = make_user("house-dms", Role.INTEGRATION, self.store)
        self.token, _secret = AuthToken.objects.create(user=self.integration)


@dataclass(frozen=True)
class Address:
    """`roles` may open it, others get 403. `args` name a row of North: for people of South it is a 404.

    `is_shared`: the row belongs to the whole group (makes, schedules), people of South open it too.
    """

    roles: frozenset[str]
    args: Callable[[World], list[Any]] | None = None
    method: str = "get"
    data: dict[str, Any] = field(default_factory=dict)
    statuses: frozenset[int] = frozenset({200})
    is_download: bool = False
    is_shared: bool = False


def page(*roles: str, **more: Any) -> Address:
    return Address(frozenset(roles), **more)


def deed(
    *roles: str, args: Callable[[World], list[Any]] | None = None, is_shared: bool = False, **data: Any
) -> Address:
    """An address that only takes POST. An empty form may be refused in words, never by a crash."""
    statuses = frozenset({200, 204, 302, 400, 409, 422})
    return Address(frozenset(roles), args, method="post", data=data, statuses=statuses, is_shared=is_shared)


def customer_of(world: World) -> list[Any]:
    return [world.customer.pk]


def ownership_of(world: World) -> list[Any]:
    return [world.ownership.pk]


def call_of(world: World) -> list[Any]:
    return [world.call.pk]


def campaign_of(world: World) -> list[Any]:
    return [world.campaign.code]


def schedule_of(world: World) -> list[Any]:
    return [MaintenanceSchedule.objects.get(make=world.ownership.vehicle.make_id, model=None).pk]


def operator_of(world: World) -> list[Any]:
    return [world.operator.pk]


def run_of(world: World) -> list[Any]:
    return [world.import_run.pk]


def offer_of(world: World) -> list[Any]:
    return ["fixed-price"]


def segment_of(world: World) -> list[Any]:
    return [str(world.segment.pk)]


ADDRESSES: dict[str, Address] = {
    # accounts
    "users": page(ADMINISTRATOR),
    "user-add": page(ADMINISTRATOR),
    "user": page(ADMINISTRATOR, args=lambda w: [w.integration.pk]),
    "user-link": deed(ADMINISTRATOR, args=lambda w: [w.integration.pk]),
    "stores": page(ADMINISTRATOR),
    "store-edit": page(ADMINISTRATOR, args=lambda w: [w.store.code]),
    "tokens": page(ADMINISTRATOR),
    "token-revoke": deed(ADMINISTRATOR, args=lambda w: [w.token.digest]),
    "health": page(*RULERS),
    "audit": page(ADMINISTRATOR),
    # customers and vehicles
    "customers": page(*STAFF),
    "customer": page(*STAFF, args=customer_of),
    "customer-edit": page(*STAFF, args=customer_of),
    "customer-contact-points": deed(*STAFF, args=customer_of),
    "customer-consents": deed(*STAFF, args=customer_of),
    "customer-cars": page(*STAFF, args=customer_of),
    "customer-around": page(*STAFF, args=customer_of),
    "customer-erasure": page(ADMINISTRATOR, args=customer_of),
    "customer-brief": page(*STAFF, args=customer_of),
    "duplicates": page(*RULERS),
    "duplicate": page(*RULERS, args=lambda w: [w.pair.pk]),
    "duplicate-merge": deed(*RULERS, args=lambda w: [w.pair.pk]),
    "duplicate-answer": deed(*RULERS, args=lambda w: [w.pair.pk]),
    "merges": page(*RULERS),
    "merge": page(*RULERS, args=lambda w: [w.merge.pk]),
    "merge-undo": deed(*RULERS, args=lambda w: [w.merge.pk]),
    "customer-timeline": page(*STAFF, args=customer_of),
    "customer-refusals": deed(*STAFF, args=customer_of),
    "customer-complaints": deed(*STAFF, args=customer_of),
    "customer-loyalty": page(*STAFF, args=customer_of),
    "customer-feedback": page(*STAFF, args=customer_of),
    "customer-appointments": deed(*STAFF, args=customer_of),
    "contact-point": deed(*STAFF, args=lambda w: [w.contact_point.pk]),
    "ownership-end": deed(*STAFF, args=ownership_of),
    "vehicle": page(*STAFF, args=lambda w: [w.ownership.vehicle_id]),
    "vehicle-readings": deed(*STAFF, args=lambda w: [w.ownership.vehicle_id]),
    "appointments": page(*CALLERS),
    "appointment-status": deed(*CALLERS, args=lambda w: [w.appointment.pk]),
    "complaints": page(*CALLERS),
    "complaint-solution": deed(*CALLERS, args=lambda w: [w.complaint.pk]),
    "complaint-owner": deed(*CALLERS, args=lambda w: [w.complaint.pk]),
    "complaint-verdict": deed(*CALLERS, args=lambda w: [w.complaint.pk], yes="1"),
    "voice": page(MANAGER),
    "voice-codes": deed(*CALLERS, args=lambda w: ["complaint", w.complaint.pk]),
    "reviews": page(*CALLERS),
    "feedback": page(*CALLERS),
    "recalls": page(*RULERS),
    "recall": page(*RULERS, args=lambda w: [w.recall.pk]),
    "recall-list": deed(ADMINISTRATOR, args=lambda w: [w.recall.pk]),
    "recall-car": deed(*STAFF, args=lambda w: [w.recalled.pk]),
    "vehicle-recalls": page(*STAFF, args=lambda w: [w.ownership.vehicle_id]),
    "imports": page(*RULERS),
    "import-run": page(*RULERS, args=run_of),
    "import-plan": deed(ADMINISTRATOR, args=run_of),
    "import-start": deed(ADMINISTRATOR, args=run_of),
    "import-suggestion": deed(ADMINISTRATOR, args=run_of),
    "rejects": page(*RULERS, args=run_of, is_download=True),
    "import-profiles": page(ADMINISTRATOR),
    "import-profile": page(ADMINISTRATOR, args=lambda w: [w.profile.pk]),
    "doubtful-readings": page(*RULERS),
    "reading-verdict": deed(*RULERS, args=lambda w: [w.reading.pk], verdict="confirmed"),
    "schedules": page(ADMINISTRATOR),
    "schedule-add": deed(ADMINISTRATOR),
    "schedule": page(ADMINISTRATOR, args=schedule_of, is_shared=True),
    "schedule-end": deed(
        ADMINISTRATOR, args=lambda w: [open_schedule(w.ownership.vehicle.make, None)[0].pk], is_shared=True
    ),
    "make": page(ADMINISTRATOR, args=lambda w: [w.ownership.vehicle.make_id], is_shared=True),
    "loyalty-policy": page(*RULERS),
    "work-prices": page(ADMINISTRATOR),
    "price-file": page(ADMINISTRATOR, is_download=True),
    # lifecycle
    "policy": page(*RULERS),
    "lifecycle-run": deed(ADMINISTRATOR),
    "base": page(*RULERS),
    "base-list": page(*RULERS),
    "base-moves": page(*RULERS),
    "base-nights": page(*RULERS),
    "at-risk": page(*RULERS),
    "thin-ice": page(*RULERS),
    "calibrations": page(*RULERS),
    "data-quality": page(*RULERS),
    "segments": page(*RULERS),
    "segment-new": page(*RULERS),
    "segment-preview": deed(*RULERS),
    "segment": page(*RULERS, args=segment_of),
    "segment-edit": page(*RULERS, args=segment_of),
    "segment-count": page(*RULERS, args=segment_of),
    "segment-export": deed(*RULERS, args=segment_of),
    "segment-archive": deed(*RULERS, args=segment_of),
    "customer-prospect": page(*STAFF, args=customer_of),
    "ownership-standing": page(*STAFF, args=ownership_of),
    "ownership-needs": page(*STAFF, args=ownership_of),
    "ownership-odometer": page(*STAFF, args=ownership_of),
    "occasion-explain": page(*STAFF, args=ownership_of),
    # campaigns
    "today": page(*CALLERS),
    "tasks-summary": page(*STAFF),
    "next-call": deed(*CALLERS),
    "call-card": page(*CALLERS, args=call_of, statuses=frozenset({200, 302})),
    "call-edit": page(*CALLERS, args=call_of),
    "call-referral": page(*CALLERS, args=call_of),
    "take-call": deed(*CALLERS, args=call_of, epoch=0),
    "call-lease": deed(*CALLERS, args=call_of, epoch=0),
    "call-result": deed(*CALLERS, args=call_of, epoch=0),
    "call-consent": deed(*CALLERS, args=call_of),
    "return-call": deed(*CALLERS, args=call_of, epoch=0),
    "undo-result": deed(*CALLERS, args=call_of),
    "callbacks": page(*CALLERS),
    "my-results": page(*CALLERS),
    "staff": page(MANAGER),
    "staff-export": page(MANAGER, method="post", is_download=True),
    "staff-rows": page(MANAGER, args=lambda w: ["praises"], is_shared=True),
    "campaigns": page(MANAGER),
    "campaign-new": page(MANAGER),
    "campaign": page(MANAGER, args=campaign_of),
    "campaign-edit": page(MANAGER, args=campaign_of),
    "campaign-outlook": page(MANAGER, args=campaign_of),
    "confirm-plan": deed(MANAGER, args=lambda w: [w.held.pk]),
    "campaign-start": deed(MANAGER, args=campaign_of, version="1"),
    "campaign-stop": deed(MANAGER, args=campaign_of),
    "call-worth": page(*CALLERS, args=call_of),
    "campaign-results": page(MANAGER),
    "campaign-result": page(MANAGER, args=campaign_of),
    "campaign-assignments": page(MANAGER, args=campaign_of),
    "not-contacted": page(MANAGER),
    "not-contacted-lacking": page(MANAGER),
    "contest-decision": deed(*STAFF, args=lambda w: [w.decision.pk]),
    "answer-contest": deed(MANAGER, args=lambda w: [w.contest.pk]),
    "ownership-contacts": page(*STAFF, args=ownership_of),
    "floor": page(MANAGER),
    "operator-minutes": deed(MANAGER, args=operator_of),
    "operator-promises": deed(MANAGER, args=operator_of),
    "call-assignment": deed(MANAGER, args=call_of),
    "customer-calls": page(*CALLERS, args=customer_of),
    "call-pauses": deed(MANAGER),
    "pause-end": deed(MANAGER, args=lambda w: [w.pause.pk]),
    "messages": page(MANAGER),
    "settle-inbound": deed(MANAGER, args=lambda w: [w.inbound.pk]),
    "decide-message": deed(MANAGER, args=lambda w: [w.message.pk]),
    "offers": page(MANAGER),
    "offer-new": page(MANAGER),
    "offer": page(MANAGER, args=offer_of),
    "offer-edit": page(MANAGER, args=offer_of),
    "offer-state": deed(MANAGER, args=offer_of),
    "campaign-offers": page(MANAGER, args=campaign_of),
    "campaign-offer-results": page(MANAGER, args=campaign_of),
    "loyalty": page(MANAGER),
    "contact-policy": page(*RULERS),
    "visit-requests": page(*CALLERS),
    "visit-request-answer": deed(*CALLERS, args=lambda w: [w.visit_request.pk], decline="1"),
    "senders": page(ADMINISTRATOR),
    "texts": page(*RULERS),
    "text": page(*RULERS, args=lambda w: [w.call.step_id]),
    "text-check": deed(*RULERS, args=lambda w: [w.call.step_id]),
}

# Addresses with tests of their own: signing in (tests/accounts), the API (tests/api), public links (tests/campaigns).
ELSEWHERE = {
    "home",
    "login",
    "logout",
    "password-change",
    "password-link",
    "language-switch",
    "store-switch",
    "store-add",
    "data-quality-line",
    "healthz",
    "healthz-nights",
    "unsubscribe",
    "preferences",
    "hook",
    "book-store",
    "book-car",
    "visit",
    "visit-move",
    "visit-cancel",
    "visit-calendar",
    "nps",
    "complaint-word",
    "welcome",
    "style",
}
ELSEWHERE_PREFIXES = ("account_", "mfa_")


def addresses() -> Iterator[tuple[str, str]]:
    """(name, pattern) of every address but those of the API and of Django's own admin."""
    yield from _walk(get_resolver(), "")


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        where = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield str(pattern.name), where
        elif where not in {"admin/", "api/"}:
            yield from _walk(pattern, where)
