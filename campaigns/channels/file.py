"""Messages become files under var/messages, one each: for a demo and a first look, never in production."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from campaigns.models import OutboxMessage


def open_relay() -> None:
    settings.MESSAGES_PATH.mkdir(parents=True, exist_ok=True, mode=0o700)


def send(message: OutboxMessage, relay: Any) -> None:
    file = settings.MESSAGES_PATH / f"{message.channel}-{message.pk}-{message.epoch}.txt"
    file.write_text(f"To: {message.address}\nId: {message.message_id}\n\n{message.body}\n")
