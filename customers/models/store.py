from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.belonging import Belonging
from dealercrm.accounts.models import Dealership, ScopedQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from customers.moving import Plan
    from dealercrm.accounts.models import User

Row = TypeVar("Row", bound=models.Model)


class OfCustomerQuerySet(models.QuerySet[Row]):
    """Rows that hang on a customer (`customer_path`): seen by whoever may see the customer."""

    customer_path = "customer_id"

    def for_user(self, user: User | AnonymousUser) -> Self:
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_dealerships:
            return self
        known = CustomerStore.objects.filter(
            customer_id=models.OuterRef(self.customer_path), dealership__in=user.dealership_ids
        )
        return self.filter(models.Exists(known))


class _KnownSince(Belonging):
    def clash(self, plan: Plan, kept: Any, gone: Any) -> None:
        """The store has known the person since it first met either card."""
        plan.set(kept, since=min(kept.since, gone.since))


class CustomerStore(models.Model):
    """This store knows that customer: by a sale, a visit or an enquiry. Decides who sees whom."""

    belonging = _KnownSince(once=("dealership",))

    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.CASCADE,
        db_index=False,  # its unique key is its index
        related_name="known_to",
        verbose_name=_("customer"),
    )
    dealership = models.ForeignKey(Dealership, on_delete=models.CASCADE, related_name="+", verbose_name=_("dealership"))
    since = models.DateTimeField(_("since"))

    objects = ScopedQuerySet["CustomerStore"].as_manager()

    class Meta:
        verbose_name = _("store of a customer")
        verbose_name_plural = _("stores of customers")
        constraints = [models.UniqueConstraint(fields=["customer", "dealership"], name="a_store_knows_a_customer_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} @ {self.dealership_id}"
