from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When background work last drew breath; an old one means that nights and mail stand still.

    One row per name, about no store and no person.
    """

    name = models.CharField(_("name"), max_length=32, primary_key=True)
    at = models.DateTimeField(_("at"))

    SILENCE = timedelta(minutes=2)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def strike(cls, name: str, *, at: datetime) -> None:
        cls.objects.update_or_create(name=name, defaults={"at": at})

    @classmethod
    def is_silent(cls, name: str, *, now: datetime) -> bool:
        """True where nothing was heard for two minutes (eight missed beats). One query."""
        return not cls.objects.filter(name=name, at__gt=now - cls.SILENCE).exists()

    @classmethod
    def silent_since(cls, name: str, *, now: datetime) -> datetime | None:
        """The last breath where there was one and it is old; None where all is well or nothing ever ran. One query."""
        last = cls.objects.filter(name=name).values_list("at", flat=True).first()
        return last if last is not None and last <= now - cls.SILENCE else None
