"""Lists about one customer are asked for by any number the customer ever had."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from customers.models import Customer

LARGEST = 2**63 - 1


@extend_schema_field(OpenApiTypes.INT64)
class CustomerFilter(django_filters.Filter):
    """`?customer=7`: rows of this customer; of whom they were merged into, where they were."""

    field_class = forms.IntegerField

    def filter(self, qs: Any, value: int | None) -> Any:
        if value is None:
            return qs
        asked = Customer.objects.filter(pk=value).first()
        survivor = asked.survivor().pk if asked else value
        return qs.filter(Q(customer=value) | Q(customer=survivor))


def customer_filter() -> CustomerFilter:
    return CustomerFilter(
        min_value=1,
        max_value=LARGEST,
        help_text=_("The customer's id. That of a merged card finds the rows of the card it was merged into."),
    )
