from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging, Rows
from customers.models.customer import Customer
from customers.models.store import OfCustomerQuerySet
from customers.rules.contacts import shown_phone, takes_texts

if TYPE_CHECKING:
    from customers.moving import Plan

REMOVED_BY_SOURCE = "removed_by_source"


class _Contacts(Belonging):
    """One phone is one phone: known to be dead on either card, it is dead; dropped by one card's source only, alive."""

    def clash(self, plan: Plan, kept: Any, gone: Any) -> None:
        plan.repoint(gone, kept)
        marks = [one for one in (kept, gone) if one.invalid_reason not in ("", REMOVED_BY_SOURCE)]
        if not marks:
            marks = [one for one in (kept, gone) if one.is_usable] or [kept]
        plan.set(kept, invalid_at=marks[0].invalid_at, invalid_reason=marks[0].invalid_reason)

    def settle(self, plan: Plan, kept: Rows, gone: Rows) -> None:
        """The survivor's own are tried first."""
        last = {kind: max((one.position for one in kept if one.kind == kind), default=-1) for kind in ContactPoint.Kind}
        for one in gone:
            if plan.value(one, "customer") == plan.survivor:
                plan.set(one, position=one.position + last[one.kind] + 1)


class ContactPointQuerySet(OfCustomerQuerySet["ContactPoint"]):
    def usable(self) -> Self:
        return self.filter(invalid_at=None)

    def for_messages(self, channel: str) -> Self:
        """Usable points of the kind that this channel writes to, the first one tried first; see `takes`."""
        kinds = {"email": ContactPoint.Kind.EMAIL, "messenger": ContactPoint.Kind.MESSENGER}
        return self.usable().filter(kind=kinds.get(channel, ContactPoint.Kind.PHONE)).order_by("position", "pk")


class ContactPoint(models.Model):
    """One phone (E.164), email (lower case) or messenger address of a customer."""

    belonging = _Contacts(
        personal=("value",), plain=("source", "invalid_reason"), once=("kind", "value"), is_deleted=True
    )

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("email")
        MESSENGER = "messenger", _("messenger")

    customer = models.ForeignKey(  # its unique key is its index
        Customer, on_delete=models.CASCADE, db_index=False, related_name="contact_points", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    value = models.CharField(_("value"), max_length=254, help_text=_("phones as +79121234567, emails in lower case"))
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("0 is tried first"))
    source = models.CharField(_("source"), max_length=32, blank=True)
    invalid_at = models.DateTimeField(_("invalid since"), null=True, blank=True)
    invalid_reason = models.CharField(
        _("why invalid"), max_length=32, blank=True, help_text=_("wrong_number, bounced, by_hand")
    )
    # What a caller who gives "the last four digits" is found by; the database keeps it, bulk writers included.
    tail = models.GeneratedField(
        expression=Right("value", 4), output_field=models.CharField(max_length=4), db_persist=True, editable=False
    )

    objects = ContactPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        ordering = ["position", "pk"]
        indexes = [
            models.Index(fields=["value"], name="contact_point_value"),
            models.Index(fields=["tail"], name="contact_point_tail"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="a_customer_has_a_contact_point_once"),
            models.CheckConstraint(condition=~models.Q(value=""), name="a_contact_point_is_not_empty"),
            models.CheckConstraint(
                condition=~models.Q(kind="phone") | models.Q(value__startswith="+"), name="a_phone_is_stored_as_e164"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def is_usable(self) -> bool:
        return self.invalid_at is None

    def takes(self, channel: str) -> bool:
        """Can a message of this channel arrive here? A landline takes no SMS."""
        return channel != "sms" or takes_texts(self.value)

    @property
    def shown(self) -> str:
        """As people read it: a phone in groups of digits."""
        return shown_phone(self.value) if self.kind == self.Kind.PHONE else self.value

    @property
    def why_invalid(self) -> dict[str, Any]:
        """The mark as a stored reason, for the template filter `sentence`."""
        return {} if self.is_usable else {"code": f"contact.invalid_{self.invalid_reason or 'by_hand'}"}

    @transaction.atomic
    def mark_invalid(self, reason: str, *, at: datetime) -> bool:
        """Nobody of this customer answers there (wrong number, bounced mail). The first reason stays.

        True where it was usable until now.
        """
        marked = ContactPoint.objects.filter(pk=self.pk, invalid_at=None).update(invalid_at=at, invalid_reason=reason)
        if marked:
            self.invalid_at, self.invalid_reason = at, reason
            self.customer.note_new_facts()
        return bool(marked)

    @transaction.atomic
    def mark_valid(self) -> bool:
        """It works after all. True where it was marked invalid until now."""
        mended = ContactPoint.objects.filter(pk=self.pk, invalid_at__isnull=False).update(
            invalid_at=None, invalid_reason=""
        )
        if mended:
            self.invalid_at, self.invalid_reason = None, ""
            self.customer.note_new_facts()
        return bool(mended)

    @transaction.atomic
    def make_first(self) -> None:
        """Try this one before the customer's others of its kind. A query for each of them."""
        others = list(ContactPoint.objects.filter(customer=self.customer_id, kind=self.kind).exclude(pk=self.pk))
        for position, point in enumerate([self, *others]):
            if point.position != position:
                point.position = position
                point.save(update_fields=["position"])
