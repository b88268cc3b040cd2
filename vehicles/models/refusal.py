from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer, OfCustomerQuerySet
from dealercrm.accounts.models import Dealership
from vehicles.models.ownership import Ownership


class RefusalQuerySet(OfCustomerQuerySet["Refusal"]):
    @transaction.atomic
    def record(self, **fields: Any) -> Refusal:
        """Write down what the customer does not want to hear; it binds every gate from now on."""
        refusal = self.model(**fields)
        refusal.customer = Customer.objects.held_person(refusal.customer_id)
        refusal.save(force_insert=True)
        Ownership.objects.note_new_facts_of(refusal)
        return refusal


class Refusal(models.Model):
    """The customer said: do not talk to me about this (for this car) (until then).

    An empty topic means every topic; no date means for good.
    """

    belonging = Belonging(personal=("note",), plain=("topic",))

    class Reason(models.TextChoices):
        SERVICE = "service", _("quality of service")
        PRICE = "price", _("price")
        NO_OFFERS = "no_offers", _("no interesting offers")
        PARKING = "parking", _("parking, location")
        BOOKING = "booking", _("no convenient booking")
        MOVED = "moved", _("moved away")
        SOLD = "sold", _("sold the car")
        ELSEWHERE = "elsewhere", _("serviced elsewhere")
        NOT_NOW = "not_now", _("not now")
        OTHER = "other", _("other")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="refusals", verbose_name=_("customer")
    )
    ownership = models.ForeignKey(
        Ownership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="refusals",
        verbose_name=_("ownership"),
    )
    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", verbose_name=_("dealership"))
    topic = models.CharField(_("topic"), max_length=32, blank=True, help_text=_("kind of occasion; empty: every topic"))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices, default=Reason.OTHER)
    until = models.DateField(_("until"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    note = models.TextField(_("note"), blank=True)

    objects = RefusalQuerySet.as_manager()

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        indexes = [models.Index(fields=["customer", "at"], name="refusals_of_a_customer")]

    def __str__(self) -> str:
        return f"{self.topic or '*'} · {self.reason}"
