from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models.customer import Customer
from customers.models.store import OfCustomerQuerySet
from dealercrm.accounts.models import Dealership


class Erasure(models.Model):
    """A person was erased at their own wish: who did it and when, and how many rows were emptied. Append-only."""

    belonging = Belonging(plain=("counts",), moves=False)

    customer = models.OneToOneField(
        Customer, on_delete=models.PROTECT, related_name="erasure", verbose_name=_("customer")
    )
    dealership = models.ForeignKey(Dealership, on_delete=models.PROTECT, related_name="+", verbose_name=_("dealership"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    counts = models.JSONField(_("rows"), default=dict, blank=True, help_text=_("emptied or deleted, by kind of row"))

    objects = OfCustomerQuerySet["Erasure"].as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.at:%Y-%m-%d}"
