from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership
from vehicles.models.ownership import Ownership
from vehicles.models.repair_order import RepairOrder
from vehicles.models.vehicle import Vehicle

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from dealercrm.accounts.models import User


class OdometerReadingQuerySet(models.QuerySet["OdometerReading"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Readings of the vehicles this user sees: a reading is a fact of the car, whoever wrote it down."""
        if user.is_authenticated and user.sees_all_dealerships:
            return self
        return self.filter(vehicle__in=Vehicle.objects.for_user(user))

    def standing(self) -> Self:
        """Without the readings of orders that were deleted in their source."""
        return self.filter(models.Q(order=None) | models.Q(order__voided_at=None))

    def suspect(self) -> Self:
        """Readings that nobody believes and nobody has looked at."""
        return self.filter(plausibility=OdometerReading.Plausibility.SUSPECT)

    def of_cars_at(self, store: Dealership) -> Self:
        """Readings of the cars that this store looks after today."""
        cars = Ownership.objects.open().filter(home_store=store, vehicle=models.OuterRef("vehicle"))
        return self.filter(models.Exists(cars))


class OdometerReading(models.Model):
    """What the odometer showed on a day. Never refused: a suspect reading is stored with its flag."""

    class Plausibility(models.TextChoices):
        PLAUSIBLE = "plausible", _("plausible")
        SUSPECT = "suspect", _("suspect")
        CONFIRMED = "confirmed", _("confirmed by a person")
        WRONG = "wrong", _("marked wrong")

    vehicle = models.ForeignKey(
        Vehicle, on_delete=models.CASCADE, db_index=False, related_name="odometer_readings", verbose_name=_("vehicle")
    )
    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("dealership")
    )
    order = models.OneToOneField(
        RepairOrder,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reading",
        verbose_name=_("repair order"),
    )
    read_on = models.DateField(_("read on"))
    km = models.PositiveIntegerField(_("km"))
    source = models.CharField(_("source"), max_length=16, default="dms", help_text=_("dms, call, form, api"))
    plausibility = models.CharField(
        _("plausibility"), max_length=10, choices=Plausibility.choices, default=Plausibility.PLAUSIBLE
    )
    note = models.JSONField(
        _("why it is suspect"), default=dict, blank=True, help_text=_("code and numbers of the sentence")
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed or marked wrong by"),
    )
    settled_at = models.DateTimeField(_("confirmed or marked wrong at"), null=True, blank=True)

    objects = OdometerReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("odometer reading")
        verbose_name_plural = _("odometer readings")
        ordering = ["read_on", "pk"]
        indexes = [
            models.Index(fields=["vehicle", "read_on"], name="readings_of_a_vehicle"),
            models.Index(fields=["read_on"], condition=models.Q(plausibility="suspect"), name="suspect_readings"),
        ]

    def __str__(self) -> str:
        return f"{self.km} km · {self.read_on}"
