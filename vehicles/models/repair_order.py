from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.catalogue import WorkGroup
from vehicles.models.ownership import Ownership
from vehicles.models.vehicle import Vehicle


class RepairOrderQuerySet(ScopedQuerySet["RepairOrder"]):
    def standing(self) -> Self:
        """Orders that count: a voided order keeps its row and id but is no visit."""
        return self.filter(voided_at=None)


class RepairOrder(models.Model):
    """One service visit as the DMS recorded it (RO). The DMS owns it: we never edit, only void."""

    # An advisor is staff; of an erased customer's visits the works stay, for statistics.
    belonging = Belonging(plain=("source", "number", "advisor", "digest"))

    class PayType(models.TextChoices):
        CUSTOMER = "customer", _("customer pays")
        WARRANTY = "warranty", _("warranty")
        INSURANCE = "insurance", _("insurance")
        INTERNAL = "internal", _("internal")

    # What begins a unique key or an index below needs no index of its own: an import writes every one of them.
    dealership = models.ForeignKey(
        Dealership,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="repair_orders",
        verbose_name=_("dealership"),
    )
    source = models.SlugField(_("source"), max_length=32, default="dms", db_index=False)
    number = models.CharField(_("number"), max_length=40)
    vehicle = models.ForeignKey(
        Vehicle, on_delete=models.PROTECT, db_index=False, related_name="repair_orders", verbose_name=_("vehicle")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="repair_orders", verbose_name=_("customer")
    )
    ownership = models.ForeignKey(
        Ownership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="repair_orders",
        verbose_name=_("ownership"),
    )
    opened_on = models.DateField(_("date"))
    pay_type = models.CharField(_("pay type"), max_length=10, choices=PayType.choices, default=PayType.CUSTOMER)
    advisor = models.CharField(_("service advisor"), max_length=80, blank=True)
    odometer_km = models.PositiveIntegerField(_("odometer, km"), null=True, blank=True)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2, null=True, blank=True)
    points_spent = models.PositiveIntegerField(
        _("points spent"),
        null=True,
        blank=True,
        help_text=_("loyalty points that paid a part of it, where the DMS says so"),
    )
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)
    digest = models.CharField(
        max_length=32,
        blank=True,
        editable=False,
        help_text=_("of the imported order and its lines; equal means unchanged"),
    )

    objects = RepairOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("repair order")
        verbose_name_plural = _("repair orders")
        constraints = [
            models.UniqueConstraint(
                fields=["dealership", "source", "number"], name="a_repair_order_number_is_unique_in_its_source"
            )
        ]
        indexes = [
            models.Index(fields=["vehicle", "opened_on"], name="visits_of_a_vehicle"),
            models.Index(fields=["ownership", "opened_on"], name="visits_of_an_ownership"),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.opened_on}"

    @transaction.atomic
    def void(self, *, at: datetime) -> bool:
        """The source deleted this order: it is no visit any more, its row and id stay. True where it counted.

        Its odometer reading goes with it, which is a fact for every owner of the car.
        """
        voided = RepairOrder.objects.filter(pk=self.pk, voided_at=None).update(voided_at=at)
        if voided:
            self.voided_at = at
            Ownership.objects.filter(vehicle__repair_orders=self.pk).note_new_facts()
        return bool(voided)

    @property
    def works(self) -> list[RepairOrderLine]:
        """Labour that was done, in the order of the paper. Needs the lines loaded, else a query."""
        return [line for line in self.lines.all() if line.kind == line.Kind.LABOUR and not line.is_declined]

    @property
    def declined_works(self) -> list[RepairOrderLine]:
        """What was recommended and not done. Needs the lines loaded, else a query."""
        return [line for line in self.lines.all() if line.is_declined]


class RepairOrderLine(models.Model):
    """A labour operation or a part of a repair order; `is_declined` marks recommended work not done."""

    class Kind(models.TextChoices):
        LABOUR = "labour", _("labour")
        PART = "part", _("part")

    # No constraint in the database for either key: decision 0084.
    order = models.ForeignKey(
        RepairOrder,
        on_delete=models.CASCADE,
        db_index=False,
        db_constraint=False,
        related_name="lines",
        verbose_name=_("repair order"),
    )
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices, default=Kind.LABOUR)
    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=200)
    work_group = models.ForeignKey(
        WorkGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("work group"),
    )
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=2, default=1)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    is_declined = models.BooleanField(_("declined"), default=False)

    class Meta:
        verbose_name = _("line of a repair order")
        verbose_name_plural = _("lines of repair orders")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="a_line_has_its_own_position")]

    def __str__(self) -> str:
        return self.name
