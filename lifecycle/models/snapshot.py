from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, ScopedQuerySet
from lifecycle.models.standing import Stage, Substage


class StageCountQuerySet(ScopedQuerySet["StageCount"]):
    def as_of(self, day: date) -> dict[tuple[str, str], int]:
        """{(stage, substage): ownerships} by each store's last snapshot on or before a day; empty before any."""
        last = self.model.objects.filter(dealership=models.OuterRef("dealership"), on__lte=day).order_by("-on")
        rows = (
            self.filter(on=models.Subquery(last.values("on")[:1]))
            .order_by()
            .values_list("stage", "substage")
            .annotate(number=models.Sum("ownerships"))
        )
        return {(stage, substage): number for stage, substage, number in rows}


class StageCount(models.Model):
    """How many ownerships stood where on a day: written by each night, read by the movement figures."""

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="stage_counts", verbose_name=_("dealership")
    )
    on = models.DateField(_("on"))
    stage = models.CharField(_("stage"), max_length=16, choices=Stage.choices, blank=True)
    substage = models.CharField(_("substage"), max_length=20, choices=Substage.choices, blank=True)
    # Of the stage prospect these are people: they own nothing.
    ownerships = models.PositiveIntegerField(_("ownerships"))

    objects = StageCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage count")
        verbose_name_plural = _("stage counts")
        constraints = [
            models.UniqueConstraint(
                fields=["dealership", "on", "stage", "substage"], name="a_stage_is_counted_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.stage}/{self.substage}: {self.ownerships}"
