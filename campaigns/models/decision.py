from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignStep
from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from lifecycle.models import Occasion


class Verdict(models.TextChoices):
    CONTACT = "contact", _("contact")
    WAIT = "wait", _("not now")
    NEVER = "never", _("not at all")


class Decision(models.Model):
    """Why this customer is contacted about this occasion, or why not: the first failing gate and all others."""

    belonging = Belonging(plain=("gate", "failed_gates", "facts", "why"), is_derived=True)

    occasion = models.ForeignKey(
        Occasion, on_delete=models.CASCADE, related_name="decisions", verbose_name=_("occasion")
    )
    step = models.ForeignKey(CampaignStep, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("step"))
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="decisions", verbose_name=_("customer")
    )
    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="decisions", verbose_name=_("dealership")
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    gate = models.CharField(_("failing gate"), max_length=24, blank=True)
    failed_gates = models.JSONField(_("all failing gates"), default=list, blank=True)
    facts = models.JSONField(_("facts used"), default=dict, blank=True)
    why = models.JSONField(_("why"), default=dict)
    eligible_on = models.DateField(_("eligible again on"), null=True, blank=True)
    decided_on = models.DateField(_("decided on"))

    objects = ScopedQuerySet["Decision"].as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["occasion", "step"], name="an_occasion_is_decided_once_per_step")
        ]
        indexes = [models.Index(fields=["dealership", "verdict", "gate"], name="decisions_of_a_store")]

    def __str__(self) -> str:
        return f"{self.occasion_id}: {self.verdict} {self.gate}"


class DecisionChange(models.Model):
    """A verdict as it became on a day. Append-only, so that "why not in March" has an answer."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="changes", verbose_name=_("decision"))
    on = models.DateField(_("on"))
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    gate = models.CharField(_("failing gate"), max_length=24, blank=True)
    why = models.JSONField(_("why"), default=dict)

    class Meta:
        verbose_name = _("change of a decision")
        verbose_name_plural = _("changes of decisions")
        ordering = ["on", "pk"]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.on}: {self.verdict}"
