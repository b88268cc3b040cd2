from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.task import ContactTask, Outcome


class CallResultQuerySet(models.QuerySet["CallResult"]):
    def counting(self) -> Self:
        """Answers that stand: neither late nor taken back."""
        return self.filter(was_late=False, undone_at=None)


class CallResult(models.Model):
    """What an operator recorded, once per claim (task, epoch). Append-only; also keeps the note of a late result.

    `trace` is what the answer wrote, kept so that it can be taken back for half a minute (undoing.py).
    """

    task = models.ForeignKey(
        ContactTask, on_delete=models.CASCADE, related_name="results", verbose_name=_("contact task")
    )
    epoch = models.PositiveIntegerField(_("epoch"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    outcome = models.CharField(_("outcome"), max_length=24, choices=Outcome.choices)
    note = models.TextField(_("note"), blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    was_late = models.BooleanField(_("came after the lease"), default=False)
    touch = models.OneToOneField(
        "vehicles.Touch",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="call_result",
        verbose_name=_("touch"),
    )

    trace = models.JSONField(_("what it changed"), default=dict, blank=True)
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    objects = CallResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("call result")
        verbose_name_plural = _("call results")
        constraints = [
            models.UniqueConstraint(
                fields=["task", "epoch"], condition=models.Q(was_late=False), name="a_claim_is_answered_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}/{self.epoch}: {self.outcome}"
