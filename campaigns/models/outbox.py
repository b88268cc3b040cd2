from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.offer import Offer
from campaigns.models.task import ContactTask
from customers.belonging import Belonging
from customers.models import Channel, ContactPoint, Customer, Purpose
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from dealercrm.why import Why


class _Letters(Belonging):
    def close(self, rows: models.QuerySet[Any], *, at: datetime) -> None:
        """What has not left yet never leaves."""
        waiting = rows.filter(status=OutboxMessage.Status.QUEUED)
        waiting.update(status=OutboxMessage.Status.CANCELLED, why_cancelled=Why("message.customer_erased").as_json())


class OutboxMessage(models.Model):
    """A message to send, once: queued -> sending -> sent / failed / unknown / cancelled.

    Written in the business transaction; the sender claims it with our Message-ID before it talks to
    the relay, so that after a crash nobody sends it blindly again: it is `unknown` and a person decides.
    """

    belonging = _Letters(
        personal=("subject", "body", "without_offer", "error"), plain=("message_id", "provider_id", "why_cancelled")
    )

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown")
        CANCELLED = "cancelled", _("cancelled")

    task = models.OneToOneField(
        ContactTask, on_delete=models.CASCADE, related_name="message", verbose_name=_("contact task")
    )
    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+", verbose_name=_("dealership"))
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="messages", verbose_name=_("customer")
    )
    contact_point = models.ForeignKey(
        ContactPoint, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("contact point")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    offer = models.ForeignKey(
        Offer, on_delete=models.PROTECT, null=True, blank=True, related_name="letters", verbose_name=_("offer")
    )
    offer_until = models.DateField(_("the offer ends on"), null=True, blank=True)
    offer_price = models.DecimalField(_("price told"), max_digits=12, decimal_places=2, null=True, blank=True)
    without_offer = models.JSONField(
        _("the same without the offer"), default=dict, blank=True, help_text=_("subject and body to fall back on")
    )
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("body"))
    message_id = models.CharField(_("Message-ID"), max_length=120, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    not_before = models.DateTimeField(_("not before"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    epoch = models.PositiveIntegerField(_("epoch"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    provider_id = models.CharField(
        _("number at the provider"), max_length=120, blank=True, help_text=_("under which its receipts come")
    )
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    why_cancelled = models.JSONField(_("why cancelled"), default=dict, blank=True)

    objects = ScopedQuerySet["OutboxMessage"].as_manager()

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(status="queued"), name="messages_to_send"),
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="message_by_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} #{self.pk} {self.status}"

    @property
    def purpose(self) -> str:
        """Purpose class of the letter; an offer that is sold along makes it marketing."""
        is_marketing = self.offer is not None and self.offer.is_marketing
        return Purpose.MARKETING.value if is_marketing else self.task.purpose

    @property
    def address(self) -> str:
        """Where it goes or went; empty after the customer was erased."""
        return self.contact_point.value if self.contact_point else ""
