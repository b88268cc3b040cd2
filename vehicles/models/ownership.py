from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, Self

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, OfCustomerQuerySet
from dealercrm.accounts.models import Dealership
from vehicles.models.vehicle import Vehicle


class FactOfACustomer(Protocol):
    """A row about a customer and perhaps about one of their cars: a touch, a refusal, a complaint, an appointment."""

    customer_id: int
    ownership_id: int | None


class OwnershipQuerySet(OfCustomerQuerySet["Ownership"]):
    def open(self) -> Self:
        return self.filter(ended_on=None)

    def note_new_facts_of(self, fact: FactOfACustomer) -> int:
        """The note for a fact that may be about one car or, without an ownership, about the customer. One UPDATE."""
        if fact.ownership_id is not None:
            return self.note_new_facts([fact.ownership_id])
        return self.filter(customer_id=fact.customer_id).note_new_facts()

    def note_new_facts(self, ids: Iterable[int] | None = None) -> int:
        """Leave the note that facts changed; the next night judges these ownerships again. One UPDATE.

        Every writer of a fact about a car or its owner calls this in the transaction of the fact. The
        note goes to all cars of the customer: a complaint, a sale or a purchase says something about each.
        """
        rows = self if ids is None else self.filter(pk__in=list(ids))
        cars = Ownership.objects.filter(customer_id__in=rows.order_by().values("customer_id"))
        return cars.update(facts_version=models.F("facts_version") + 1)


class Ownership(models.Model):
    """A customer and a vehicle for a time: what stages, occasions and contacts are about."""

    class Acquired(models.TextChoices):
        NEW = "new", _("bought new from us")
        USED = "used", _("bought used from us")
        ELSEWHERE = "elsewhere", _("bought elsewhere")

    class EndReason(models.TextChoices):
        TRADED_IN = "traded_in", _("traded in")
        SOLD = "sold", _("sold")
        WRITTEN_OFF = "written_off", _("written off")
        MOVED_AWAY = "moved_away", _("moved away")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="ownerships", verbose_name=_("customer")
    )
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="ownerships", verbose_name=_("vehicle"))
    home_store = models.ForeignKey(
        Dealership,
        on_delete=models.PROTECT,
        related_name="ownerships",
        verbose_name=_("home store"),
        help_text=_("plans the contacts: where it was sold, else the latest visit"),
    )
    acquired = models.CharField(_("acquired"), max_length=10, choices=Acquired.choices)
    started_on = models.DateField(_("started on"), help_text=_("delivery by us, or the first visit"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=12, choices=EndReason.choices, blank=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True, blank=True)
    facts_version = models.PositiveIntegerField(
        _("version of the facts"), default=1, help_text=_("raised by every writer of a fact")
    )

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("ownership")
        verbose_name_plural = _("ownerships")
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle"], condition=models.Q(ended_on=None), name="a_vehicle_has_one_owner_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("started_on")),
                name="an_ownership_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on=None, end_reason="")
                | (models.Q(ended_on__isnull=False) & ~models.Q(end_reason="")),
                name="an_ended_ownership_says_why",
            ),
        ]
        indexes = [models.Index(fields=["home_store", "id"], name="ownership_of_a_store")]

    def __str__(self) -> str:
        return f"{self.customer_id} · {self.vehicle_id} · {self.started_on}"

    @property
    def is_open(self) -> bool:
        return self.ended_on is None

    @property
    def bought_from_us(self) -> bool:
        return self.acquired != self.Acquired.ELSEWHERE

    @transaction.atomic
    def end(self, reason: str, *, on: date) -> None:
        """The customer no longer owns this car: sold, traded in, written off. Ending twice keeps the first."""
        closed = Ownership.objects.filter(pk=self.pk, ended_on=None).update(
            ended_on=max(on, self.started_on), end_reason=reason
        )
        if closed:
            Ownership.objects.note_new_facts([self.pk])
            self.refresh_from_db(fields=["ended_on", "end_reason", "facts_version"])

    @transaction.atomic
    def reopen(self) -> bool:
        """Undo of `end`: the customer still owns the car. False where somebody else owns it by now."""
        if Ownership.objects.filter(vehicle=self.vehicle_id, ended_on=None).exclude(pk=self.pk).exists():
            return False
        if Ownership.objects.filter(pk=self.pk).exclude(ended_on=None).update(ended_on=None, end_reason=""):
            Ownership.objects.note_new_facts([self.pk])
        self.refresh_from_db(fields=["ended_on", "end_reason", "facts_version"])
        return True
