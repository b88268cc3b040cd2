"""The customers of the room below, with what this room knows of each: their points."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.api import customers
from customers.api.serializers import CustomerSerializer
from customers.models import Customer
from dealercrm.accounts.api.fields import CodeOf
from vehicles.models import LoyaltyAccount


class PointsSerializer(serializers.ModelSerializer[LoyaltyAccount]):
    dealership = CodeOf()

    class Meta:
        model = LoyaltyAccount
        fields = ["dealership", "balance", "expiring", "expires_on"]


class CustomerWithPointsSerializer(CustomerSerializer):
    """A customer with the balances at your dealerships whose loyalty programme is on."""

    loyalty = serializers.SerializerMethodField(help_text="Points at those of your dealerships with a programme.")

    class Meta(CustomerSerializer.Meta):
        fields = [*CustomerSerializer.Meta.fields, "loyalty"]

    @extend_schema_field(PointsSerializer(many=True))
    def get_loyalty(self, customer: Customer) -> Any:
        rows = [row for row in customer.loyalty_accounts.all() if self.is_own(row.dealership_id)]
        return PointsSerializer(rows, many=True).data


class CustomerViewSet(customers.CustomerViewSet):
    serializer_class = CustomerWithPointsSerializer

    def loaded(self, rows: Any) -> Any:
        accounts = LoyaltyAccount.objects.running().members().select_related("dealership").order_by("dealership_id")
        return super().loaded(rows).prefetch_related(Prefetch("loyalty_accounts", queryset=accounts))
