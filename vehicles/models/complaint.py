from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.ownership import Ownership

if TYPE_CHECKING:
    from dealercrm.accounts.models import User


class ComplaintQuerySet(ScopedQuerySet["Complaint"]):
    def open(self) -> Self:
        return self.filter(resolved_at=None)

    @transaction.atomic
    def record(self, **fields: Any) -> Complaint:
        """Open a complaint; until it is resolved nobody sells this customer anything."""
        complaint = self.model(**fields)
        complaint.customer = Customer.objects.held_person(complaint.customer_id)
        complaint.save(force_insert=True)
        Ownership.objects.note_new_facts_of(complaint)
        return complaint

    def in_working_order(self) -> Self:
        """Open ones first, the soonest promise first; then the solved ones, newest first."""
        return self.order_by(
            models.F("resolved_at").desc(nulls_first=True), models.F("due_on").asc(nulls_last=True), "opened_at", "pk"
        )


class Complaint(models.Model):
    """Something we owe the customer; while it is open nobody sells them anything."""

    belonging = Belonging(personal=("text", "solution"), plain=("source",))

    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("dealership")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("customer")
    )
    ownership = models.ForeignKey(
        Ownership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name=_("ownership"),
    )
    opened_at = models.DateTimeField(_("opened at"))
    text = models.TextField(_("what happened"))
    source = models.CharField(_("source"), max_length=16, default="call", help_text=_("call, web, api, review"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    due_on = models.DateField(_("solve by"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    solution = models.TextField(_("solution"), blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        indexes = [
            models.Index(
                fields=["customer"], condition=models.Q(resolved_at=None), name="open_complaints_of_a_customer"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} · {self.opened_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None

    @transaction.atomic
    def resolve(self, solution: str, *, by: User | None, at: datetime) -> bool:
        """It is made good; offers may be made again. False where a colleague resolved it first."""
        if not solution.strip():
            raise ValueError("A resolved complaint says how it was resolved.")
        resolved = Complaint.objects.filter(pk=self.pk, resolved_at=None).update(
            resolved_at=at, solution=solution.strip(), resolved_by=by
        )
        return self._changed(bool(resolved))

    @transaction.atomic
    def reopen(self) -> bool:
        """Undo of `resolve`: it was not made good after all. The solution that was tried stays to be read."""
        reopened = Complaint.objects.filter(pk=self.pk, resolved_at__isnull=False).update(
            resolved_at=None, resolved_by=None
        )
        return self._changed(bool(reopened))

    def _changed(self, is_changed: bool) -> bool:
        if is_changed:
            self.refresh_from_db(fields=["resolved_at", "solution", "resolved_by"])
            Ownership.objects.note_new_facts_of(self)
        return is_changed
