from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models import Ownership


class Stage(models.TextChoices):
    PROSPECT = "prospect", _("prospect")
    PURCHASE = "purchase", _("purchase")
    FIRST_SERVICE = "first_service", _("first service")
    RETENTION = "retention", _("retention")
    REPEAT_PURCHASE = "repeat_purchase", _("repeat purchase")
    DORMANT = "dormant", _("dormant")
    LOST = "lost", _("lost")
    ENDED = "ended", _("ended")


class Substage(models.TextChoices):
    ENQUIRY = "enquiry", _("enquiry")
    TEST_DRIVE = "test_drive", _("test drive")
    DELIVERED = "delivered", _("delivered")
    COURTESY_CALL_DUE = "courtesy_call_due", _("courtesy call due")
    ONBOARDING = "onboarding", _("onboarding")
    WAITING = "waiting", _("waiting")
    ON_SCHEDULE = "on_schedule", _("on schedule")
    DUE_SOON = "due_soon", _("due soon")
    DUE = "due", _("due")
    BOOKED = "booked", _("booked")
    OVERDUE = "overdue", _("overdue")
    THIN_ICE = "thin_ice", _("thin ice")
    WINDOW_OPEN = "window_open", _("window open")
    OFFER_MADE = "offer_made", _("offer made")
    TEST_DRIVE_BOOKED = "test_drive_booked", _("test drive booked")
    DECIDING = "deciding", _("deciding")
    QUIET = "quiet", _("quiet")
    WIN_BACK = "win_back", _("win-back under way")
    BLOCKED_BY_COMPLAINT = "blocked_by_complaint", _("blocked by a complaint")
    SILENT = "silent", _("silent")
    REFUSED = "refused", _("refused")
    TRADED_IN = "traded_in", _("traded in")
    SOLD = "sold", _("sold")
    WRITTEN_OFF = "written_off", _("written off")
    MOVED_AWAY = "moved_away", _("moved away")


class Loyalty(models.TextChoices):
    ADVOCATE = "advocate", _("advocate")
    LOYAL = "loyal", _("loyal")
    NEUTRAL = "neutral", _("neutral")
    UNHAPPY = "unhappy", _("unhappy")


class StandingQuerySet(ScopedQuerySet["Standing"]):
    def count_by_stage(self) -> dict[tuple[str, str], int]:
        """{(stage, substage): ownerships}. One query."""
        rows = self.order_by().values_list("stage", "substage").annotate(number=models.Count("pk"))
        return {(stage, substage): number for stage, substage, number in rows}

    def moved(self, from_stage: str, to_stage: str, *, since: date) -> Self:
        """Ownerships that went from one stage to another on or after a day, wherever they are now."""
        changes = StageChange.objects.filter(
            ownership_id=models.OuterRef("pk"), on__gte=since, from_stage=from_stage, to_stage=to_stage
        )
        return self.filter(models.Exists(changes))


