from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.rules.verdicts import EARNS, LOSES, NOT_ENOUGH, Result
from dealercrm.accounts.models import Dealership, ScopedQuerySet


class CampaignVerdict(models.Model):
    """What a campaign earned, said once on its planned day and never changed. Append-only.

    `figures` as they stood on that day (rules/verdicts.py), money in `currency`. Visits that were imported
    later change nothing: the next verdict has a day of its own.
    """

    class Word(models.TextChoices):
        EARNS = EARNS, _("earns")
        LOSES = LOSES, _("loses")
        NOT_ENOUGH = NOT_ENOUGH, _("not enough data")

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="campaign_verdicts", verbose_name=_("dealership")
    )
    campaign = models.CharField(_("campaign"), max_length=40)
    salt = models.CharField(_("salt"), max_length=20)
    planned_on = models.DateField(_("planned day"))
    written_at = models.DateTimeField(_("written at"))
    word = models.CharField(_("verdict"), max_length=12, choices=Word.choices)
    figures = models.JSONField(_("figures"))
    currency = models.CharField(_("currency"), max_length=3)
    horizon_days = models.PositiveSmallIntegerField(_("horizon, days"))
    rules_version = models.PositiveSmallIntegerField(_("version of the rules"))
    kinds = models.JSONField(_("kinds of occasions"), default=list)

    objects = ScopedQuerySet["CampaignVerdict"].as_manager()

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        ordering = ["-planned_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dealership", "campaign", "salt", "planned_on"], name="a_planned_day_has_one_verdict"
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.planned_on}: {self.word}"

    @property
    def result(self) -> Result:
        return Result.from_json(self.figures)
