"""What the makers say: makes, models, work groups and maintenance schedules. Shared by the whole group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import TextChoices
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dealercrm.remembering import Remembered

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from dealercrm.accounts.models import User


class Make(models.Model):
    class PriceClass(TextChoices):
        MASS = "mass", _("mass")
        CHINESE = "chinese", _("Chinese")
        PREMIUM = "premium", _("premium")

    name = models.CharField(_("name"), max_length=60)
    key = models.CharField(max_length=60, unique=True, help_text=_("folded name that imports are matched by"))
    price_class = models.CharField(_("price class"), max_length=8, choices=PriceClass.choices, default=PriceClass.MASS)
    first_ownership_months = models.PositiveSmallIntegerField(_("median first ownership, months"), default=69)
    km_per_year = models.PositiveIntegerField(_("median mileage, km a year"), default=17500)
    warranty_months = models.PositiveSmallIntegerField(_("warranty, months"), default=36)
    warranty_km = models.PositiveIntegerField(_("warranty, km"), default=100000)
    warranty_early_days = models.PositiveSmallIntegerField(
        _("days a service may be early under warranty"), null=True, blank=True
    )
    warranty_late_days = models.PositiveSmallIntegerField(
        _("days a service may be late under warranty"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("make")
        verbose_name_plural = _("makes")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class VehicleModel(models.Model):
    make = models.ForeignKey(Make, on_delete=models.CASCADE, related_name="models", verbose_name=_("make"))
    name = models.CharField(_("name"), max_length=60)
    key = models.CharField(max_length=60)

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering = ["make__name", "name"]
        constraints = [models.UniqueConstraint(fields=["make", "key"], name="a_make_has_a_model_once")]

    def __str__(self) -> str:
        return f"{self.make} {self.name}"


_GROUPS: Remembered[dict[str, WorkGroup]] = Remembered(60)


class WorkGroup(models.Model):
    """What a labour operation is about: maintenance, oil, brakes, tyres, body ..."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name_en = models.CharField(_("English name"), max_length=80)
    name_ru = models.CharField(_("Russian name"), max_length=80)
    is_safety = models.BooleanField(
        _("is safety work"), default=False, help_text=_("brakes, steering, tyres: never held out")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("work group")
        verbose_name_plural = _("work groups")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_ru if get_language() == "ru" else self.name_en

    @classmethod
    def by_code(cls) -> dict[str, WorkGroup]:
        """All of them; kept for a minute, for every card names some. Seldom a query."""
        return _GROUPS.get("all", lambda: {group.code: group for group in cls._default_manager.all()})

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        _GROUPS.forget()


class MaintenanceScheduleQuerySet(models.QuerySet["MaintenanceSchedule"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Schedules are the whole group's: everybody who works here sees them."""
        return self if user.is_authenticated else self.none()


class MaintenanceSchedule(models.Model):
    """Which works a model needs and how often. Looked up by model, else make, else the generic one."""

    make = models.ForeignKey(
        Make, on_delete=models.CASCADE, null=True, blank=True, related_name="schedules", verbose_name=_("make")
    )
    model = models.ForeignKey(
        VehicleModel, on_delete=models.CASCADE, null=True, blank=True, related_name="schedules", verbose_name=_("model")
    )

    objects = MaintenanceScheduleQuerySet.as_manager()

    class Meta:
        verbose_name = _("maintenance schedule")
        verbose_name_plural = _("maintenance schedules")
        constraints = [
            models.UniqueConstraint(Coalesce("make_id", 0), Coalesce("model_id", 0), name="a_model_has_one_schedule"),
            models.CheckConstraint(
                condition=models.Q(model=None) | models.Q(make__isnull=False), name="a_model_schedule_names_its_make"
            ),
        ]

    def __str__(self) -> str:
        return str(self.model or self.make or _("generic"))


class ScheduledWork(models.Model):
    """One line of a schedule: this work group every so many km or months, whichever comes first."""

    schedule = models.ForeignKey(
        MaintenanceSchedule, on_delete=models.CASCADE, related_name="works", verbose_name=_("schedule")
    )
    work_group = models.ForeignKey(WorkGroup, on_delete=models.PROTECT, related_name="+", verbose_name=_("work group"))
    interval_km = models.PositiveIntegerField(_("interval, km"), null=True, blank=True)
    interval_months = models.PositiveSmallIntegerField(_("interval, months"), null=True, blank=True)
    is_maintenance = models.BooleanField(
        _("is the scheduled maintenance itself"),
        default=False,
        help_text=_("this work resets the maintenance clock; stages follow it"),
    )

    class Meta:
        verbose_name = _("scheduled work")
        verbose_name_plural = _("scheduled works")
        ordering = ["-is_maintenance", "work_group__position"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "work_group"], name="a_schedule_names_a_work_group_once"),
            models.CheckConstraint(
                condition=models.Q(interval_km__gt=0) | models.Q(interval_months__gt=0),
                name="a_scheduled_work_has_an_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule}: {self.work_group}"
