from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging, Rows
from customers.models.customer import Customer
from customers.models.store import OfCustomerQuerySet
from customers.rules.consent import NEEDS_CONSENT
from customers.rules.merging import still_forbidden
from dealercrm.accounts.models import Dealership
from dealercrm.sentences import worded
from dealercrm.why import Why

if TYPE_CHECKING:
    from customers.moving import Plan


class Purpose(models.TextChoices):
    """Purpose class of a contact; the law and the contact budget depend on it."""

    SAFETY = "safety", _("safety")
    SERVICE = "service", _("service")
    COURTESY = "courtesy", _("courtesy")
    SURVEY = "survey", _("survey")
    MARKETING = "marketing", _("marketing")


class Channel(models.TextChoices):
    CALL = "call", _("call")
    EMAIL = "email", _("email")
    SMS = "sms", _("SMS")
    MESSENGER = "messenger", _("messenger")


class ConsentEventQuerySet(OfCustomerQuerySet["ConsentEvent"]):
    def allowing(self, purpose: str, channel: str, path: str = "pk") -> Q:
        """`rules.consent.allows` as a condition on the customer at `path`, for lists too long to judge one by one.

        The last word is a yes where no withdrawal came at the same moment or later. A test holds the two equal.
        """
        about = self.filter(purpose__in=("", purpose), channel__in=("", channel)).order_by()
        same = about.filter(customer_id=OuterRef("customer_id"))
        if purpose in NEEDS_CONSENT:
            later = same.filter(is_given=False, at__gte=OuterRef("at"))
            given = about.filter(~models.Exists(later), is_given=True)
            return Q(**{f"{path}__in": given.values("customer_id")})
        later = same.filter(is_given=True, at__gt=OuterRef("at"))
        forbidden = about.filter(~models.Exists(later), is_given=False)
        return ~Q(**{f"{path}__in": forbidden.values("customer_id")})


class _LastWords(Belonging):
    """A withdrawal on either card always wins, also over a later yes on the other."""

    def settle(self, plan: Plan, kept: Rows, gone: Rows) -> None:
        for forbidden in still_forbidden(kept, gone):
            plan.create(
                ConsentEvent,
                customer=plan.survivor,
                purpose=forbidden.purpose,
                channel=forbidden.channel,
                is_given=False,
                at=plan.at,
                source="merge",
            )
            plan.notes.append(Why("merge.withdrawal_wins", forbidden._asdict()))


class ConsentEvent(models.Model):
    """A customer allowed or forbade contacts of a purpose by a channel. Append-only; the latest event counts.

    Empty `purpose` or `channel` means all of them ("does not want calls" = call, every purpose).
    """

    belonging = _LastWords(plain=("source", "text_version"))

    customer = models.ForeignKey(  # `consent_of_a_customer` is its index
        Customer, on_delete=models.CASCADE, db_index=False, related_name="consent_events", verbose_name=_("customer")
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True)
    is_given = models.BooleanField(_("is given"))
    at = models.DateTimeField(_("at"))
    source = models.CharField(_("source"), max_length=32, help_text=_("dms, call, web, email, api"))
    text_version = models.CharField(_("version of the text"), max_length=32, blank=True)
    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("dealership")
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )

    objects = ConsentEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent event")
        verbose_name_plural = _("consent events")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["customer", "at"], name="consent_of_a_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.purpose or '*'}/{self.channel or '*'} {'+' if self.is_given else '-'}"

    @property
    def source_words(self) -> str:
        """Where we know it from, in the reader's language."""
        return worded("source", self.source)
