from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from customers.models.customer import Customer
from dealercrm.accounts.models import Dealership, ScopedQuerySet


class ExternalId(models.Model):
    """A customer's code in another system of one store.

    `source_values` keeps what that system said last, field by field: a field of ours changes only
    when the source's own value changed, so a correction made here survives the next import.
    The code of an erased customer stays: it keeps the next import from bringing the person back.
    """

    belonging = Belonging(personal=("source_values",), plain=("source", "code"))

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="external_ids", verbose_name=_("customer")
    )
    # Its unique key finds rows by store and source.
    dealership = models.ForeignKey(
        Dealership, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name=_("dealership")
    )
    source = models.SlugField(_("source"), max_length=32, default="dms", db_index=False)
    code = models.CharField(_("code"), max_length=64)
    source_values = models.JSONField(_("values of the source"), default=dict, blank=True)

    objects = ScopedQuerySet["ExternalId"].as_manager()

    class Meta:
        verbose_name = _("external id")
        verbose_name_plural = _("external ids")
        constraints = [
            models.UniqueConstraint(
                fields=["dealership", "source", "code"], name="a_code_names_one_customer_of_a_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.code}"
