"""Email tasks -> outbox rows, in the transaction that plans them: nothing is sent that was not committed."""

from __future__ import annotations

from email.utils import make_msgid
from typing import Any

from django.conf import settings

from campaigns.deciding import works_of
from campaigns.loading import Store
from campaigns.models import ContactTask, OutboxMessage
from campaigns.playbook import Playbook
from campaigns.pricing import fixed_quote
from campaigns.rules.plays import play_of
from campaigns.unsubscribing import opt_out_line
from campaigns.wording import language_of, text_of, words_for
from customers.models import Channel, ContactPoint, Customer, Purpose
from dealercrm.accounts.writing import insert_many
from vehicles.models import Ownership, WorkGroup
from vehicles.pricing import prices_at

NEEDS_OPT_OUT = frozenset({Purpose.MARKETING, Purpose.SURVEY})


def compose_messages(store: Store, tasks: list[ContactTask], playbook: Playbook) -> list[OutboxMessage]:
    """An outbox row for each email task, worded in the customer's language. Six queries, however many."""
    if not tasks:
        return []
    customers = Customer.objects.in_bulk({task.customer_id for task in tasks})
    ownerships = Ownership.objects.select_related("vehicle__model__make", "vehicle__make").in_bulk(
        {task.ownership_id for task in tasks if task.ownership_id}
    )
    works = {group.code: group for group in WorkGroup.objects.all()}
    addresses: dict[int, ContactPoint] = {}
    points = ContactPoint.objects.usable().filter(customer_id__in=customers, kind=ContactPoint.Kind.EMAIL)
    for point in points.order_by("position", "pk"):
        addresses.setdefault(point.customer_id, point)
    prices = prices_at(store.dealership, {one.vehicle.make_id for one in ownerships.values()})
    messages = []
    for task in tasks:
        customer = customers[task.customer_id]
        ownership = ownerships.get(task.ownership_id or 0)
        named = works_of(task.occasion) or play_of(task.kind).works
        price = fixed_quote(ownership.vehicle, named, store.today, prices) if ownership else None
        language = language_of(customer, store.dealership)
        values = words_for(
            task.occasion,
            customer=customer,
            ownership=ownership,
            store=store.dealership,
            language=language,
            works=works,
            price=price.amount if price else None,
        )
        subject, body = text_of(playbook.rows[task.step_id], language, values)
        if task.purpose in NEEDS_OPT_OUT:
            body = f"{body}\n\n{opt_out_line(customer, store.dealership, language)}"
        messages.append(
            OutboxMessage(
                task=task,
                dealership=store.dealership,
                customer=customer,
                contact_point=addresses[task.customer_id],
                channel=Channel.EMAIL,
                subject=subject,
                body=body,
                message_id=make_msgid(domain=_domain()),
                not_before=task.not_before,
            )
        )
    insert_many(messages)
    return messages


def _domain() -> str:
    """The domain of our sender address: a Message-ID names who made it."""
    sender: Any = getattr(settings, "DEFAULT_FROM_EMAIL", "")
    return str(sender).rpartition("@")[2].strip(" >") or "localhost"
