"""Points that an offer promised, posted when the customer came for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from campaigns.loading import Store
from campaigns.models import Offer, OfferEvent
from campaigns.wording import language_of
from dealercrm.accounts.models import Dealership
from vehicles.loyalty import PointsRefusedError, post_by_hand
from vehicles.models import LoyaltyEntry, LoyaltyPolicy, RepairOrder

SOURCE = "offer"  # of the entries; their code is the key of the customer's yes
MOST = 1000  # of one sweep; the next one takes the rest


def post_offer_points(dealership: Dealership, *, now: datetime) -> int:
    """Post the points of every offer of points that was taken and whose customer has come since; how many entries.

    Each is posted once. A customer who is left out of the programme gets them too: a promise is kept. Nothing
    happens where the programme is off; what was promised waits until it is on.
    """
    if not LoyaltyPolicy.of(dealership).values().is_on:
        return 0
    store = Store.load(dealership, now)
    visits = RepairOrder.objects.standing().filter(
        dealership=dealership,
        customer=OuterRef("customer"),
        opened_on__gte=OuterRef("on"),
        opened_on__lte=store.today,
    )
    taken = OfferEvent.objects.filter(
        Exists(visits.exclude(pay_type=RepairOrder.PayType.INTERNAL)),
        dealership=dealership,
        answer=OfferEvent.Answer.TAKEN,
        offer__kind=Offer.Kind.POINTS,
        offer__amount__gte=1,
        on__gt=store.today - timedelta(days=2 * store.values.horizon_days),
        customer__erased_at=None,
    )
    posted = set(
        LoyaltyEntry.objects.filter(dealership=dealership, source=SOURCE).values_list("external_code", flat=True)
    )
    written = 0
    for event in taken.select_related("offer", "customer", "task").order_by("pk"):
        if str(event.pk) in posted or written == MOST:
            continue
        try:
            post_by_hand(
                dealership,
                event.customer_id,
                LoyaltyEntry.Kind.ADJUSTED,
                int(event.offer.amount or 0),
                now=now,
                note=event.offer.named(language_of(event.customer, dealership)),
                source=SOURCE,
                external_code=str(event.pk),
                ownership=event.task.ownership,
            )
        except PointsRefusedError:
            continue  # switched off or erased in this very moment
        written += 1
    return written
