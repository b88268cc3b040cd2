"""A stopped campaign leaves the list: what nobody has in hand is taken off, with the reason on each row.

Under the customers' locks, a few hundred customers at a time, in the order in which planning, claiming and
sending take them. A call in hand is finished, an hour that was promised is kept. If the process dies half
way, the next night takes off the rest (withdrawing.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from campaigns.models import Campaign, ContactTask, OutboxMessage
from customers.models import Channel, Customer
from dealercrm.accounts.running import ranges_of
from dealercrm.why import Why
from lifecycle.models import Occasion

CUSTOMERS_AT_ONCE = 500
STOPPED = Why("closed.campaign_stopped")
# Letters that have left or may have left: their contact is made, whatever becomes of the campaign.
_GONE = (OutboxMessage.Status.SENDING, OutboxMessage.Status.UNKNOWN, OutboxMessage.Status.SENT)


class Stopped(NamedTuple):
    """What stopping takes off the list, and what it leaves: calls in hand and hours that were promised."""

    calls: int
    messages: int
    in_hand: int
    promised: int


def would_take_off(campaign: Campaign) -> Stopped:
    """The numbers before anybody presses the button. One query."""
    is_call = Q(channel=Channel.CALL)
    is_open = Q(status=ContactTask.Status.OPEN)
    found = _tasks_of(campaign).aggregate(
        calls=Count("pk", filter=is_call & is_open & Q(promised_at=None)),
        messages=Count("pk", filter=~is_call & is_open & ~Q(message__status__in=_GONE)),
        in_hand=Count("pk", filter=is_call & ~is_open),
        promised=Count("pk", filter=is_call & is_open & Q(promised_at__isnull=False)),
    )
    return Stopped(**found)


def take_off(campaign: Campaign, *, at: datetime) -> Stopped:
    """Take every open contact of all its versions off the list; what was left stands in the answer."""
    calls = messages = 0
    concerned = _cancellable(campaign).order_by("customer_id").values_list("customer_id", flat=True).distinct()
    for first, last in list(ranges_of(concerned, CUSTOMERS_AT_ONCE)):
        with transaction.atomic():
            rows = _cancellable(campaign).filter(customer_id__gte=first, customer_id__lte=last)
            Customer.objects.held(rows.values_list("customer_id", flat=True))
            taken = list(rows.values_list("pk", "channel"))
            closed = ContactTask.objects.filter(pk__in=[pk for pk, _channel in taken], status=ContactTask.Status.OPEN)
            closed.update(status=ContactTask.Status.CANCELLED, closed_at=at, closed_why=STOPPED.as_json())
            OutboxMessage.objects.filter(
                task__in=[pk for pk, _channel in taken], status=OutboxMessage.Status.QUEUED
            ).update(status=OutboxMessage.Status.CANCELLED, why_cancelled=STOPPED.as_json())
            by_call = sum(channel == Channel.CALL for _pk, channel in taken)
            calls, messages = calls + by_call, messages + len(taken) - by_call
    _close_announcement(campaign, at)
    left = would_take_off(campaign)
    return Stopped(calls, messages, left.in_hand, left.promised)


def _tasks_of(campaign: Campaign) -> QuerySet[ContactTask]:
    return ContactTask.objects.open().filter(
        dealership=campaign.dealership,
        step__campaign__dealership=campaign.dealership,
        step__campaign__code=campaign.code,
    )


def _cancellable(campaign: Campaign) -> QuerySet[ContactTask]:
    rows = _tasks_of(campaign).filter(status=ContactTask.Status.OPEN, promised_at=None)
    return rows.exclude(message__status__in=_GONE)


def _close_announcement(campaign: Campaign, at: datetime) -> None:
    """The occasions that an announcement opened are its own; starting it again opens those nobody was told about."""
    if campaign.is_announcement:
        rows = Occasion.objects.open().filter(
            dealership=campaign.dealership, kind=campaign.kinds[0], cycle=campaign.code
        )
        rows.update(
            status=Occasion.Status.OBSOLETE,
            closed_on=campaign.dealership.today(at),
            closed_why=Why("closed.announcement_stopped").as_json(),
        )
