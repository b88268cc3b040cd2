from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.rules.holdout import GLOBAL
from customers.belonging import Belonging, Rows
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from dealercrm.why import Why
from lifecycle.models import Occasion

if TYPE_CHECKING:
    from customers.moving import Plan


class AssignmentQuerySet(ScopedQuerySet["Assignment"]):
    def measured(self) -> Self:
        """Those that count in a result: a merged card has left to the one that was kept, a mixed one shows nothing."""
        return self.filter(is_mixed=False, customer__merged_into=None)


class _OneDraw(Belonging):
    """Both cards were drawn: the kept card's draw stands, since the earlier day.

    Where one was contacted and the other held out, one person was both: the row is set aside for good.
    """

    def clash(self, plan: Plan, kept: Any, gone: Any) -> None:
        is_mixed = kept.is_mixed or gone.is_mixed or kept.is_held_out != gone.is_held_out
        plan.set(kept, is_mixed=is_mixed, assigned_on=min(kept.assigned_on, gone.assigned_on))

    def settle(self, plan: Plan, kept: Rows, gone: Rows) -> None:
        mixed = sum(plan.value(row, "is_mixed") and not row.is_mixed for row in kept)
        if mixed:
            plan.notes.append(Why("merge.assignments_set_aside", {"number": mixed}))


class Assignment(models.Model):
    """Where the draw put a customer for a campaign: contacted like everybody, or held out to measure it.

    Written once, at the first eligibility, by customer and not by car; never changed but by a merge. The
    campaign `global` is the control group of the whole group of dealerships: one row a customer, kept by
    the store that planned them first.
    """

    belonging = _OneDraw(plain=("campaign", "salt"), once=("reach", "campaign", "salt"))

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="assignments", verbose_name=_("dealership")
    )
    # 0 is the whole group: the database itself lets no second store draw a customer for the global group again.
    reach = models.GeneratedField(
        expression=models.Case(
            models.When(campaign=GLOBAL, then=models.Value(0)),
            default=models.F("dealership_id"),
            output_field=models.BigIntegerField(),
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name=_("store it is unique at"),
    )
    campaign = models.CharField(_("campaign"), max_length=40)
    version = models.ForeignKey(
        Campaign, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("version then")
    )
    salt = models.CharField(_("salt"), max_length=20)
    share = models.FloatField(_("share held out then"))
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="assignments", verbose_name=_("customer")
    )
    occasion = models.ForeignKey(
        Occasion, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("occasion")
    )
    is_held_out = models.BooleanField(_("is held out"))
    is_mixed = models.BooleanField(
        _("is set aside"), default=False, help_text=_("two cards of one person, one contacted and one held out")
    )
    assigned_on = models.DateField(_("assigned on"))

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["reach", "campaign", "salt", "customer"], name="a_customer_is_drawn_once_for_a_campaign"
            )
        ]
        indexes = [models.Index(fields=["dealership", "campaign", "salt", "assigned_on"], name="drawn_for_a_campaign")]

    def __str__(self) -> str:
        return f"{self.campaign}/{self.salt} {self.customer_id}: {'held out' if self.is_held_out else 'contacted'}"
