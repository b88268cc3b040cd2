from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models.customer import Customer
from dealercrm.accounts.models import Dealership

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from dealercrm.accounts.models import User


class MergeQuerySet(models.QuerySet["Merge"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Merges of customers whom one of the user's stores knows."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_dealerships:
            return self
        return self.filter(survivor__in=Customer.objects.for_user(user).values("pk"))

    def standing(self) -> Self:
        return self.filter(undone_at=None)


class Merge(models.Model):
    """One card became part of another. The journal that the undo reads: every value before and after, in order."""

    belonging = Belonging(
        personal=("steps", "created"), plain=("moved", "notes", "last_ids", "undone_notes"), moves=False
    )

    survivor = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="merges", verbose_name=_("who was kept")
    )
    merged = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="merges_away", verbose_name=_("who was merged")
    )
    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", verbose_name=_("dealership"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    steps = models.JSONField(_("changes"), default=list)
    created = models.JSONField(_("rows added"), default=list, blank=True)
    moved = models.JSONField(_("rows moved"), default=dict, blank=True, help_text=_("number by kind of row"))
    notes = models.JSONField(_("notes"), default=list, blank=True)
    last_ids = models.JSONField(
        _("last ids"), default=dict, blank=True, help_text=_("by kind of row; later ones came after the merge")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("undone by"),
    )
    undone_notes = models.JSONField(_("what could not be undone"), default=list, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at=None), name="a_customer_is_merged_away_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=~models.Q(survivor=models.F("merged")), name="nobody_is_merged_into_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} -> {self.survivor_id}"
