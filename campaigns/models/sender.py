from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Channel, Purpose
from dealercrm.accounts.models import Dealership, ScopedQuerySet


class Sender(models.Model):
    """As whom a store writes. Service stands apart from marketing: who tires of offers still reads reminders.

    What is empty is the installation's own: the store's name, DEFAULT_FROM_EMAIL, the provider's sender.
    """

    class Group(models.TextChoices):
        SERVICE = "service", _("service")
        MARKETING = "marketing", _("marketing")

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="senders", verbose_name=_("dealership")
    )
    group = models.CharField(_("group of purposes"), max_length=10, choices=Group.choices)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    name = models.CharField(_("name"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=254, blank=True)
    reply_to = models.CharField(_("answers go to"), max_length=254, blank=True)

    objects = ScopedQuerySet["Sender"].as_manager()

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        constraints = [
            models.UniqueConstraint(
                fields=["dealership", "group", "channel"], name="a_store_has_one_sender_per_group_and_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dealership} {self.group} {self.channel}"

    @classmethod
    def group_of(cls, purpose: str) -> Group:
        """Surveys go with marketing: both need a consent."""
        is_marketing = purpose in {Purpose.MARKETING, Purpose.SURVEY}
        return cls.Group.MARKETING if is_marketing else cls.Group.SERVICE
