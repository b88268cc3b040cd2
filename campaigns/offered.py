"""What became of the offers of a call, written with its result: told, taken, refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from campaigns.deciding import works_of
from campaigns.models import ContactTask, Offer, OfferEvent, Outcome
from campaigns.offering import Made, OfferBook, situation_of
from campaigns.pricing import quote
from campaigns.rules.outcomes import EFFECTS, OFFER_DETAILS, BadDetails
from campaigns.rules.plays import play_of
from campaigns.wording import language_of, promise_in_words
from dealercrm.sentences import sentence

if TYPE_CHECKING:
    from campaigns.following import Answer

# Talks that came to the point: the offer in view was told. In the others the customer had no time to hear it.
TOLD = frozenset({Outcome.BOOKED, Outcome.THINKS, Outcome.REFUSED, Outcome.DONE, Outcome.DONE_ELSEWHERE})
GONE = frozenset({"offer.off", "offer.over", "offer.no_stock"})  # reasons for which nobody can take it any more


@dataclass(frozen=True, slots=True)
class Said:
    """The offers that the result speaks of, judged, and the customer's answer to each."""

    made: dict[int, Made] = field(default_factory=dict)
    answers: dict[int, str] = field(default_factory=dict)
    taken: Made | None = None

    @property
    def is_marketing(self) -> bool:
        return any(self.made[pk].offer.is_marketing for pk in self.answers)

    def proposal(self, answer: Answer) -> str:
        """The promise as the appointment keeps it, for whoever receives the customer."""
        if self.taken is None:
            return ""
        store = answer.task.dealership
        return promise_in_words(self.taken, store, language_of(answer.customer, store))[:300]

    def write(self, answer: Answer) -> dict[str, Any]:
        """Journal rows of the contact; what the result keeps of them."""
        task = answer.task
        reason = str(answer.details.get("reason") or "") if answer.outcome == Outcome.REFUSED else ""
        OfferEvent.objects.bulk_create(
            [
                event_of(
                    self.made[pk], task, what, on=answer.store.today, at=answer.now, by=answer.by,
                    reason=reason if what == OfferEvent.Answer.REFUSED else "",
                )
                for pk, what in self.answers.items()
            ]
        )  # fmt: skip
        return {"offers": {str(pk): what for pk, what in self.answers.items()}} if self.answers else {}


def event_of(made: Made, task: ContactTask, what: str, *, on: date, **fields: Any) -> OfferEvent:
    return OfferEvent(
        dealership_id=task.dealership_id,
        customer_id=task.customer_id,
        task=task,
        offer=made.offer,
        answer=what,
        channel=task.channel,
        position=made.position,
        on=on,
        price=made.price,
        until=made.until,
        cost=made.cost if what == OfferEvent.Answer.TAKEN else 0,
        **fields,
    )


def read_offers(answer: Answer) -> Said:
    """What the details of a result say about offers; nothing is asked of the database where they say nothing.

    Raises BadDetails for an offer of another contact, and where the one that was taken is gone meanwhile:
    whoever takes the last piece holds its row until the end of the transaction.
    """
    main, shown, refused = (_numbers(answer, name) for name in OFFER_DETAILS)
    named = {*main, *shown, *refused}
    if not named:
        return Said()
    if answer.outcome == Outcome.BOOKED and main:
        list(Offer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=main, stock__isnull=False))
    found = {made.offer.pk: made for made in _judged(answer)}
    if named - found.keys():
        raise BadDetails("offer", _("This offer is not one of this call."))
    answers = dict.fromkeys(refused, OfferEvent.Answer.REFUSED.value)
    if answer.outcome in TOLD and EFFECTS[answer.outcome].was_reached:
        in_view = {"booked": OfferEvent.Answer.TAKEN, "refused": OfferEvent.Answer.REFUSED}
        for pk in main:
            answers.setdefault(pk, in_view.get(answer.outcome, OfferEvent.Answer.SHOWN).value)
        for pk in shown:
            answers.setdefault(pk, OfferEvent.Answer.SHOWN.value)
    taken = next((found[pk] for pk in main if answers.get(pk) == OfferEvent.Answer.TAKEN), None)
    if taken is not None and taken.why_not is not None and taken.why_not.code in GONE:
        raise BadDetails("offer", sentence(taken.why_not.as_json()))
    return Said({pk: found[pk] for pk in answers}, answers, taken)


def _judged(answer: Answer) -> list[Made]:
    task, store = answer.task, answer.store
    book = OfferBook.load(store, [task], [task.step.campaign_id])
    works = works_of(task.occasion) or play_of(task.kind).works
    price = quote(task.dealership, task.ownership.vehicle, works, store.today) if task.ownership else None
    # A free time was on the card when it was offered; the booking itself asks for room.
    # What may be sold is the card's question; here it counts what was.
    situation = situation_of(task, store, works, price, first_slot=store.today, no_marketing=None)
    return book.offers(task, task.step.campaign_id, situation).all()


def _numbers(answer: Answer, name: str) -> list[int]:
    value = answer.details.get(name)
    listed = value if isinstance(value, list | tuple) else [value] if value else []
    if not all(str(one).isdecimal() and len(str(one)) < 19 for one in listed):
        raise BadDetails(name, f"{name}: numbers of offers are needed.")
    return list(dict.fromkeys(int(one) for one in listed))
