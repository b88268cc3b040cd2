"""Tasks of written channels -> outbox rows, in the transaction that plans them: only what was committed is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import make_msgid
from functools import partial
from typing import Any
from uuid import uuid4

from django.conf import settings

from campaigns.deciding import works_of
from campaigns.enclosing import Enclosures, purpose_of
from campaigns.loading import Store
from campaigns.models import ContactTask, OutboxMessage
from campaigns.playbook import Playbook
from campaigns.pricing import fixed_quote
from campaigns.rules.facts import CustomerFacts
from campaigns.rules.plays import play_of
from campaigns.unsubscribing import closing_of
from campaigns.wording import language_of, text_of, words_for
from customers.models import Channel, ContactPoint, Customer
from dealercrm.accounts.writing import insert_many
from vehicles.models import Ownership, WorkGroup
from vehicles.pricing import prices_at


def compose_messages(
    store: Store,
    tasks: list[ContactTask],
    playbook: Playbook,
    *,
    facts: Mapping[int, CustomerFacts],
    now: datetime,
) -> list[OutboxMessage]:
    """An outbox row for each task of a written channel, in the customer's language. Six queries, however many.

    Those of `Enclosures.load` come to that where a text names an offer.
    """
    if not tasks:
        return []
    customers = Customer.objects.in_bulk({task.customer_id for task in tasks})
    ownerships = Ownership.objects.select_related("vehicle__model__make", "vehicle__make").in_bulk(
        {task.ownership_id for task in tasks if task.ownership_id}
    )
    works = {group.code: group for group in WorkGroup.objects.all()}
    addresses = _addresses(customers, {task.channel for task in tasks})
    prices = prices_at(store.dealership, {one.vehicle.make_id for one in ownerships.values()})
    enclosures = Enclosures.load(store, tasks, playbook, facts, now)
    messages = []
    for task in tasks:
        customer = customers[task.customer_id]
        ownership = ownerships.get(task.ownership_id or 0)
        named = works_of(task.occasion) or play_of(task.kind).works
        price = fixed_quote(ownership.vehicle, named, store.today, prices) if ownership else None
        language = language_of(customer, store.dealership)
        made = enclosures.offer(task, ownership, named, price)
        words = partial(
            words_for,
            task.occasion,
            customer=customer,
            ownership=ownership,
            store=store.dealership,
            language=language,
            works=works,
            price=price.amount if price else None,
        )
        step = playbook.rows[task.step_id]
        subject, body = text_of(step, language, words(offer=made))
        closing = partial(closing_of, customer, store.dealership, task.channel, language=language)
        without: dict[str, str] = {}
        if made is not None:
            plain_subject, plain_body = text_of(step, language, words())
            without = {"subject": plain_subject[:200], "body": f"{plain_body}{closing(purpose=task.purpose)}"}
        is_email = task.channel == Channel.EMAIL
        messages.append(
            OutboxMessage(
                task=task,
                dealership=store.dealership,
                customer=customer,
                contact_point=addresses[task.channel, task.customer_id],
                channel=task.channel,
                subject=subject[:200] if is_email else "",
                body=f"{body}{closing(purpose=purpose_of(task.purpose, made))}",
                offer=made.offer if made else None,
                offer_until=made.until if made else None,
                offer_price=made.price if made else None,
                without_offer=without,
                message_id=make_msgid(domain=_domain()) if is_email else uuid4().hex,
                not_before=task.not_before,
            )
        )
    insert_many(messages)
    return messages


def _addresses(customers: Mapping[int, Customer], channels: set[str]) -> dict[tuple[str, int], ContactPoint]:
    """(channel, customer) -> the point a message goes to: the first usable one that takes it. A query a channel."""
    found: dict[tuple[str, int], ContactPoint] = {}
    for channel in sorted(channels):
        for point in ContactPoint.objects.for_messages(channel).filter(customer_id__in=customers):
            if point.takes(channel):
                found.setdefault((channel, point.customer_id), point)
    return found


def _domain() -> str:
    """The domain of our sender address: a Message-ID names who made it."""
    sender: Any = getattr(settings, "DEFAULT_FROM_EMAIL", "")
    return str(sender).rpartition("@")[2].strip(" >") or "localhost"
