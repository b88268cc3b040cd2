"""One-off announcements: a campaign that answers nothing in the facts opens an occasion of its own, once a customer.

Its cycle is the campaign's code, never its version: a mistake in the words that is mended half way is not told
to those who have been told. Which car it hangs on is the first one of the customer in the segment.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, Min, OuterRef

from campaigns.loading import Store
from campaigns.models import Campaign, ContactTask
from campaigns.models.campaign import ANNOUNCEMENT
from campaigns.playbook import Playbook
from dealercrm.accounts.models import Dealership
from dealercrm.accounts.writing import insert_many
from dealercrm.why import Why
from lifecycle.models import Occasion, Standing
from lifecycle.rules.kinds import KINDS


def open_announcements(store: Store, playbook: Playbook) -> int:
    """Open what today's announcements have to say and nobody was told yet; close those whose time is over.

    Under the store's row, so that two workers open each occasion once. How many were opened.
    """
    running = [campaign for campaign in playbook.current if campaign.is_announcement]
    with transaction.atomic():
        if running:
            Dealership.objects.select_for_update().get(pk=store.dealership.pk)
        _close_past(store)
        opened = 0
        for campaign in running:
            opened += _reopen(campaign)
            opened += len(insert_many(list(occasions_to_open(store, campaign))))
        return opened


def occasions_to_open(store: Store, campaign: Campaign) -> Iterable[Occasion]:
    """Unsaved occasions for everybody in its segment whom it has not reached yet; none where its time is over."""
    window = window_of(campaign, store)
    if window is None or not window[0] <= store.today <= window[1]:
        return
    opens_on, closes_on = window
    for customer_id, ownership_id in not_told_yet(store, campaign):
        yield Occasion(
            ownership_id=ownership_id,
            customer_id=customer_id,
            dealership=store.dealership,
            kind=ANNOUNCEMENT,
            purpose=KINDS[ANNOUNCEMENT].purpose.value,
            cycle=campaign.code,
            opens_on=opens_on,
            due_on=opens_on,
            closes_on=closes_on,
            why=Why("campaign.announced", {"name_en": campaign.name_en, "name_ru": campaign.name_ru}).as_json(),
        )


def not_told_yet(store: Store, campaign: Campaign) -> list[tuple[int, int]]:
    """(customer, car) of those in its segment to whom it has no occasion yet. One query."""
    if campaign.segment is None:
        members = Standing.objects.filter(
            dealership=store.dealership, ownership__ended_on=None, customer__merged_into=None, customer__erased_at=None
        )
    elif campaign.segment.is_readable:
        members = campaign.segment.members([store.dealership], store.today)
    else:
        members = Standing.objects.none()
    known = Occasion.objects.filter(kind=ANNOUNCEMENT, cycle=campaign.code, dealership=store.dealership)
    fresh = members.filter(~Exists(known.filter(customer=OuterRef("customer"))))
    cars = fresh.order_by("customer_id").values_list("customer_id").annotate(car=Min("pk"))
    return [(customer_id, car) for customer_id, car in cars]


def window_of(campaign: Campaign, store: Store) -> tuple[date, date] | None:
    """From its day on, as many days as the policy leaves for those who must wait (budget, quiet hours)."""
    if campaign.starts_on is None:
        return None
    return campaign.starts_on, campaign.starts_on + timedelta(days=store.values.announcement_days)


def _reopen(campaign: Campaign) -> int:
    """It was stopped and started again: whoever was not told yet is told now."""
    told = ContactTask.objects.filter(occasion=OuterRef("pk"), status=ContactTask.Status.DONE)
    rows = Occasion.objects.filter(
        dealership=campaign.dealership,
        kind=ANNOUNCEMENT,
        cycle=campaign.code,
        status=Occasion.Status.OBSOLETE,
        closed_why__code="closed.announcement_stopped",
    )
    return rows.filter(~Exists(told)).update(status=Occasion.Status.OPEN, closed_on=None, closed_why={})


def _close_past(store: Store) -> int:
    """The night of the lifecycle closes only what it opened."""
    rows = Occasion.objects.open().filter(dealership=store.dealership, kind=ANNOUNCEMENT, closes_on__lt=store.today)
    return rows.update(
        status=Occasion.Status.EXPIRED, closed_on=store.today, closed_why=Why("closed.window_over").as_json()
    )
