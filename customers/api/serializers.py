from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.models import ConsentEvent, ContactPoint, Customer, ExternalId, RelatedPair
from customers.relating import Around
from dealercrm.accounts.api.fields import CodeOf
from dealercrm.accounts.models import User
from dealercrm.sentences import sentence


class ContactPointSerializer(serializers.ModelSerializer[ContactPoint]):
    class Meta:
        model = ContactPoint
        fields = ["id", "kind", "value", "position", "source", "invalid_at", "invalid_reason"]


class ExternalIdSerializer(serializers.ModelSerializer[ExternalId]):
    dealership = CodeOf()

    class Meta:
        model = ExternalId
        fields = ["dealership", "source", "code"]


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """A person or a company, how to reach them, and their codes in your own systems."""

    name = serializers.CharField(read_only=True, help_text="Last, first and middle name, or the company's name.")
    contact_points = ContactPointSerializer(many=True, read_only=True)
    external_ids = serializers.SerializerMethodField(help_text="Codes in other systems of your dealerships.")
    dealerships = serializers.SerializerMethodField(help_text="Those of your dealerships that know the customer.")

    class Meta:
        model = Customer
        fields = [
            "id", "kind", "name", "last_name", "first_name", "middle_name", "company_name", "inn", "birth_on", "sex",
            "occupation", "family", "city", "time_zone", "language", "is_premium", "preferred_channel",
            "contact_points", "external_ids", "dealerships", "merged_into", "erased_at", "created_at",
        ]  # fmt: skip

    @extend_schema_field(ExternalIdSerializer(many=True))
    def get_external_ids(self, customer: Customer) -> Any:
        rows = [row for row in customer.external_ids.all() if self.is_own(row.dealership_id)]
        return ExternalIdSerializer(rows, many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_dealerships(self, customer: Customer) -> list[str]:
        return sorted(row.dealership.code for row in customer.known_to.all() if self.is_own(row.dealership_id))

    def is_own(self, dealership_id: int) -> bool:
        user = cast(User, self.context["request"].user)
        return user.sees_all_dealerships or dealership_id in user.roles_by_dealership


class AroundSerializer(serializers.Serializer[Around]):
    """Somebody who belongs to a customer, or probably does."""

    customer = serializers.IntegerField(source="customer.pk", help_text="Our id of the other customer.")
    name = serializers.CharField(source="customer.name")
    kind = serializers.ChoiceField(choices=RelatedPair.Kind.choices)
    status = serializers.ChoiceField(choices=RelatedPair.Status.choices)
    via = serializers.IntegerField(
        source="via.pk", default=None, allow_null=True, help_text="Who stands between, in a group of several."
    )
    reasons = serializers.SerializerMethodField(help_text="Why we think so: a code and a sentence.")

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_reasons(self, one: Around) -> list[dict[str, str]]:
        return [{"code": reason["code"], "text": sentence(reason)} for reason in one.reasons]


class ConsentSerializer(serializers.ModelSerializer[ConsentEvent]):
    dealership = CodeOf(allow_null=True)
    recorded_by = CodeOf("username", allow_null=True)

    class Meta:
        model = ConsentEvent
        fields = [
            "id", "customer", "purpose", "channel", "is_given", "at", "source", "text_version", "dealership",
            "recorded_by",
        ]  # fmt: skip
