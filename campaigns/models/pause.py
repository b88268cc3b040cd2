from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.task import ContactTask
from dealercrm.accounts.models import Dealership, ScopedQuerySet


class PauseQuerySet(ScopedQuerySet["Pause"]):
    def standing(self, now: datetime) -> Self:
        return self.filter(until__gt=now)


class Pause(models.Model):
    """A manager stopped one call, or all calls of a kind, until a moment: nobody takes them before it.

    A paused call stays on the list and says until when and why; its window goes on closing.
    """

    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, related_name="pauses", verbose_name=_("dealership")
    )
    task = models.ForeignKey(
        ContactTask,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="pauses",
        verbose_name=_("contact task"),
    )
    kind = models.CharField(_("kind"), max_length=32, blank=True)
    until = models.DateTimeField(_("until"))
    why = models.CharField(_("why"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    objects = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(task=None) & ~models.Q(kind="") | models.Q(task__isnull=False, kind=""),
                name="a_pause_is_of_a_call_or_of_a_kind",
            ),
            models.UniqueConstraint(fields=["task"], name="a_call_is_paused_once"),
            models.UniqueConstraint(
                fields=["dealership", "kind"], condition=~models.Q(kind=""), name="a_kind_is_paused_once_at_a_store"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind or self.task_id} until {self.until:%Y-%m-%d %H:%M}"
