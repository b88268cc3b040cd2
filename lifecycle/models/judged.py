from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership


class Versions(NamedTuple):
    """By which policy of a store, which rules and which calibration something was judged."""

    policy: int
    rules: int
    calibration: int


class JudgedBaseQuerySet(models.QuerySet["JudgedBase"]):
    def versions_of(self, store_id: int) -> Versions | None:
        """What everybody of a store stands judged by; None while that cannot be said. One query."""
        row = self.filter(pk=store_id).values_list("policy_version", "rules_version", "calibration_version").first()
        return None if row is None else Versions(*row)

    def settle(self, store_id: int, versions: Versions) -> None:
        """Everybody of this store has been judged by these. One query where that is known already."""
        if self.versions_of(store_id) == versions:
            return
        names = ("policy_version", "rules_version", "calibration_version")
        self.update_or_create(pk=store_id, defaults=dict(zip(names, versions, strict=True)))

    def unsettle(self, store_id: int) -> None:
        """A run judges by others: until it is through, each standing speaks for itself."""
        self.filter(pk=store_id).delete()


class JudgedBase(models.Model):
    """By which numbers everybody of a store stands judged, written when a run has judged them all.

    A new policy changes little for most cars. Their standings keep the versions that last changed them, and this
    row says once that they hold by the newer ones too.
    """

    dealership = models.OneToOneField(
        Dealership,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="judged_base",
        verbose_name=_("dealership"),
    )
    policy_version = models.PositiveIntegerField(_("version of the policy"))
    rules_version = models.PositiveSmallIntegerField(_("version of the rules"))
    calibration_version = models.PositiveIntegerField(_("version of the calibration"))

    objects = JudgedBaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("judged base")
        verbose_name_plural = _("judged bases")

    @property
    def versions(self) -> Versions:
        return Versions(self.policy_version, self.rules_version, self.calibration_version)

    def __str__(self) -> str:
        return f"{self.dealership_id}: {self.policy_version}/{self.rules_version}/{self.calibration_version}"
