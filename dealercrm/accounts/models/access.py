from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.models.scope import ScopedQuerySet


class AccessLogQuerySet(ScopedQuerySet["AccessLog"]):
    def about_customer(self, customer_id: int) -> Self:
        """Entries that opened this customer, or a list or file in which they stood."""
        listed = AccessedCustomer.objects.filter(customer_id=customer_id)
        return self.filter(
            models.Q(subject="customer", object_id=customer_id) | models.Q(pk__in=listed.values("entry_id"))
        )


class AccessLog(models.Model):
    """Who saw, searched or exported customers: the answer a leak report needs. Append-only.

    Holds ids and counts, never names or numbers. `note_customers` says who stood in a list or file.
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

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.user_id} {self.action} {self.subject}"

    def note_customers(self, ids: Iterable[int]) -> None:
        """These customers stood in what was shown. One statement for a thousand of them."""
        AccessedCustomer.objects.bulk_create(
            [AccessedCustomer(entry=self, customer_id=pk) for pk in sorted(set(ids))],
            batch_size=1000,
            ignore_conflicts=True,
        )


class AccessedCustomer(models.Model):
    """One customer of a list or file that an entry of the access log is about. A bare id: rooms above hold the rows."""

    entry = models.ForeignKey(
        AccessLog, on_delete=models.CASCADE, related_name="customers", verbose_name=_("access log entry")
    )
    customer_id = models.BigIntegerField(_("customer number"))

    class Meta:
        verbose_name = _("customer of an access")
        verbose_name_plural = _("customers of an access")
        constraints = [models.UniqueConstraint(fields=["customer_id", "entry"], name="an_access_names_a_customer_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.entry_id}"
