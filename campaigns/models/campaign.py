from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from customers.models import Channel
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from dealercrm.why import Why
from lifecycle.models import Segment
from lifecycle.rules.kinds import KINDS, HeldOut

if TYPE_CHECKING:
    from campaigns.stopping import Stopped
    from dealercrm.accounts.models import User


class NotReadyError(Exception):
    """A campaign that cannot be started as it stands; `why` is the sentence for the manager."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.code)
        self.why = why


class CampaignQuerySet(ScopedQuerySet["Campaign"]):
    def running(self) -> Self:
        return self.filter(is_active=True)

    def that_ran(self) -> Self:
        """Versions that decided about somebody or put something on a list: they are never changed again."""
        return self.filter(Q(steps__decisions__isnull=False) | Q(steps__contact_tasks__isnull=False)).distinct()


ANNOUNCEMENT = "announcement"


class Campaign(models.Model):
    """How a store answers kinds of occasions: a cadence of steps. The first active one by rank takes an occasion.

    A version that runs or has run is never overwritten: a change makes the next version, which takes over
    when it is started. A version that never ran is a draft and is changed in place.
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
    segment = models.ForeignKey(
        Segment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="campaigns",
        verbose_name=_("segment"),
        help_text=_("only these ownerships; empty: all"),
    )
    goal_en = models.CharField(_("English goal of the contact"), max_length=200, blank=True)
    goal_ru = models.CharField(_("Russian goal of the contact"), max_length=200, blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    verdict_on = models.DateField(_("planned day of the verdict"), null=True, blank=True)
    holdout_share = models.FloatField(
        _("share held out"), default=0.1, help_text=_("0 to 0.5; never applied where a contact is owed")
    )
    salt = models.CharField(
        _("salt"), max_length=20, default="v1", help_text=_("draws who is held out; survives versions")
    )
    minutes_a_day = models.PositiveIntegerField(
        _("operator minutes a day"), null=True, blank=True, help_text=_("empty: no limit of its own")
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["rank", "code"]
        constraints = [
            models.UniqueConstraint(fields=["dealership", "code", "version"], name="a_campaign_version_is_unique"),
            models.CheckConstraint(
                condition=models.Q(holdout_share__gte=0, holdout_share__lte=0.5),
                name="at_most_half_of_a_campaign_is_held_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return self.name_ru if (get_language() or "").startswith("ru") else self.name_en

    @property
    def goal(self) -> str:
        return self.goal_ru if (get_language() or "").startswith("ru") else self.goal_en

    @property
    def is_announcement(self) -> bool:
        """It answers no occasion: it opens one of its own for everybody in its segment, once, from its day on."""
        return ANNOUNCEMENT in self.kinds

    @property
    def may_hold_out(self) -> bool:
        """Whether any of its kinds may be kept back from somebody, to see what the contact earns."""
        return any(KINDS[kind].held_out is not HeldOut.NEVER for kind in self.kinds if kind in KINDS)

    @property
    def is_frozen(self) -> bool:
        """It runs or has run: a change makes the next version. One query."""
        return self.is_active or Campaign.objects.that_ran().filter(pk=self.pk).exists()

    def has_begun(self, today: date) -> bool:
        return self.starts_on is None or self.starts_on <= today

    @transaction.atomic
    def start(self, *, by: User, at: datetime) -> None:
        """From now on (or from its first day) it answers its occasions; an older version keeps only what it began.

        NotReadyError where it could reach nobody. An older version goes on until the first day of this one.
        """
        today = self.dealership.today(at)
        if why := self.not_ready(today):
            raise NotReadyError(why)
        versions = Campaign.objects.select_for_update().filter(dealership=self.dealership, code=self.code)
        older = [row.pk for row in versions if row.version < self.version and row.is_active]
        if self.is_announcement and self.starts_on is None:
            self.starts_on = today
        if self.has_begun(today):
            Campaign.objects.filter(pk__in=older).update(is_active=False)
        # A later draft that was started for a day to come gives way to whom the manager starts now.
        Campaign.objects.filter(pk__in=[row.pk for row in versions if row.version > self.version]).update(
            is_active=False
        )
        self.is_active = True
        self.save(update_fields=["is_active", "starts_on"])
        self.note(CampaignChange.What.STARTED, by=by, at=at)

    def stop(self, *, by: User, at: datetime) -> Stopped:
        """No version of it answers anything any more, and what nobody has in hand leaves the list; how much did."""
        from campaigns.stopping import take_off

        with transaction.atomic():
            versions = Campaign.objects.select_for_update().filter(dealership=self.dealership, code=self.code)
            Campaign.objects.filter(pk__in=[row.pk for row in versions]).update(is_active=False)
            self.is_active = False
            self.note(CampaignChange.What.STOPPED, by=by, at=at)
        return take_off(self, at=at)

    def not_ready(self, today: date) -> Why | None:
        """Why it cannot be started, where it cannot."""
        if not self.kinds:
            return Why("campaign.answers_nothing")
        if not self.steps.exists():
            return Why("campaign.has_no_step")
        if self.segment is not None and not self.segment.is_readable:
            return Why("campaign.segment_gone", {"segment": self.segment.name})
        if self.is_announcement and self.starts_on is not None and self.starts_on < today:
            return Why("campaign.day_is_past", {"on": self.starts_on})
        return None

    def note(self, what: str, *, by: User | None, at: datetime, details: Iterable[dict[str, Any]] = ()) -> None:
        self.changes.create(what=what, by=by, at=at, details=list(details))


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


class CampaignChange(models.Model):
    """Who changed what of a campaign, and when. Append-only."""

    class What(models.TextChoices):
        MADE = "made", _("made")
        CHANGED = "changed", _("changed")
        STARTED = "started", _("started")
        STOPPED = "stopped", _("stopped")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="changes", verbose_name=_("campaign"))
    what = models.CharField(_("what"), max_length=10, choices=What.choices)
    details = models.JSONField(_("fields before and after"), default=list, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("changed by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of a campaign")
        verbose_name_plural = _("changes of campaigns")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.what}"
