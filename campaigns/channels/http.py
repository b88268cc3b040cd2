"""SMS and messengers through a provider's HTTP interface, as settings.PROVIDERS describes it.

Each message has a connection of its own: one that was kept open may be closed at the other end in the very
moment it is used, and then nobody knows whether the message left. Our message id goes along as the key.
"""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from campaigns.channels.senders import sender_of
from campaigns.models import OutboxMessage
from campaigns.rules.providers import Provider, address_of, filled, found_at, of_answer
from campaigns.rules.relay import SendError

LONGEST_REPLY = 200_000


def open_relay() -> None:
    """Nothing to keep open; whether the provider is there shows with each message."""


def send(message: OutboxMessage, relay: Any) -> None:
    provider: Provider = settings.PROVIDERS[message.channel]
    if not message.address:
        raise SendError("no address", permanent=True)
    values = _values(message, provider)
    body = json.dumps(filled(provider.body, values)).encode()
    status, reply = _ask(provider, "POST", address_of(provider.url, values), values, body)
    error = of_answer(provider, status, reply)
    if error is not None:
        raise error
    if provider_id := found_at(reply, provider.id_at)[:120]:
        message.provider_id = provider_id
        OutboxMessage.objects.filter(pk=message.pk).update(provider_id=provider_id)


def can_look_up(channel: str) -> bool:
    provider: Provider = settings.PROVIDERS[channel]
    return bool(provider.lookup_url)


def look_up(message: OutboxMessage) -> bool | None:
    """Does the provider have it? None where it does not say."""
    provider: Provider = settings.PROVIDERS[message.channel]
    values = _values(message, provider)
    try:
        status, _reply = _ask(provider, "GET", address_of(provider.lookup_url, values), values)
    except SendError:
        return None
    return {200: True, 404: False}.get(status or 0)


def _values(message: OutboxMessage, provider: Provider) -> dict[str, str]:
    sender = sender_of(message)
    return {
        "to": message.address,
        "text": message.body,
        "id": message.message_id,
        "from": sender.address if sender and sender.address else provider.sender,
    }


def _ask(
    provider: Provider, method: str, address: str, values: dict[str, str], body: bytes | None = None
) -> tuple[int | None, Any]:
    """(status, reply as JSON or None); status None where the request went out and no answer came."""
    parts = urlsplit(address)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, provider.timeout)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    headers |= {name: str(filled(value, values)) for name, value in provider.headers.items()}
    try:
        try:
            connection.connect()
        except OSError as error:
            raise SendError(f"connect: {type(error).__name__}", permanent=False, is_house_down=True) from error
        try:
            connection.request(method, f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers)
            answer = connection.getresponse()
            text = answer.read(LONGEST_REPLY)
        except (OSError, http.client.HTTPException):
            return None, None
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, None
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout)
