"""Replays of a past that is made up: messages count as sent and are handed to nobody, whatever is configured."""

from __future__ import annotations

from typing import Any

from campaigns.models import OutboxMessage


def open_relay() -> None:
    """Nobody is asked."""


def send(message: OutboxMessage, relay: Any) -> None:
    """Nobody gets it."""