class Standing(models.Model):
    """Where one ownership stands today: stage, forecasts, and when to look again. A cache of the facts.

    Derived by the night run and never typed in. An ownership without a row has not been judged yet.
    `evaluate_on` is the first local date on which any output can differ if no fact changes.
    """

    belonging = Belonging(plain=("why", "forecasts"), is_derived=True)

    # No foreign key checks: the night writes whole rows, each from a row that it has just read.
    ownership = models.OneToOneField(
        Ownership,
        on_delete=models.CASCADE,
        primary_key=True,
        db_constraint=False,
        related_name="standing",
        verbose_name=_("ownership"),
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="standings",
        verbose_name=_("customer"),
    )
    dealership = models.ForeignKey(
        Dealership,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="standings",
        verbose_name=_("home store"),
    )
    stage = models.CharField(
        _("stage"),
        max_length=16,
        choices=Stage.choices,
        blank=True,
        help_text=_("empty: no stage (bought elsewhere, never here)"),
    )
    substage = models.CharField(_("substage"), max_length=20, choices=Substage.choices, blank=True)
    why = models.JSONField(_("why"), default=dict)
    since = models.DateField(_("in this substage since"))
    last_visit_on = models.DateField(_("last visit"), null=True, blank=True)
    interval_days = models.PositiveIntegerField(_("forecast interval, days"), null=True, blank=True)
    due_on = models.DateField(_("next maintenance due"), null=True, blank=True)
    due_from = models.DateField(_("due window opens"), null=True, blank=True)
    due_to = models.DateField(_("due window closes"), null=True, blank=True)
    due_km = models.PositiveIntegerField(_("due at, km"), null=True, blank=True)
    km_per_year = models.PositiveIntegerField(_("forecast mileage, km a year"), null=True, blank=True)
    odometer_km = models.PositiveIntegerField(_("last good reading, km"), null=True, blank=True)
    odometer_on = models.DateField(_("last good reading on"), null=True, blank=True)
    forecasts = models.JSONField(_("forecasts"), default=dict, blank=True, help_text=_("further forecasts, by name"))
    health = models.PositiveSmallIntegerField(
        _("health"), null=True, blank=True, help_text=_("chance of a visit within 12 months, percent")
    )
    chance_soon = models.PositiveSmallIntegerField(
        _("chance of a visit soon"), null=True, blank=True, help_text=_("within 30 days, percent")
    )
    loyalty = models.CharField(_("loyalty"), max_length=8, choices=Loyalty.choices, blank=True)
    probably_sold = models.PositiveSmallIntegerField(
        _("probably sold, points"), default=0, help_text=_("0-100; above the line of the policy we ask first")
    )
    visits_24m = models.PositiveSmallIntegerField(_("visits in 24 months"), null=True, blank=True)
    rfm_r = models.PositiveSmallIntegerField(_("recency, 1-5"), null=True, blank=True)
    rfm_f = models.PositiveSmallIntegerField(_("frequency, 1-5"), null=True, blank=True)
    rfm_m = models.PositiveSmallIntegerField(
        _("margin, 1-5"), null=True, blank=True, help_text=_("fifth of the price class by margin per owned year")
    )
    value_24m = models.PositiveIntegerField(
        _("value in 24 months"), null=True, blank=True, help_text=_("expected spend, in the home store's currency")
    )
    evaluate_on = models.DateField(_("judge again on"), null=True, blank=True)
    facts_version = models.PositiveIntegerField(_("version of the facts"))
    policy_version = models.PositiveIntegerField(_("version of the policy"), default=1)
    rules_version = models.PositiveSmallIntegerField(
        _("version of the rules"), default=1, help_text=_("a release that changes rules has everything judged again")
    )
    calibration_version = models.PositiveIntegerField(
        _("version of the calibration"), default=0, help_text=_("0: the numbers that the product ships with")
    )
    judged_on = models.DateField(_("judged on"))

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        indexes = [
            models.Index(fields=["dealership", "stage", "substage"], name="standing_of_a_store"),
            models.Index(fields=["dealership", "evaluate_on"], name="standing_to_judge"),
            models.Index(fields=["customer"], name="standing_of_a_customer"),
            models.Index(fields=["dealership", "value_24m"], name="standing_by_value"),
        ]

    def __str__(self) -> str:
        return f"{self.ownership_id}: {self.stage}/{self.substage}"


class StageChangeQuerySet(ScopedQuerySet["StageChange"]):
    def moves_between_stages(self, *, since: date) -> list[tuple[str, str, int]]:
        """(from, to, ownerships) of moves from one stage to another on or after a day, most first. One query."""
        rows = (
            self.filter(on__gte=since)
            .exclude(from_stage=models.F("to_stage"))
            .exclude(from_stage="")
            .order_by()
            .values_list("from_stage", "to_stage")
            .annotate(number=models.Count("ownership_id", distinct=True))
        )
        return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


class StageChange(models.Model):
    """An ownership moved from one stage or substage to another, and why. Append-only; dashboards read these."""

    ownership = models.ForeignKey(
        Ownership, on_delete=models.CASCADE, related_name="stage_changes", verbose_name=_("ownership")
    )
    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="stage_changes", verbose_name=_("dealership")
    )
    on = models.DateField(_("on"))
    at = models.DateTimeField(_("recorded at"))
    from_stage = models.CharField(_("from stage"), max_length=16, choices=Stage.choices, blank=True)
    from_substage = models.CharField(_("from substage"), max_length=20, choices=Substage.choices, blank=True)
    to_stage = models.CharField(_("to stage"), max_length=16, choices=Stage.choices, blank=True)
    to_substage = models.CharField(_("to substage"), max_length=20, choices=Substage.choices, blank=True)
    why = models.JSONField(_("why"), default=dict)

    objects = StageChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        ordering = ["on", "pk"]
        indexes = [
            models.Index(fields=["ownership", "on"], name="stage_changes_of_an_ownership"),
            models.Index(fields=["dealership", "on"], name="stage_changes_of_a_store"),
        ]

    def __str__(self) -> str:
        return f"{self.ownership_id}: {self.from_stage} -> {self.to_stage} {self.on}"
