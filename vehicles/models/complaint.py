from __future__ import annotations

from datetime import date, datetime, timedelta
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


class _Complaints(Belonging):
    def close(self, rows: models.QuerySet[Any], *, at: datetime) -> None:
        """What was said on the way to a solution goes with the complaint's own words."""
        ComplaintEvent.objects.filter(complaint__in=rows).update(note="")


class ComplaintQuerySet(ScopedQuerySet["Complaint"]):
    def open(self) -> Self:
        return self.filter(resolved_at=None)

    @transaction.atomic
    def record(self, **fields: Any) -> Complaint:
        """Open a complaint; until it is resolved nobody sells this customer anything."""
        complaint = self.model(**fields)
        if complaint.customer_id is not None:  # a review on the web may be of somebody we cannot name
            complaint.customer = Customer.objects.held_person(complaint.customer_id)
        complaint.save(force_insert=True)
        complaint.note_new_facts()
        return complaint

    def overdue(self, day: date) -> Self:
        """Open ones whose promise has passed."""
        return self.open().filter(due_on__lt=day)

    def unconfirmed(self) -> Self:
        """Solved, and the customer has not said yet whether it is."""
        return self.filter(resolved_at__isnull=False, confirmed_at=None)

    def counts(self, day: date) -> dict[str, int]:
        """How many are open, are overdue, and wait for the customer's word. One query."""
        is_open = models.Q(resolved_at=None)
        return self.order_by().aggregate(
            open=models.Count("pk", filter=is_open),
            overdue=models.Count("pk", filter=is_open & models.Q(due_on__lt=day)),
            unconfirmed=models.Count("pk", filter=models.Q(resolved_at__isnull=False, confirmed_at=None)),
        )

    def in_working_order(self) -> Self:
        """Open ones first, the soonest promise first; then those that wait for the customer's word, then the rest."""
        return self.order_by(
            models.Case(models.When(resolved_at=None, then=0), models.When(confirmed_at=None, then=1), default=2),
            models.F("resolved_at").desc(nulls_first=True),
            models.F("due_on").asc(nulls_last=True),
            "opened_at",
            "pk",
        )


class Complaint(models.Model):
    """Something we owe the customer; while it is open nobody sells them anything."""

    belonging = _Complaints(personal=("text", "solution"), plain=("source",))

    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("dealership")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name=_("customer"),
        help_text=_("empty: a review of somebody we cannot name"),
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

    confirmed_at = models.DateTimeField(
        _("confirmed at"), null=True, blank=True, help_text=_("the customer said that it was made good")
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

    @property
    def waits_for_word(self) -> bool:
        """Solved, and nobody has asked the customer yet."""
        return self.resolved_at is not None and self.confirmed_at is None

    @transaction.atomic
    def assign(self, owner: User | None, due_on: date | None, *, by: User, at: datetime) -> bool:
        """Somebody answers for it, by a day. False where it is solved or nothing changed."""
        changed = (
            Complaint.objects.open()
            .filter(pk=self.pk)
            .exclude(owner=owner, due_on=due_on)
            .update(owner=owner, due_on=due_on)
        )
        return self._changed(bool(changed), ComplaintEvent.Kind.ASSIGNED, at=at, by=by, note=str(owner or ""))

    @transaction.atomic
    def resolve(self, solution: str, *, by: User | None, at: datetime) -> bool:
        """It is made good; offers may be made again. False where a colleague resolved it first."""
        if not solution.strip():
            raise ValueError("A resolved complaint says how it was resolved.")
        resolved = Complaint.objects.filter(pk=self.pk, resolved_at=None).update(
            resolved_at=at, solution=solution.strip(), resolved_by=by, confirmed_at=None
        )
        return self._changed(bool(resolved), ComplaintEvent.Kind.RESOLVED, at=at, by=by, note=solution.strip())

    @transaction.atomic
    def confirm(self, *, by: User | None, at: datetime, note: str = "") -> bool:
        """The customer says that it was made good. `by` None: they said so themselves, by the link."""
        said = Complaint.objects.unconfirmed().filter(pk=self.pk).update(confirmed_at=at)
        return self._changed(bool(said), ComplaintEvent.Kind.CONFIRMED, at=at, by=by, note=note)

    @transaction.atomic
    def deny(self, *, by: User | None, at: datetime, note: str = "") -> bool:
        """The customer says that it was not: it is open again, and somebody calls by tomorrow."""
        tomorrow = self.dealership.today(at) + timedelta(days=1)
        said = Complaint.objects.unconfirmed().filter(pk=self.pk)
        reopened = said.update(resolved_at=None, resolved_by=None, due_on=tomorrow)
        return self._changed(bool(reopened), ComplaintEvent.Kind.DENIED, at=at, by=by, note=note)

    @transaction.atomic
    def reopen(self, *, by: User | None = None, at: datetime | None = None) -> bool:
        """Undo of `resolve`: it was not made good after all. The solution that was tried stays to be read."""
        reopened = Complaint.objects.filter(pk=self.pk, resolved_at__isnull=False).update(
            resolved_at=None, resolved_by=None, confirmed_at=None
        )
        return self._changed(bool(reopened), ComplaintEvent.Kind.REOPENED, at=at, by=by)

    def note_new_facts(self) -> None:
        """The cars it is about are judged again; a complaint of nobody we know is about none."""
        if self.customer_id is not None:
            Ownership.objects.note_new_facts_of(self)  # type: ignore[arg-type]

    def _changed(self, is_changed: bool, kind: str, *, at: datetime | None, by: User | None, note: str = "") -> bool:
        if is_changed:
            self.refresh_from_db()
            self.events.create(kind=kind, at=at or self.opened_at, by=by, note=note)
            self.note_new_facts()
        return is_changed


class ComplaintEvent(models.Model):
    """What became of a complaint: assigned, solved, confirmed by the customer or not. Append-only."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", _("given to")
        RESOLVED = "resolved", _("resolved")
        CONFIRMED = "confirmed", _("the customer is content")
        DENIED = "denied", _("the customer is not content")
        REOPENED = "reopened", _("opened again")

    complaint = models.ForeignKey(
        Complaint, on_delete=models.CASCADE, related_name="events", verbose_name=_("complaint")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
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

    class Meta:
        verbose_name = _("step of a complaint")
        verbose_name_plural = _("steps of complaints")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"#{self.complaint_id} {self.kind} · {self.at:%Y-%m-%d}"
