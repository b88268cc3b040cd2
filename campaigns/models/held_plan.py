from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, ScopedQuerySet

if TYPE_CHECKING:
    from dealercrm.accounts.models import User


class HeldPlanQuerySet(ScopedQuerySet["HeldPlan"]):
    def waiting(self) -> HeldPlanQuerySet:
        return self.filter(confirmed_at=None, settled_at=None)


class HeldPlan(models.Model):
    """More contacts than a day may have without a question: nothing of it leaves until a manager confirms.

    One campaign by its code, or all of a day together (an empty code). Whoever confirms, confirms for that day.
    """

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="held_plans", verbose_name=_("dealership")
    )
    campaign_code = models.CharField(_("campaign"), max_length=40, blank=True, help_text=_("empty: all together"))
    on = models.DateField(_("on"))
    contacts = models.PositiveIntegerField(_("contacts"))
    base = models.PositiveIntegerField(_("customers of the base"))
    most = models.PositiveIntegerField(_("most without a question"))
    raised_at = models.DateTimeField(_("raised at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("confirmed by"),
    )  # fmt: skip
    settled_at = models.DateTimeField(
        _("settled at"), null=True, blank=True, help_text=_("nothing is left of it to ask about")
    )

    objects = HeldPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("held plan")
        verbose_name_plural = _("held plans")
        constraints = [
            models.UniqueConstraint(
                fields=["dealership", "campaign_code"],
                condition=Q(confirmed_at=None, settled_at=None),
                name="a_held_plan_is_asked_about_once",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="a_confirmed_plan_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dealership_id} {self.on} {self.campaign_code or 'all'}: {self.contacts}"

    @property
    def share(self) -> float:
        """Of the base."""
        return self.contacts / self.base if self.base else 1.0

    def confirm(self, *, by: User, at: datetime) -> bool:
        """A manager has seen the numbers: it may leave today. False where somebody was first."""
        waiting = HeldPlan.objects.waiting().filter(pk=self.pk)
        done = waiting.update(confirmed_at=at, confirmed_by=by, on=self.dealership.today(at))
        return bool(done)

    @classmethod
    def confirmed_for(cls, dealership: Dealership, day: date) -> set[str]:
        """Codes that may leave in any number on this day; "" for all together."""
        rows = cls.objects.filter(dealership=dealership, on=day, confirmed_at__isnull=False)
        return set(rows.values_list("campaign_code", flat=True))
