from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from vehicles.models.ownership import Ownership


class FirstMonthTickQuerySet(models.QuerySet["FirstMonthTick"]):
    @transaction.atomic
    def keep(self, ownership: Ownership, items: Collection[str], *, at: datetime) -> None:
        """Exactly these are done; a tick that was set before keeps its day."""
        wanted = set(items) & set(FirstMonthTick.Item.values)
        Ownership.objects.select_for_update(of=("self",), no_key=True).filter(pk=ownership.pk).first()
        known = set(self.filter(ownership=ownership).values_list("item", flat=True))
        self.filter(ownership=ownership).exclude(item__in=wanted).delete()
        self.bulk_create([FirstMonthTick(ownership=ownership, item=item, at=at) for item in sorted(wanted - known)])


class FirstMonthTick(models.Model):
    """The owner has ticked off one thing to do in the first month with the car."""

    class Item(models.TextChoices):
        REGISTRATION = "registration", _("The car is registered, the plates are on")
        DOCUMENTS = "documents", _("Contract, service book and warranty are at hand")
        INSURANCE = "insurance", _("The insurance is valid, its end is in my calendar")
        CONTACT = "contact", _("The store's number is in my phone")
        FUNCTIONS = "functions", _("Phone, navigation and assistants are set up")
        FIRST_SERVICE = "first_service", _("I know when the first service is due")

    ownership = models.ForeignKey(
        Ownership, on_delete=models.CASCADE, related_name="first_month_ticks", verbose_name=_("ownership")
    )
    item = models.CharField(_("item"), max_length=16, choices=Item.choices)
    at = models.DateTimeField(_("at"))

    objects = FirstMonthTickQuerySet.as_manager()

    class Meta:
        verbose_name = _("tick of the first month")
        verbose_name_plural = _("ticks of the first month")
        constraints = [models.UniqueConstraint(fields=["ownership", "item"], name="a_thing_to_do_is_ticked_once")]

    def __str__(self) -> str:
        return f"{self.ownership_id}: {self.item}"
