from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models.scope import ScopedQuerySet

if TYPE_CHECKING:
    from dealercrm.accounts.models.user import User


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(
            _("%(value)s is not a time zone; use a name like Europe/Moscow."), params={"value": value}
        )


class DealershipQuerySet(ScopedQuerySet["Dealership"]):
    scope_path = "pk"

    def active(self) -> DealershipQuerySet:
        return self.filter(is_active=True)


class Dealership(models.Model):
    """One store (rooftop) of the dealer group. Orders, appointments, tasks and policy belong to it."""

    code = models.SlugField(_("code"), max_length=32, unique=True, help_text=_("short name for imports and the API"))
    name = models.CharField(_("name"), max_length=120)
    city = models.CharField(_("city"), max_length=80, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Moscow", validators=[validate_time_zone]
    )
    currency = models.CharField(_("currency"), max_length=3, default="RUB")
    country = models.CharField(
        _("country"),
        max_length=2,
        default="RU",
        help_text=_("ISO code; decides how phones without a country code are read and which days are holidays"),
    )
    is_active = models.BooleanField(_("is active"), default=True)

    objects = DealershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("dealership")
        verbose_name_plural = _("dealerships")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def operators(self) -> models.QuerySet[User]:
        """Who works the call list here, by name: nobody whose account is closed."""
        from dealercrm.accounts.models.user import Role, User  # the nouns of this room know each other

        people = User.objects.filter(is_active=True, memberships__dealership=self, memberships__role=Role.OPERATOR)
        return people.order_by("first_name", "last_name", "username")

    def today(self, now: datetime) -> date:
        """The date on this store's wall calendar at `now` (aware)."""
        return now.astimezone(self.zone).date()
