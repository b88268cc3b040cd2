from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, ScopedQuerySet


class Shift(models.Model):
    """How many minutes for calls an operator has on a day, where it is not what the contact policy says.

    0: not here today; their promised calls are open to the others.
    """

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="shifts", verbose_name=_("dealership")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shifts", verbose_name=_("operator")
    )
    on = models.DateField(_("on"))
    minutes = models.PositiveSmallIntegerField(_("minutes for calls"))

    objects = ScopedQuerySet["Shift"].as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.UniqueConstraint(fields=["dealership", "user", "on"], name="an_operator_has_one_shift_a_day"),
            models.CheckConstraint(condition=models.Q(minutes__lte=1440), name="a_day_has_1440_minutes"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.on}: {self.minutes}"
