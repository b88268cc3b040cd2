from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from dealercrm.accounts.api.viewsets import ReadViewSet
from dealercrm.accounts.models import Dealership


class DealershipSerializer(serializers.ModelSerializer[Dealership]):
    class Meta:
        model = Dealership
        fields = ["id", "code", "name", "city", "time_zone", "currency", "country", "is_active"]


@extend_schema_view(
    list=extend_schema(summary="Your dealerships", description="The stores your login works at, with their codes."),
    retrieve=extend_schema(summary="One dealership"),
)
class DealershipViewSet(ReadViewSet):
    model = Dealership
    serializer_class = DealershipSerializer
    ordering_fields = ("id", "code")
