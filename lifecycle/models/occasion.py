from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer, Purpose
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models import Ownership


class OccasionQuerySet(ScopedQuerySet["Occasion"]):
    def open(self) -> Self:
        return self.filter(status=Occasion.Status.OPEN)

    def on_offer(self, day: date) -> Self:
        """Open occasions whose window holds `day`: candidates for a contact."""
        return self.open().filter(opens_on__lte=day, closes_on__gte=day)


class Occasion(models.Model):
    """A dated reason to talk about one ownership. One row per (ownership, kind, cycle).

    `cycle` names the fact that opened it (this visit, this sale, this policy), never the computed
    date: changing an interval does not reopen what was settled. `kind` is a code of the registry
    in `lifecycle/rules/kinds.py`.
    """

    belonging = Belonging(plain=("kind", "cycle", "evidence", "why", "closed_why"), is_derived=True)

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        SERVED = "served", _("served")
        EXPIRED = "expired", _("expired")
        OBSOLETE = "obsolete", _("obsolete")

    ownership = models.ForeignKey(
        Ownership, on_delete=models.CASCADE, related_name="occasions", verbose_name=_("ownership")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="occasions", verbose_name=_("customer")
    )
    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="occasions", verbose_name=_("home store")
    )
    kind = models.CharField(_("kind"), max_length=32)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    cycle = models.CharField(_("cycle"), max_length=64)
    opens_on = models.DateField(_("opens on"))
    due_on = models.DateField(_("due on"))
    closes_on = models.DateField(_("closes on"))
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    why = models.JSONField(_("why"), default=dict)
    is_safety_work = models.BooleanField(_("is about safety works"), default=False)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.OPEN)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_why = models.JSONField(_("closed by"), default=dict, blank=True)

    objects = OccasionQuerySet.as_manager()

    class Meta:
        verbose_name = _("occasion")
        verbose_name_plural = _("occasions")
        constraints = [
            models.UniqueConstraint(fields=["ownership", "kind", "cycle"], name="an_occasion_is_opened_once_per_cycle"),
            models.CheckConstraint(
                condition=models.Q(opens_on__lte=models.F("closes_on")), name="an_occasion_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", closed_on=None)
                | (~models.Q(status="open") & models.Q(closed_on__isnull=False)),
                name="a_closed_occasion_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["dealership", "opens_on"], condition=models.Q(status="open"), name="open_occasions_of_a_store"
            ),
            models.Index(fields=["customer"], condition=models.Q(status="open"), name="open_occasions_of_a_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cycle}"
