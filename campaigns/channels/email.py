"""Email through Django's backend: SMTP in production, a file or the console in the demo."""

from __future__ import annotations

from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from campaigns.models import OutboxMessage


def open_relay() -> Any:
    """A connection that stands; an error here means that nothing was sent."""
    relay = get_connection()
    relay.open()
    return relay


def send(message: OutboxMessage, relay: Any) -> None:
    """Hand one letter over under its own Message-ID; raises what the relay said, which rules/relay.py reads."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    EmailMessage(
        subject=message.subject,
        body=message.body,
        from_email=formataddr((message.dealership.name, address)),
        to=[message.address],
        headers={"Message-ID": message.message_id},
        connection=relay,
    ).send()
