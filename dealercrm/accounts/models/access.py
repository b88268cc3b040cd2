from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models.scope import ScopedQuerySet


class AccessLog(models.Model):
    """Who saw, searched or exported customers: the answer a leak report needs. Append-only.

    Holds ids and counts, never names or numbers.
    """

    class Action(models.TextChoices):
        VIEW = "view", _("viewed a customer")
        SEARCH = "search", _("searched")
        EXPORT = "export", _("exported")
        API = "api", _("read over the API")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("user")
    )
    dealership = models.ForeignKey(
        "accounts.Dealership",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("dealership"),
    )
    at = models.DateTimeField(_("at"), db_index=True)
    action = models.CharField(_("action"), max_length=8, choices=Action.choices)
    subject = models.CharField(
        _("subject"), max_length=40, help_text=_("what was opened, e.g. customer or import rejects")
    )
    object_id = models.BigIntegerField(_("object id"), null=True, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=1)

    objects = ScopedQuerySet["AccessLog"].as_manager()

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.user_id} {self.action} {self.subject}"
