"""The offer that a letter carries: the first that may be made to this customer in writing, or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from campaigns.booking import offered_times
from campaigns.loading import Store
from campaigns.models import CampaignStep, ContactTask, OfferEvent, OutboxMessage
from campaigns.offering import Made, OfferBook, no_marketing_by, situation_of
from campaigns.playbook import Playbook
from campaigns.pricing import Quote
from campaigns.rules.facts import CustomerFacts
from campaigns.rules.texts import OFFER_PLACES, places_in
from customers.models import Purpose
from vehicles.models import Ownership


@dataclass(slots=True)
class Enclosures:
    """The offers of many letters at once. Pieces in stock are counted down as they are promised."""

    store: Store
    playbook: Playbook
    facts: Mapping[int, CustomerFacts]
    book: OfferBook
    first_slot: date | None = None
    _named: dict[int, bool] = field(default_factory=dict)

    @classmethod
    def load(
        cls, store: Store, tasks: Sequence[ContactTask], playbook: Playbook, facts: Mapping[int, CustomerFacts],
        now: datetime,
    ) -> Enclosures:  # fmt: skip
        """No query where no text names an offer; else two, one for the free times, and those of `OfferBook.load`."""
        about = [task for task in tasks if _names_offer(playbook.rows[task.step_id])]
        book = OfferBook(store, {})
        if about:
            book = OfferBook.load(store, about, {playbook.campaign_of(task.step_id).pk for task in about})
        slots = offered_times(store, now, days=1) if book.needs_slots else []
        return cls(store, playbook, facts, book, slots[0].day if slots else None)

    def offer(
        self, task: ContactTask, ownership: Ownership | None, works: Sequence[str], price: Quote | None
    ) -> Made | None:
        """What this letter offers, promised from now on."""
        if not self.book.rows or not _names_offer(self.playbook.rows[task.step_id]):
            return None
        facts = self.facts.get(task.customer_id)
        if facts is None:
            return None
        situation = situation_of(
            task, self.store, works, price, first_slot=self.first_slot, ownership=ownership,
            no_marketing=no_marketing_by(task.channel, facts, task, self.store),
        )  # fmt: skip
        found = self.book.offers(task, self.playbook.campaign_of(task.step_id).pk, situation).possible
        if not found:
            return None
        self.book.promise(found[0].offer)
        return found[0]


def _names_offer(step: CampaignStep) -> bool:
    """Does a text of this step speak of the offer? One that does not carries none."""
    texts: Iterable[str] = (step.subject_en, step.subject_ru, step.text_en, step.text_ru)
    return any(places_in(text) & OFFER_PLACES for text in texts)


def purpose_of(purpose: str, made: Made | None) -> str:
    """What is sold along makes the contact marketing."""
    return Purpose.MARKETING.value if made is not None and made.offer.is_marketing else purpose


def open_without_offer(message: OutboxMessage, facts: CustomerFacts, store: Store) -> bool:
    """At the door: the letter leaves without its offer where that may not be made any more. True where it was so.

    Asked under the customer's lock, like every gate: a withdrawal that was committed before is always seen.
    """
    offer = message.offer
    if offer is None:
        return False
    is_over = message.offer_until is not None and message.offer_until < store.today
    shut = no_marketing_by(message.channel, facts, message.task, store) if offer.is_marketing else None
    if offer.is_active and not is_over and shut is None:
        return False
    message.subject = message.without_offer.get("subject", message.subject)
    message.body = message.without_offer.get("body", message.body)
    message.offer = message.offer_until = message.offer_price = None
    message.save(update_fields=["subject", "body", "offer", "offer_until", "offer_price"])
    return True


def note_told(message: OutboxMessage, store: Store, now: datetime) -> None:
    """The letter has left: its offer was shown."""
    if message.offer is None:
        return
    OfferEvent.objects.get_or_create(
        task=message.task,
        offer=message.offer,
        defaults={
            "dealership_id": message.dealership_id,
            "customer_id": message.customer_id,
            "answer": OfferEvent.Answer.SHOWN,
            "channel": message.channel,
            "on": store.today,
            "at": now,
            "price": message.offer_price,
            "until": message.offer_until,
        },
    )
