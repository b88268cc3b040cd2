from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol, Self

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging, Rows
from customers.models import Customer, OfCustomerQuerySet
from dealercrm.accounts.models import Dealership
from dealercrm.why import Why
from vehicles.models.vehicle import Vehicle
from vehicles.rules.owning import joinable

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from customers.moving import Plan
    from dealercrm.accounts.models import User


class FactOfACustomer(Protocol):
    """A row about a customer and perhaps about one of their cars: a touch, a refusal, a complaint, an appointment."""

    customer_id: int
    ownership_id: int | None


class OwnershipQuerySet(OfCustomerQuerySet["Ownership"]):
    def open(self) -> Self:
        return self.filter(ended_on=None)

    def for_user(self, user: User | AnonymousUser) -> Self:
        """As for every row of a customer, without what a merge has joined to another ownership."""
        return super().for_user(user).standing()

    def standing(self) -> Self:
        return self.filter(absorbed_by=None)

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
        rows = self if ids is None else self.filter(pk__among=list(ids))
        cars = Ownership.objects.filter(customer_id__in=rows.order_by().values("customer_id"))
        return cars.update(facts_version=models.F("facts_version") + 1)


class _CarsOfOnePerson(Belonging):
    """Both cards had the same car, one after the other: that was one ownership all the time.

    The earlier one takes over the later one's end, visits, occasions and talk; the later one stays with the merged
    card as an empty shell, so that the merge can be undone.
    """

    def settle(self, plan: Plan, kept: Rows, gone: Rows) -> None:
        both = {row.vehicle_id for row in kept} & {row.vehicle_id for row in gone}
        joined = 0
        for vehicle_id in sorted(both):
            line = list(Ownership.objects.standing().filter(vehicle=vehicle_id).order_by("started_on", "pk"))
            while pair := next((pair for pair in pairwise(line) if self._are_one(plan, *pair)), None):
                self._join(plan, *pair)
                line.remove(pair[1])
                joined += 1
        if joined:
            plan.notes.append(Why("merge.cars_joined", {"number": joined}))

    def _are_one(self, plan: Plan, earlier: Ownership, later: Ownership) -> bool:
        owners = {earlier.customer_id, later.customer_id}
        return owners == {plan.survivor, plan.merged} and joinable(later.acquired)

    def _join(self, plan: Plan, earlier: Ownership, later: Ownership) -> None:
        ended_on, end_reason = plan.value(later, "ended_on"), plan.value(later, "end_reason")
        shell: dict[str, Any] = {"customer": plan.merged, "absorbed_by": earlier.pk}
        if ended_on is None:  # a car has one open owner: the shell ends before the other opens again
            shell |= {"ended_on": later.started_on, "end_reason": Ownership.EndReason.SOLD}
        plan.set(later, **shell)
        home = earlier.home_store_id if earlier.bought_from_us else later.home_store_id
        plan.set(earlier, ended_on=ended_on, end_reason=end_reason, home_store=home)
        plan.repoint(later, earlier)

    def movable(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return rows.filter(absorbed_by=None)


class Ownership(models.Model):
    """A customer and a vehicle for a time: what stages, occasions and contacts are about."""

    belonging = _CarsOfOnePerson()

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
    absorbed_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="absorbed",
        verbose_name=_("joined to"),
        help_text=_("after a merge: the ownership that this one was the second half of"),
    )
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
