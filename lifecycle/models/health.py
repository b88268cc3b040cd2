from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models import Ownership


class HealthMonthQuerySet(models.QuerySet["HealthMonth"]):
    def of(self, ownership_id: int, *, today: date, months: int, now: int | None) -> list[tuple[date, int | None]]:
        """(first day, health at the end) of so many months up to the current one, which stands at `now`. One query.

        A month without a row ended as the next row, or today, says.
        """
        rows = dict(self.filter(ownership_id=ownership_id).order_by("month").values_list("month", "health"))
        found: list[tuple[date, int | None]] = [(today.replace(day=1), now)]
        for _number in range(months - 1):
            month = first_of_last_month(found[-1][0])
            found.append((month, rows.get(month, found[-1][1])))
        return found[::-1]


class HealthMonth(models.Model):
    """Health as it stood at the end of a month: written by the first judgement after it that changes the standing.

    Append-only. Before the first judgement of an ownership there is none.
    """

    ownership = models.ForeignKey(
        Ownership, on_delete=models.CASCADE, related_name="health_months", verbose_name=_("ownership")
    )
    month = models.DateField(_("month"), help_text=_("its first day"))
    health = models.PositiveSmallIntegerField(_("health"), null=True, blank=True)
    bands = models.JSONField(
        _("bands"), default=list, blank=True, help_text=_("of the scorecard then, so that new points can score it too")
    )

    objects = HealthMonthQuerySet.as_manager()

    class Meta:
        verbose_name = _("health of a month")
        verbose_name_plural = _("health by month")
        constraints = [models.UniqueConstraint(fields=["ownership", "month"], name="health_is_kept_once_a_month")]

    def __str__(self) -> str:
        return f"{self.ownership_id} {self.month}: {self.health}"


class HealthAlert(models.Model):
    """The health of a customer fell by more than the policy lets pass since the end of the last month."""

    belonging = Belonging(is_derived=True)

    ownership = models.ForeignKey(
        Ownership, on_delete=models.CASCADE, related_name="health_alerts", verbose_name=_("ownership")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="health_alerts", verbose_name=_("customer")
    )
    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="health_alerts", verbose_name=_("dealership")
    )
    on = models.DateField(_("on"))
    month = models.DateField(_("month"), help_text=_("its first day"))
    was = models.PositiveSmallIntegerField(_("health before"))
    now = models.PositiveSmallIntegerField(_("health after"))

    objects = ScopedQuerySet["HealthAlert"].as_manager()

    class Meta:
        verbose_name = _("health alert")
        verbose_name_plural = _("health alerts")
        ordering = ["-on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["ownership", "month"], name="health_alarms_once_a_month")]
        indexes = [models.Index(fields=["dealership", "on"], name="health_alerts_of_a_store")]

    def __str__(self) -> str:
        return f"{self.ownership_id} {self.on}: {self.was} -> {self.now}"


def first_of_last_month(day: date) -> date:
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)
