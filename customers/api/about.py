"""Facts about a customer that another system records: whom they are about, and never twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar, cast

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.finding import find_customers
from customers.models import Customer, ExternalId
from dealercrm.accounts.api.fields import DealershipField, MomentField
from dealercrm.accounts.models import User

Row = TypeVar("Row", bound=models.Model)
CLOCK_SKEW = timedelta(minutes=5)


class PastField(MomentField):
    """A moment that has happened; left out, it is now."""

    default_error_messages = {"future": _("This moment lies in the future.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text", "When it happened; left out: now. Give it, and a repeated request changes nothing."
        )
        super().__init__(required=False, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        moment = super().to_internal_value(data)
        if moment > timezone.now() + CLOCK_SKEW:
            self.fail("future")
        return moment


class AboutCustomerSerializer(serializers.Serializer[Any]):
    """Names the customer by our id, or by a code of the store's other system."""

    default_error_messages = {
        "one_name": _("Name the customer once: by `customer` or by `customer_code`."),
        "unknown": _("There is no such customer, or no store of yours knows them."),
        "erased": _("This customer asked to be erased; nothing more is recorded about them."),
    }
    dealership = DealershipField()
    customer = serializers.IntegerField(min_value=1, required=False, help_text="Our id of the customer.")
    customer_code = serializers.CharField(max_length=64, required=False, help_text="The customer's code in `source`.")
    source = serializers.SlugField(
        max_length=32, default="dms", help_text="The system that `customer_code` belongs to."
    )  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("customer" in attrs) == ("customer_code" in attrs):
            self.refuse("customer", "one_name")
        field = "customer" if "customer" in attrs else "customer_code"
        customer = self.find(attrs)
        if customer is None:
            self.refuse(field, "unknown")
        elif customer.erased_at is not None:
            self.refuse(field, "erased")
        attrs.pop("customer_code", None)
        attrs.pop("source", None)
        return {**attrs, "customer": customer}

    def find(self, attrs: dict[str, Any]) -> Customer | None:
        if "customer" in attrs:
            return find_customers(cast(User, self.context["request"].user), [attrs["customer"]]).get(attrs["customer"])
        row = (
            ExternalId.objects.filter(
                dealership=attrs["dealership"], source=attrs["source"], code=attrs["customer_code"]
            )
            .select_related("customer")
            .first()
        )
        return row.customer.survivor() if row else None

    def refuse(self, field: str, key: str, **values: Any) -> None:
        text = str(self.error_messages[key]).format(**values)
        raise serializers.ValidationError({field: text}, code=key)


def create_once(model: type[Row], customer: Customer, same: dict[str, Any], **others: Any) -> tuple[Row, bool]:
    """The row with these values, made now where there was none; True where it is new.

    The customer's row is locked meanwhile, so that the same request sent twice at once makes one row.
    """
    with transaction.atomic():
        list(Customer.objects.select_for_update().filter(pk=customer.pk).values_list("pk"))
        found = model._default_manager.filter(customer=customer, **same).first()
        if found is not None:
            return found, False
        return model._default_manager.create(customer=customer, **same, **others), True
