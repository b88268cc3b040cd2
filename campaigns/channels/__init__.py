"""How a written message leaves the house: one module an adapter, chosen by the message's channel in settings.CHANNELS.

An adapter has `open_relay()`, where an error means that nothing was sent, and `send(message, relay)`, which
raises SendError (rules/relay.py). One whose provider can be asked has `look_up(message)` besides.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

from django.conf import settings

from campaigns.models import OutboxMessage
from campaigns.rules.relay import SendError
from customers.models import Channel

__all__ = ["Adapter", "SendError", "can_look_up", "closed_channels", "open_channels"]


class Adapter(Protocol):
    def open_relay(self) -> Any: ...
    def send(self, message: OutboxMessage, relay: Any) -> None: ...


def open_channels() -> dict[str, Adapter]:
    """The channels that this installation can send by, each with its adapter."""
    return {channel: _adapter(path) for channel, path in settings.CHANNELS.items() if path}


def closed_channels() -> frozenset[str]:
    """Channels that nobody set up: nothing is planned or sent by them."""
    return frozenset(Channel.values) - {Channel.CALL.value} - {name for name, path in settings.CHANNELS.items() if path}


def can_look_up(adapter: Adapter, channel: str) -> bool:
    """May the provider be asked whether it has a message?"""
    asks = getattr(adapter, "can_look_up", None)
    return bool(asks and asks(channel))


def _adapter(path: str) -> Adapter:
    module: Any = import_module(path)
    return module  # type: ignore[no-any-return]
