"""The loyalty programme of one demo store, lived month by month through the product's own posting."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from dealercrm.accounts.models import Dealership
from dealercrm.dates import add_months
from vehicles.loyalty import post_points
from vehicles.models import LoyaltyAccount, LoyaltyEntry, LoyaltyPolicy, RepairOrder

MONTHS = 14  # long enough for the first points to have expired and for the groups to be compared
PAYS_WITH = 400  # points; who has them pays with them now and then
ONE_IN = 4
HOUR = time(3, 10)


def run_programme(store: Dealership, *, today: date, now: datetime) -> int:
    """Switch the programme on in the past and let its nights post; the rows of the ledger.

    One posting a month instead of a night: what a visit earned is found however late somebody looks.
    """
    began = add_months(today, -MONTHS)
    policy = LoyaltyPolicy.of(store)
    policy.today = began
    policy.change({"is_on": True})
    for month in range(1, MONTHS + 1):
        day = add_months(began, month)
        post_points(store, now=now if day == today else datetime.combine(day, HOUR, tzinfo=store.zone))
        _pay_with_points(store, day)
    return LoyaltyEntry.objects.filter(dealership=store).count()


def _pay_with_points(store: Dealership, day: date) -> None:
    """Some of those who come in the next month pay a part with their points, as the DMS tells it. One UPDATE."""
    rich = LoyaltyAccount.objects.filter(dealership=store, balance__gte=PAYS_WITH).members()
    coming = RepairOrder.objects.standing().filter(
        dealership=store,
        opened_on__range=(day, add_months(day, 1) - timedelta(days=1)),
        customer__in=rich.values("customer"),
    )
    some = [pk for pk in coming.values_list("pk", flat=True) if pk % ONE_IN == 0]
    RepairOrder.objects.filter(pk__among=some).update(points_spent=PAYS_WITH)
