from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models.dealership import Dealership
from dealercrm.accounts.models.scope import ScopedQuerySet


class NightAlarm(models.Model):
    """Somebody was told that a nightly job is late, has failed, or found differences: once per date and reason."""

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="night_alarms", verbose_name=_("dealership")
    )
    job = models.CharField(_("job"), max_length=32)
    on = models.DateField(_("for the night of"))
    reason = models.CharField(_("reason"), max_length=12)
    raised_at = models.DateTimeField(_("raised at"))

    objects = ScopedQuerySet["NightAlarm"].as_manager()

    class Meta:
        verbose_name = _("alarm of a night")
        verbose_name_plural = _("alarms of nights")
        constraints = [
            models.UniqueConstraint(fields=["dealership", "job", "on", "reason"], name="an_alarm_is_raised_once")
        ]

    def __str__(self) -> str:
        return f"{self.dealership_id} {self.job} {self.on}: {self.reason}"
