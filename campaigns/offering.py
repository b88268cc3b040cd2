"""The offers of a contact: the one the card shows, its fallback, the one a letter carries, and why not the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from campaigns.loading import Store
from campaigns.models import CampaignOffer, ContactTask, Offer, OfferEvent, OutboxMessage
from campaigns.models.offer import CARRIED
from campaigns.pricing import Quote
from campaigns.rules.facts import Candidate, CustomerFacts
from campaigns.rules.gates import shut_gates
from campaigns.rules.offers import Judged, Known, Situation, judge
from customers.models import Channel, Purpose
from customers.rules.consent import Said, allows
from dealercrm.why import Why
from lifecycle.rules.calendar import add_months
from vehicles.models import Ownership

Answer = OfferEvent.Answer
HOLDING_LETTERS = ("queued", "sending", "unknown")
SOLD_GATES = ("no_consent", "complaint", "contact_budget", "sister_store")


@dataclass(frozen=True, slots=True)
class Made:
    """An offer of this contact at its place in the order: with its price and last day, or with why it is not made."""

    offer: Offer
    position: int
    judged: Judged

    @property
    def why_not(self) -> Why | None:
        return self.judged.why_not

    @property
    def reason(self) -> dict[str, Any] | None:
        """`why_not` as a page says it."""
        return self.why_not.as_json() if self.why_not else None

    @property
    def until(self) -> date:
        return self.judged.until

    @property
    def price(self) -> Decimal | None:
        return self.judged.price

    @property
    def usual(self) -> Decimal | None:
        """The price without the offer, where it is another."""
        return self.judged.usual if self.judged.off else None

    @property
    def cost(self) -> Decimal:
        """What it costs us when it is taken."""
        return self.offer.cost if self.offer.cost is not None else self.judged.off


@dataclass(frozen=True, slots=True)
class Offers:
    """`possible` in the order of the campaign: the first is the main one, the next its fallback."""

    possible: list[Made] = field(default_factory=list)
    withheld: list[Made] = field(default_factory=list)

    @property
    def without_consent(self) -> list[Made]:
        """What could be offered if the customer agreed to marketing."""
        return [one for one in self.withheld if one.why_not is not None and one.why_not.code == "gate.no_consent"]

    @property
    def withheld_otherwise(self) -> list[Made]:
        return [one for one in self.withheld if one not in self.without_consent]

    def all(self) -> list[Made]:
        return [*self.possible, *self.withheld]


class Heard(NamedTuple):
    """What a customer said to an offer in an earlier contact; oldest first."""

    customer_id: int
    kind: str
    occasion_id: int
    code: str
    answer: str
    on: date
    until: date | None


def _carried(campaigns: Iterable[int]) -> QuerySet[CampaignOffer]:
    rows = CampaignOffer.objects.current().filter(campaign_id__in=set(campaigns))
    return rows.select_related("offer__segment").order_by("position")


@dataclass(slots=True)
class OfferBook:
    """What campaigns offer, and what these customers were told and said, read once for many contacts."""

    store: Store
    rows: dict[int, list[CampaignOffer]]
    refused: set[tuple[int, str, str]] = field(default_factory=set)  # customer, kind of occasion, code
    told: dict[tuple[int, str], date] = field(default_factory=dict)  # occasion, code: the day that was named
    members: dict[int, set[int]] = field(default_factory=dict)  # segment: ownerships
    left: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, store: Store, tasks: Sequence[ContactTask], campaigns: Iterable[int]) -> OfferBook:
        """Two queries; one more where something is in stock, and one for each segment that an offer asks for."""
        book = cls(store, {})
        for row in _carried(campaigns):
            book.rows.setdefault(row.campaign_id, []).append(row)
        if book.rows:
            heard = OfferEvent.objects.filter(customer_id__in={task.customer_id for task in tasks})
            fresh = Q(pk__in=heard.refused_since(store.today, store.values.refusal_days).values("pk"))
            old = Q(task__occasion_id__in={task.occasion_id for task in tasks})
            fields = ("customer_id", "task__kind", "task__occasion_id", "offer__code", "answer", "on", "until")
            for values in heard.filter(old | fresh).order_by("pk").values_list(*fields):
                book._note(Heard(*values))
            book._look_around(tasks)
        return book

    @classmethod
    def of_call(cls, store: Store, task: ContactTask, heard: Iterable[Heard]) -> OfferBook:
        """The offers of one call whose `heard` is at hand. Seldom a query: a campaign's offers are kept for some
        seconds, and what was heard comes with the call."""
        campaign_id = task.step.campaign_id
        rows = CARRIED.get(campaign_id, lambda: list(_carried([campaign_id])))
        book = cls(store, {campaign_id: rows} if rows else {})
        for one in heard:
            book._note(one)
        book._look_around([task])
        return book

    def _note(self, heard: Heard) -> None:
        since = self.store.today - timedelta(days=self.store.values.refusal_days)
        if heard.answer == Answer.REFUSED and heard.on > since:
            self.refused.add((heard.customer_id, heard.kind, heard.code))
        if heard.until is not None:
            self.told.setdefault((heard.occasion_id, heard.code), heard.until)  # the first word stands

    def _look_around(self, tasks: Sequence[ContactTask]) -> None:
        offers = {row.offer.pk: row.offer for rows in self.rows.values() for row in rows}.values()
        self._read_members(tasks, offers)
        self._count_stock(offers)

    @property
    def needs_slots(self) -> bool:
        return any(row.offer.needs_slot for rows in self.rows.values() for row in rows)

    def offers(self, task: ContactTask, campaign_id: int, situation: Situation) -> Offers:
        found = Offers()
        for row in self.rows.get(campaign_id, ()):
            made = Made(row.offer, row.position, judge(row.offer.terms, self._known(task, row.offer), situation))
            (found.possible if made.why_not is None else found.withheld).append(made)
        return found

    def promise(self, offer: Offer) -> None:
        """One piece fewer for the next letter of this batch."""
        if offer.code in self.left:
            self.left[offer.code] -= 1

    def _known(self, task: ContactTask, offer: Offer) -> Known:
        return Known(
            is_in_segment=offer.segment_id is None or task.ownership_id in self.members[offer.segment_id],
            is_refused=(task.customer_id, task.kind, offer.code) in self.refused,
            told_until=self.told.get((task.occasion_id, offer.code)),
            left=self.left.get(offer.code),
        )

    def _read_members(self, tasks: Sequence[ContactTask], offers: Iterable[Offer]) -> None:
        owned = {task.ownership_id for task in tasks if task.ownership_id}
        segments = {offer.segment_id: offer.segment for offer in offers if offer.segment_id is not None}
        for key, segment in segments.items():
            fits: set[int] = set()
            if segment is not None and segment.is_readable:
                members = segment.members([self.store.dealership], self.store.today)
                fits = set(members.filter(ownership_id__in=owned).values_list("ownership_id", flat=True))
            self.members[key] = fits

    def _count_stock(self, offers: Iterable[Offer]) -> None:
        counted = {offer.code: offer.stock for offer in offers if offer.stock is not None}
        if counted:
            held = pieces_held(self.store, counted)
            self.left = {code: stock - held[code] for code, stock in counted.items()}


def pieces_held(store: Store, codes: Iterable[str]) -> Counter[str]:
    """Pieces that are gone, promised, or in a letter that waits; of all versions together. Two queries."""
    events = OfferEvent.objects.holding(store.today).filter(
        offer__dealership=store.dealership, offer__code__in=list(codes)
    )
    # The same customer who hears of it twice and then takes it holds one piece.
    held: Counter[str] = Counter(
        dict(events.values_list("offer__code").annotate(Count("task__occasion_id", distinct=True)).order_by())
    )
    letters = OutboxMessage.objects.filter(
        dealership=store.dealership, offer__code__in=list(codes), status__in=HOLDING_LETTERS
    )
    held.update(dict(letters.values_list("offer__code").annotate(Count("pk")).order_by()))
    return held


def offers_of_call(
    task: ContactTask, store: Store, works: Sequence[str], price: Quote | None, *, heard: Iterable[Heard],
    consents: Iterable[Said], first_slot: date | None, complaint_since: date | None = None,
) -> Offers:  # fmt: skip
    """What the operator may offer in this call. Seldom a query, as `OfferBook.of_call` says."""
    no_marketing: Why | None = None
    if not allows(consents, Purpose.MARKETING, Channel.CALL):
        no_marketing = Why("gate.no_consent", {"purpose": Purpose.MARKETING.value, "channel": Channel.CALL.value})
    elif complaint_since is not None:
        no_marketing = Why("gate.complaint", {"since": complaint_since})
    situation = situation_of(task, store, works, price, first_slot=first_slot, no_marketing=no_marketing)
    return OfferBook.of_call(store, task, heard).offers(task, task.step.campaign_id, situation)


def situation_of(
    task: ContactTask, store: Store, works: Sequence[str], price: Quote | None, *, first_slot: date | None,
    no_marketing: Why | None, ownership: Ownership | None = None,
) -> Situation:  # fmt: skip
    owned = ownership or task.ownership
    bought = owned is not None and owned.acquired != Ownership.Acquired.ELSEWHERE and owned.started_on
    return Situation(
        today=store.today,
        closes_on=task.occasion.closes_on,
        works=tuple(works),
        lines=price.lines if price is not None and price.is_fixed else (),
        no_marketing=no_marketing,
        silent_until=add_months(bought, store.values.silence_after_purchase_months) if bought else None,
        first_slot=first_slot,
    )


def no_marketing_by(channel: str, facts: CustomerFacts, task: ContactTask, store: Store) -> Why | None:
    """Why nothing may be sold in a message to this customer: the gates of a marketing contact, by their own rules.

    The kind is left out: a privilege of the occasion is none for what is sold along with it.
    """
    candidate = Candidate(
        occasion_id=task.occasion_id,
        ownership_id=task.ownership_id or 0,
        dealership_id=store.dealership.pk,
        kind="",
        purpose=Purpose.MARKETING.value,
        channel=channel,
    )
    shut = shut_gates(candidate, facts, store.values, store.day(), only=SOLD_GATES)
    return shut[0].why if shut else None


def stock_left(store: Store, offers: Iterable[Offer]) -> Mapping[str, int]:
    """{code: pieces nobody was promised} of the offers that have a stock."""
    counted = {offer.code: offer.stock for offer in offers if offer.stock is not None}
    held: Mapping[str, Any] = pieces_held(store, counted) if counted else {}
    return {code: max(stock - held[code], 0) for code, stock in counted.items()}
