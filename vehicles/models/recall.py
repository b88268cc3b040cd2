"""The maker calls cars back: a recall and the list of VINs it is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models import Dealership, ScopedQuerySet
from vehicles.models.catalogue import Make
from vehicles.models.ownership import Ownership
from vehicles.models.vehicle import Vehicle
from vehicles.rules.recalls import codes_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from dealercrm.accounts.models import User

AT_ONCE = 500  # VINs in one statement


class RecallCampaignQuerySet(ScopedQuerySet["RecallCampaign"]):
    pass


class RecallCampaign(models.Model):
    """One recall as the maker published it. The store that entered it keeps its list; it holds for the whole group."""

    dealership = models.ForeignKey(
        Dealership, on_delete=models.PROTECT, related_name="recalls", verbose_name=_("dealership")
    )
    code = models.CharField(_("code of the maker"), max_length=40)
    make = models.ForeignKey(
        Make, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("make")
    )
    title = models.CharField(_("what is wrong"), max_length=200)
    works = models.JSONField(
        _("codes of its works"),
        default=list,
        blank=True,
        help_text=_("a repair order with one of them, or with the code of the recall, settles it"),
    )
    published_on = models.DateField(_("published on"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_list = models.JSONField(
        _("account of the last list"), default=dict, blank=True, help_text=_("what became of every line")
    )

    objects = RecallCampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("recall")
        verbose_name_plural = _("recalls")
        ordering = ["-published_on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["dealership", "code"], name="a_store_has_a_recall_once")]

    def __str__(self) -> str:
        return f"{self.code} · {self.title}"

    @property
    def codes(self) -> frozenset[str]:
        """What a line of a repair order is compared with."""
        return codes_of(self.code, self.works)


class RecallVehicleQuerySet(models.QuerySet["RecallVehicle"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Listed cars that the user may see; one nobody owns yet is seen by its list only."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_dealerships:
            return self
        return self.filter(vin__in=Vehicle.objects.for_user(user).values("vin"))

    def note_new_facts(self, vins: Iterable[str]) -> None:
        """The owners of these cars are judged again in the next night."""
        wanted = sorted(set(vins))
        for start in range(0, len(wanted), AT_ONCE):
            # Asked first: joined into the update, PostgreSQL without statistics went through all cars for each.
            owned = Ownership.objects.open().filter(vehicle__vin__in=wanted[start : start + AT_ONCE])
            Ownership.objects.note_new_facts(owned.values_list("pk", flat=True))


class RecallVehicle(models.Model):
    """One VIN of a recall's list. The car need not be known: it is found by its VIN on the day it appears."""

    campaign = models.ForeignKey(
        RecallCampaign, on_delete=models.CASCADE, related_name="cars", verbose_name=_("recall")
    )
    vin = models.CharField(_("VIN"), max_length=17)
    listed_on = models.DateField(_("listed on"))
    done_on = models.DateField(
        _("done on"), null=True, blank=True, help_text=_("a person says so; a repair order needs no mark")
    )
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("marked by"),
    )

    objects = RecallVehicleQuerySet.as_manager()

    class Meta:
        verbose_name = _("car of a recall")
        verbose_name_plural = _("cars of recalls")
        constraints = [models.UniqueConstraint(fields=["campaign", "vin"], name="a_recall_lists_a_car_once")]
        indexes = [models.Index(fields=["vin"], name="recalls_of_a_vin")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.vin}"

    @transaction.atomic
    def mark_done(self, *, on: date, by: User) -> bool:
        """Somebody knows that it was done (at another dealer, before our time). False where it was marked before."""
        marked = RecallVehicle.objects.filter(pk=self.pk, done_on=None).update(done_on=on, done_by=by)
        return self._changed(bool(marked))

    @transaction.atomic
    def unmark(self) -> bool:
        """Undo of `mark_done`."""
        unmarked = RecallVehicle.objects.filter(pk=self.pk, done_on__isnull=False).update(done_on=None, done_by=None)
        return self._changed(bool(unmarked))

    def _changed(self, is_changed: bool) -> bool:
        if is_changed:
            self.refresh_from_db(fields=["done_on", "done_by"])
            RecallVehicle.objects.note_new_facts([self.vin])
        return is_changed
