from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.offer import Offer
from campaigns.models.task import ContactTask
from customers.belonging import Belonging
from customers.models import Channel, Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models import Refusal


class OfferEventQuerySet(ScopedQuerySet["OfferEvent"]):
    def refused_since(self, today: date, days: int) -> Self:
        return self.filter(answer=OfferEvent.Answer.REFUSED, on__gt=today - timedelta(days=days))

    def holding(self, today: date) -> Self:
        """Pieces that are gone or promised: taken, or told to somebody whose time to decide is not over."""
        return self.filter(
            models.Q(answer=OfferEvent.Answer.TAKEN) | models.Q(answer=OfferEvent.Answer.SHOWN, until__gte=today)
        )


class OfferEvent(models.Model):
    """A customer heard or read of an offer in one contact, and what they said to it. Append-only.

    Written with the result of a call or when a letter has left, never when a card is merely opened: an offer
    that nobody told is not shown.
    """

    belonging = Belonging()

    class Answer(models.TextChoices):
        SHOWN = "shown", _("shown, no answer yet")
        TAKEN = "taken", _("taken")
        REFUSED = "refused", _("refused")

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+", verbose_name=_("dealership"))
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="offer_events", verbose_name=_("customer")
    )
    task = models.ForeignKey(
        ContactTask, on_delete=models.CASCADE, related_name="offer_events", verbose_name=_("contact task")
    )
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="events", verbose_name=_("offer"))
    answer = models.CharField(_("answer"), max_length=8, choices=Answer.choices)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    on = models.DateField(_("on"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    price = models.DecimalField(_("price told"), max_digits=12, decimal_places=2, null=True, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, default=0, help_text=_("0 unless taken"))
    until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=12, choices=Refusal.Reason.choices, blank=True)

    objects = OfferEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to an offer")
        verbose_name_plural = _("answers to offers")
        constraints = [
            models.UniqueConstraint(fields=["task", "offer"], name="an_offer_is_answered_once_in_a_contact"),
        ]
        indexes = [
            models.Index(fields=["dealership", "on"], name="offer_events_of_a_store"),
            models.Index(fields=["customer", "answer"], name="offer_events_of_a_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.answer} #{self.task_id}"
