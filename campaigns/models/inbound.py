from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Channel, Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from lifecycle.models import Occasion
from vehicles.models import Touch


class InboundQuerySet(ScopedQuerySet["InboundMessage"]):
    def waiting(self) -> Self:
        """Nobody has dealt with it and no call on a list will: a person must look."""
        on_a_list = models.Q(occasion__contact_tasks__status__in=["open", "claimed", "done"])
        return self.filter(handled_at=None).exclude(pk__in=self.filter(on_a_list).values("pk"))


class InboundMessage(models.Model):
    """What a customer wrote to us: an answer to a message, or a word of their own. Kept also where nobody is known.

    Once per number of the provider, which repeats what it got no answer for.
    """

    belonging = Belonging(personal=("sender", "text"), plain=("provider_id",))

    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+", verbose_name=_("dealership"))
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="inbound_messages", verbose_name=_("customer")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    sender = models.CharField(_("written from"), max_length=254)
    text = models.TextField(_("text"), blank=True)
    provider_id = models.CharField(_("number at the provider"), max_length=120)
    at = models.DateTimeField(_("at"))
    is_stop = models.BooleanField(_("asked us to stop"), default=False)
    touch = models.ForeignKey(Touch, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("touch"))
    occasion = models.ForeignKey(
        Occasion, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("occasion")
    )
    handled_at = models.DateTimeField(_("dealt with at"), null=True, blank=True)

    objects = InboundQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming message")
        verbose_name_plural = _("incoming messages")
        constraints = [
            models.UniqueConstraint(fields=["channel", "provider_id"], name="an_incoming_message_is_kept_once")
        ]
        indexes = [models.Index(fields=["dealership", "at"], name="inbound_of_a_store")]

    def __str__(self) -> str:
        return f"{self.channel} #{self.pk}"

    def settle(self, *, at: datetime) -> bool:
        """A person has dealt with it. False where a colleague was quicker."""
        settled = InboundMessage.objects.filter(pk=self.pk, handled_at=None).update(handled_at=at)
        return bool(settled)
