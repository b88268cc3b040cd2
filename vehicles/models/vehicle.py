from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerStore
from customers.rules.names import plate_key
from vehicles.models.catalogue import Make, VehicleModel
from vehicles.rules.catalogue import car_title

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from dealercrm.accounts.models import User


class VehicleQuerySet(models.QuerySet["Vehicle"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Vehicles owned, now or before, by a customer whom one of the user's stores knows."""
        from vehicles.models.ownership import Ownership  # the two nouns of this room know each other

        if not user.is_authenticated:
            return self.none()
        if user.sees_all_dealerships:
            return self
        known = CustomerStore.objects.filter(
            customer_id=models.OuterRef("customer_id"), dealership__in=user.dealership_ids
        )
        return self.filter(
            models.Exists(Ownership.objects.filter(models.Exists(known), vehicle_id=models.OuterRef("pk")))
        )

    def with_plate(self, key: str) -> Self:
        """Cars with this plate key; the region may be left out. The range is what lets an index answer everywhere."""
        return self.filter(plate_key__range=(key, f"{key}999"), plate_key__startswith=key)


class Vehicle(models.Model):
    """One car, known by its VIN for life; plates and owners change."""

    vin = models.CharField(_("VIN"), max_length=17, unique=True)
    vin_tail = models.CharField(
        max_length=8, editable=False, blank=True, help_text=_("last eight characters, for search")
    )
    vin_note = models.CharField(
        _("note on the VIN"),
        max_length=120,
        blank=True,
        help_text=_("what looked wrong and was mended or left, e.g. typed with O for 0"),
    )
    plate = models.CharField(_("plate"), max_length=16, blank=True)
    plate_key = models.CharField(max_length=16, editable=False, blank=True)
    make = models.ForeignKey(
        Make, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("make")
    )
    model = models.ForeignKey(
        VehicleModel, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("model")
    )
    year = models.PositiveSmallIntegerField(_("year of manufacture"), null=True, blank=True)
    source_values = models.JSONField(
        _("values of the source"),
        default=dict,
        blank=True,
        help_text=_("by store and source: what was imported last, to tell a change there from one here"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = VehicleQuerySet.as_manager()

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        indexes = [
            models.Index(fields=["plate_key"], name="vehicle_plate_key"),
            models.Index(fields=["vin_tail"], name="vehicle_vin_tail"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(vin=""), name="a_vehicle_has_a_vin"),
            models.CheckConstraint(
                condition=models.Q(year=None) | models.Q(year__range=(1950, 2100)), name="a_vehicle_year_is_plausible"
            ),
        ]

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.title, self.year or "") if part)

    @property
    def title(self) -> str:
        """Make and model as people say it; the VIN where neither is known. Needs make and model loaded."""
        return car_title(self.model, self.make, self.vin)

    def refresh_keys(self) -> None:
        self.vin_tail = self.vin[-8:]
        self.plate_key = plate_key(self.plate)

    def save(self, *args: object, **kwargs: object) -> None:
        self.refresh_keys()
        super().save(*args, **kwargs)  # type: ignore[arg-type]
