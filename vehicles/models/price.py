from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.catalogue import Make, VehicleModel, WorkGroup


class WorkPriceQuerySet(ScopedQuerySet["WorkPrice"]):
    pass


class WorkPrice(models.Model):
    """What a work costs at a store, labour and parts, gross, in the store's currency, from a day on.

    For one model, else for a make, else for every car; the most specific one counts, and of those the
    latest that has begun. A price of nought is a price: the work is part of another one.
    """

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="work_prices", verbose_name=_("dealership")
    )
    work_group = models.ForeignKey(WorkGroup, on_delete=models.PROTECT, related_name="+", verbose_name=_("work group"))
    make = models.ForeignKey(
        Make, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("make")
    )
    model = models.ForeignKey(
        VehicleModel, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("model")
    )
    labour = models.DecimalField(_("labour"), max_digits=10, decimal_places=2)
    parts = models.DecimalField(_("parts"), max_digits=10, decimal_places=2, default=Decimal(0))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = WorkPriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("price of a work")
        verbose_name_plural = _("prices of works")
        ordering = ["make__name", "model__name", "work_group__position", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                models.F("dealership"),
                models.F("work_group"),
                Coalesce("make_id", 0),
                Coalesce("model_id", 0),
                models.F("valid_from"),
                name="a_work_has_one_price_from_a_day_on",
            ),
            models.CheckConstraint(
                condition=models.Q(model=None) | models.Q(make__isnull=False), name="a_model_price_names_its_make"
            ),
            models.CheckConstraint(
                condition=models.Q(labour__gte=0) & models.Q(parts__gte=0), name="a_price_is_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                name="a_price_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_group_id} · {self.amount}"

    @property
    def amount(self) -> Decimal:
        return self.labour + self.parts
