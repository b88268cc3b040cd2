from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Channel, Customer, OfCustomerQuerySet, Purpose
from dealercrm.accounts.models import Dealership
from vehicles.models.ownership import Ownership


class TouchQuerySet(OfCustomerQuerySet["Touch"]):
    def outgoing(self) -> Self:
        return self.filter(direction=Touch.Direction.OUT)


class Touch(models.Model):
    """One contact with a customer, any channel, either direction. Append-only; the contact budget counts these."""

    belonging = Belonging(personal=("note",), plain=("topic", "outcome"))

    class Direction(models.TextChoices):
        OUT = "out", _("outgoing")
        IN = "in", _("incoming")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="touches", verbose_name=_("customer"))
    ownership = models.ForeignKey(
        Ownership, on_delete=models.SET_NULL, null=True, blank=True, related_name="touches", verbose_name=_("ownership")
    )
    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, related_name="touches", verbose_name=_("dealership")
    )
    at = models.DateTimeField(_("at"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices, default=Direction.OUT)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    topic = models.CharField(_("topic"), max_length=32, blank=True, help_text=_("kind of the occasion it was about"))
    outcome = models.CharField(_("outcome"), max_length=24, blank=True)
    was_reached = models.BooleanField(
        _("was reached"), default=False, help_text=_("spoke or reacted; an unanswered dial is a touch but no contact")
    )
    note = models.TextField(_("note"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    cost = models.DecimalField(_("cost"), max_digits=8, decimal_places=2, default=0)

    objects = TouchQuerySet.as_manager()

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        indexes = [
            models.Index(fields=["customer", "at"], name="touches_of_a_customer"),
            models.Index(fields=["ownership", "at"], name="touches_of_an_ownership"),
            models.Index(fields=["dealership", "at"], name="touches_of_a_store"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.outcome} · {self.at:%Y-%m-%d}"
