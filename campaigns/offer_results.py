"""What became of offers: told, taken, refused, what they cost, beside what each must bring to pay for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from campaigns.loading import Store
from campaigns.models import Offer, OfferEvent
from campaigns.rules.measuring import wilson
from customers.models import Channel

ENOUGH = 30  # customers; of fewer nothing is said
TAKEN, REFUSED = OfferEvent.Answer.TAKEN, OfferEvent.Answer.REFUSED


@dataclass(frozen=True, slots=True)
class OfferResult:
    """All versions of one offer. Occasions are counted: who hears of it twice took it once."""

    offer: Offer
    shown: int
    taken: int
    refused: int
    cost: Decimal  # of those taken
    contacts_cost: Decimal

    @property
    def share(self) -> float | None:
        return self.taken / self.shown if self.shown else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% interval of the share that takes it (Wilson)."""
        return wilson(self.taken, self.shown) if self.shown else None

    @property
    def spent(self) -> Decimal:
        return self.cost + self.contacts_cost

    @property
    def margin(self) -> Decimal | None:
        """Of the visits of those who took it, before its cost; they would not all have stayed away without it."""
        return self.taken * self.offer.margin if self.offer.margin is not None else None

    @property
    def extra(self) -> float:
        """Visits that would not have happened, by the share we expect to come anyway; the holdout knows."""
        return self.taken * (1 - self.offer.anyway_share)

    @property
    def needed(self) -> float | None:
        """Extra visits that pay for what was spent; None where the offer names no margin."""
        return float(self.spent / self.offer.margin) if self.offer.margin else None

    @property
    def verdict(self) -> str:
        """pays, loses or open: open until enough have heard of it, and while the interval leaves both possible."""
        if self.needed is None or self.interval is None or self.shown < ENOUGH:
            return "open"
        low, high = (share * self.shown * (1 - self.offer.anyway_share) for share in self.interval)
        return "pays" if low >= self.needed else "loses" if high < self.needed else "open"


def results_of(store: Store, offers: Iterable[Offer], *, campaign: str = "") -> list[OfferResult]:
    """One row for each offer, in the order given; of one campaign (all its versions) or of all. One query."""
    offers = list(offers)
    events = OfferEvent.objects.filter(dealership=store.dealership, offer__code__in=[offer.code for offer in offers])
    if campaign:
        events = events.filter(task__step__campaign__code=campaign)
    occasion = "task__occasion_id"
    counted: dict[str, Mapping[str, object]] = {
        row["offer__code"]: row
        for row in events.order_by()
        .values("offer__code")
        .annotate(
            shown=Count(occasion, distinct=True),
            taken=Count(occasion, distinct=True, filter=Q(answer=TAKEN)),
            refused=Count(occasion, distinct=True, filter=Q(answer=REFUSED)),
            costs=Sum("cost"),
            calls=Count("pk", filter=Q(channel=Channel.CALL)),
            letters=Count("pk", filter=~Q(channel=Channel.CALL)),
        )
    }
    return [_result(offer, counted.get(offer.code, {}), store) for offer in offers]


def _result(offer: Offer, row: Mapping[str, object], store: Store) -> OfferResult:
    def number(name: str) -> int:
        return int(str(row.get(name) or 0))

    values = store.values
    contacts = number("calls") * Decimal(str(values.call_cost)) + number("letters") * Decimal(str(values.email_cost))
    return OfferResult(
        offer, number("shown"), number("taken"), number("refused"), Decimal(str(row.get("costs") or 0)), contacts
    )
