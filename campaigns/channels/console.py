"""Messages are shown on standard output: for somebody who watches the demo, never in production."""

from __future__ import annotations

import sys
from typing import Any

from campaigns.models import OutboxMessage


def open_relay() -> None:
    """Standard output is there."""


def send(message: OutboxMessage, relay: Any) -> None:
    sys.stdout.write(f"--- {message.channel} {message.message_id} to {message.address}\n{message.body}\n")
    sys.stdout.flush()
