from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Channel
from dealercrm.accounts.models import Dealership, ScopedQuerySet


class CampaignQuerySet(ScopedQuerySet["Campaign"]):
    def running(self) -> Self:
        return self.filter(is_active=True)


class Campaign(models.Model):
    """How a store answers kinds of occasions: a cadence of steps. The first active one by rank takes an occasion.

    A version that has run is never overwritten: a change makes the next version and retires this one.
    """

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="campaigns", verbose_name=_("dealership")
    )
    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveIntegerField(_("version"), default=1)
    name_en = models.CharField(_("English name"), max_length=120)
    name_ru = models.CharField(_("Russian name"), max_length=120)
    kinds = models.JSONField(_("kinds of occasions"), default=list)
    rank = models.PositiveSmallIntegerField(_("rank"), default=100, help_text=_("lower takes an occasion first"))
    is_active = models.BooleanField(_("is active"), default=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["rank", "code"]
        constraints = [
            models.UniqueConstraint(fields=["dealership", "code", "version"], name="a_campaign_version_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class CampaignStep(models.Model):
    """One contact of a cadence: channel, delay after the step before, and the words in both languages."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="steps", verbose_name=_("campaign"))
    position = models.PositiveSmallIntegerField(_("position"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    delay_days = models.PositiveSmallIntegerField(
        _("delay, days"), default=0, help_text=_("after the step before ended without a decision")
    )
    subject_en = models.CharField(_("English subject"), max_length=150, blank=True)
    subject_ru = models.CharField(_("Russian subject"), max_length=150, blank=True)
    text_en = models.TextField(_("English text"), blank=True, help_text=_("script of a call, or body of a message"))
    text_ru = models.TextField(_("Russian text"), blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "position"], name="a_cadence_has_one_step_at_a_position")
        ]

    def __str__(self) -> str:
        return f"{self.campaign} / {self.position} {self.channel}"
