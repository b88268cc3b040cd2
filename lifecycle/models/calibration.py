from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.rules.calibration import SHIPPED
from lifecycle.rules.calibration import Calibration as Numbers

if TYPE_CHECKING:
    from datetime import date


class CalibrationQuerySet(models.QuerySet["Calibration"]):
    def current(self) -> Calibration | None:
        """The newest calibration that was kept; None while the shipped numbers stand. One query."""
        return self.filter(is_kept=True).order_by("-version").first()

    def current_version(self) -> int:
        """Version of the numbers that stand; 0 for the shipped ones. One query."""
        return self.filter(is_kept=True).aggregate(version=models.Max("version"))["version"] or SHIPPED.version


class Calibration(models.Model):
    """What the base said about itself on a day: population-wide numbers, and how good they are.

    Group-wide, append-only. A refused one (`is_kept` false) stays, with its quality, so that people see why.
    """

    version = models.PositiveIntegerField(_("version"), unique=True)
    made_on = models.DateField(_("made on"))
    facts_from = models.DateField(_("facts from"))
    facts_to = models.DateField(_("facts to"))
    is_kept = models.BooleanField(_("is kept"), default=True)
    parameters = models.JSONField(_("parameters"), default=dict)
    quality = models.JSONField(_("quality"), default=dict, help_text=_("by part: sizes, errors, kept or refused"))

    objects = CalibrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"{self.version} · {self.made_on}"

    def numbers(self) -> Numbers:
        """The frozen dataclass that rules read."""
        return Numbers.from_json(self.version, self.parameters)

    @classmethod
    def store(
        cls,
        numbers: Numbers,
        *,
        made_on: date,
        facts_from: date,
        facts_to: date,
        quality: dict[str, object],
        kept: bool,
    ) -> Calibration:
        """Append the next version; a kept one has every ownership judged again by the nights that follow."""
        last = cls.objects.aggregate(version=models.Max("version"))["version"] or SHIPPED.version
        return cls.objects.create(
            version=last + 1,
            made_on=made_on,
            facts_from=facts_from,
            facts_to=facts_to,
            is_kept=kept,
            parameters=numbers.as_json(),
            quality=quality,
        )
