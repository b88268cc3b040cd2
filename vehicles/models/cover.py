from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.ownership import Ownership
from vehicles.models.vehicle import Vehicle


class Cover(models.Model):
    """Something with an end that belongs to a car: insurance, warranty, service contract, finance contract."""

    class Kind(models.TextChoices):
        INSURANCE = "insurance", _("insurance")
        WARRANTY = "warranty", _("warranty")
        SERVICE_CONTRACT = "service_contract", _("service contract")
        FINANCE = "finance", _("finance contract")

    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, related_name="covers", verbose_name=_("dealership")
    )
    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="covers", verbose_name=_("vehicle"))
    ownership = models.ForeignKey(
        Ownership, on_delete=models.SET_NULL, null=True, blank=True, related_name="covers", verbose_name=_("ownership")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    product = models.CharField(_("product"), max_length=60, blank=True, help_text=_("e.g. OSAGO, KASKO"))
    number = models.CharField(_("number"), max_length=60, blank=True)
    source = models.SlugField(_("source"), max_length=32, default="dms")
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"))
    limit_km = models.PositiveIntegerField(_("limit, km"), null=True, blank=True)
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)

    objects = ScopedQuerySet["Cover"].as_manager()

    class Meta:
        verbose_name = _("cover")
        verbose_name_plural = _("covers")
        constraints = [
            models.UniqueConstraint(
                fields=["dealership", "source", "kind", "number", "vehicle"],
                name="a_cover_number_is_unique_for_a_vehicle",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_on=None) | models.Q(starts_on__lte=models.F("ends_on")),
                name="a_cover_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["vehicle", "ends_on"], name="covers_of_a_vehicle")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number} · {self.ends_on}"
