"""As whom a message goes out: what the store set for its purpose and channel, else the installation's own."""

from __future__ import annotations

from campaigns.models import OutboxMessage, Sender


def sender_of(message: OutboxMessage) -> Sender | None:
    """The store's sender for this message. One query."""
    group = Sender.group_of(message.purpose)
    return Sender.objects.filter(dealership_id=message.dealership_id, group=group, channel=message.channel).first()
