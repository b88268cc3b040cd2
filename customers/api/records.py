"""A customer as another system sends them, and phones and emails in whatever form they are typed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.models import Customer
from customers.rules.contacts import normalise_email, normalise_phone
from customers.rules.records import LENGTHS, CustomerRecord
from dealercrm.accounts.api.pushing import RecordSerializer
from dealercrm.sentences import sentence
from dealercrm.why import Why


class PhoneField(serializers.CharField):
    """Any way of writing a phone; without a country code it is read as one of the store's country."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        dealership = self.context.get("dealership")
        return _or_refuse(normalise_phone(super().to_internal_value(data), dealership.country if dealership else "RU"))


class EmailAddressField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return _or_refuse(normalise_email(super().to_internal_value(data)))


def _or_refuse(value: str | Why) -> str:
    if isinstance(value, Why):
        raise serializers.ValidationError(sentence(value.as_json()), code=value.code)
    return value


def _text(name: str, **kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LENGTHS[name], required=False, allow_blank=True, **kwargs)


class CustomerRecordSerializer(RecordSerializer):
    """A person or a company of your system. What you do not send stays as it is here."""

    code = serializers.CharField(max_length=64, required=False, help_text="The customer's code in your system.")
    kind = serializers.ChoiceField(choices=Customer.Kind.choices, required=False)
    last_name = _text("last_name")
    first_name = _text("first_name")
    middle_name = _text("middle_name")
    company_name = _text("company_name")
    inn = _text("inn", help_text="Taxpayer number of a company.")
    birth_on = serializers.DateField(required=False, allow_null=True)
    sex = serializers.ChoiceField(choices=Customer.Sex.choices, required=False, allow_blank=True)
    occupation = _text("occupation")
    family = serializers.ChoiceField(choices=Customer.Family.choices, required=False, allow_blank=True)
    city = _text("city")
    is_premium = serializers.BooleanField(required=False)
    phones = serializers.ListField(
        child=PhoneField(), required=False, max_length=10, help_text="Any notation; the first is tried first."
    )
    emails = serializers.ListField(child=EmailAddressField(), required=False, max_length=10)
    consent = serializers.BooleanField(
        required=False, help_text="true with a date allows every purpose and channel; false withdraws."
    )
    consent_on = serializers.DateField(
        required=False, allow_null=True, help_text="When they consented; without a date nothing is proved."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("consent") and not attrs.get("consent_on"):
            raise serializers.ValidationError(
                {"consent_on": _("Say when they consented; without a date there is no proof.")}, code="required"
            )
        return attrs


def customer_record(values: dict[str, Any]) -> CustomerRecord:
    fields = dict(values)
    given = frozenset(fields)
    for name in ("phones", "emails"):
        if name in fields:
            fields[name] = tuple(dict.fromkeys(fields[name]))
    return CustomerRecord(**{"code": "", **fields}, given=given)
