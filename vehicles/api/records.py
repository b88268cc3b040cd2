"""Cars, visits, covers and appointments as another system sends them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from dealercrm.accounts.api.fields import MomentField
from dealercrm.accounts.api.pushing import RecordSerializer
from vehicles.booking import AppointmentRecord
from vehicles.models import Appointment, Cover, Ownership, RepairOrder, RepairOrderLine, WorkGroup
from vehicles.rules.records import CoverRecord, OrderLine, OrderRecord, VehicleRecord
from vehicles.rules.rows import MOST_POINTS
from vehicles.rules.vin import canonical_vin

MOST_KM = 9_999_999
VIN_HELP = "VIN in any letter case; O, I and Q are read as 0, 1 and 0."


class VinField(serializers.CharField):
    default_error_messages = {"vin": _("{text} cannot be a VIN.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, help_text=VIN_HELP, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        found = canonical_vin(super().to_internal_value(data))
        if found is None:
            self.fail("vin", text=str(data)[:40])
        return found


class WorkGroupField(serializers.CharField):
    """Code of one of our work groups; loaded once, however many lines a batch has."""

    default_error_messages = {"unknown": _("There is no work group {code}; known are: {known}.")}

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        context = cast("dict[str, Any]", self.context)
        if "work_groups" not in context:
            context["work_groups"] = dict(WorkGroup.objects.values_list("code", "pk"))
        if code and code not in context["work_groups"]:
            self.fail("unknown", code=code, known=", ".join(context["work_groups"]))
        return code


def money(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=12, decimal_places=2, required=False, allow_null=True, **kwargs)


def text(length: int, **kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=length, required=False, allow_blank=True, **kwargs)


class VehicleRecordSerializer(RecordSerializer):
    """A car and, with `customer_code`, its owner. What you do not send stays as it is here."""

    vin = VinField(required=False)
    plate = text(16)
    make = text(60)
    model = text(60)
    year = serializers.IntegerField(min_value=1950, max_value=2100, required=False, allow_null=True)
    customer_code = text(64, help_text="Your code of the customer who owns it.")
    sold_on = serializers.DateField(
        required=False, allow_null=True, help_text="Our sale; without it ownership begins with the first visit."
    )
    acquired = serializers.ChoiceField(
        choices=[choice for choice in Ownership.Acquired.choices if choice[0] != Ownership.Acquired.ELSEWHERE],
        required=False,
    )
    price = money(min_value=0)


def vehicle_record(values: dict[str, Any]) -> VehicleRecord:
    fields = dict(values)
    given = frozenset(fields)
    vin = fields.pop("vin", None)
    return VehicleRecord(vin=vin.vin if vin else "", vin_note=vin.typed if vin else "", **fields, given=given)


class LineRecordSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=RepairOrderLine.Kind.choices, default=RepairOrderLine.Kind.LABOUR)
    code = text(40, default="")
    work_group = WorkGroupField(max_length=32, required=False, allow_blank=True, default="")
    quantity = serializers.DecimalField(max_digits=10, decimal_places=2, default=Decimal(1))
    amount = money(default=None)
    is_declined = serializers.BooleanField(default=False, help_text="Recommended at the visit and not done.")


class OrderRecordSerializer(RecordSerializer):
    """A repair order with its lines. Sent again with another content it replaces the first."""

    number = serializers.CharField(max_length=40, required=False)
    opened_on = serializers.DateField()
    vin = VinField()
    customer_code = serializers.CharField(max_length=64, help_text="Your code of the customer who brought the car.")
    odometer_km = serializers.IntegerField(min_value=0, max_value=MOST_KM, required=False, allow_null=True)
    pay_type = serializers.ChoiceField(choices=RepairOrder.PayType.choices, default=RepairOrder.PayType.CUSTOMER)
    advisor = text(80)
    total = money()
    points_spent = serializers.IntegerField(
        min_value=0, max_value=MOST_POINTS, required=False, allow_null=True,
        help_text="Loyalty points that paid a part of it.",
    )  # fmt: skip
    lines = serializers.ListField(
        child=LineRecordSerializer(), required=False, max_length=500, help_text="Left out: the lines stay."
    )


def order_record(values: dict[str, Any]) -> OrderRecord:
    fields = {"number": "", **values, "vin": values["vin"].vin}
    if "lines" in fields:
        fields["lines"] = tuple(OrderLine(**line) for line in fields["lines"])
    return OrderRecord(**fields)


class CoverRecordSerializer(RecordSerializer):
    """An insurance policy, warranty, service or finance contract of a car."""

    number = text(60)
    vin = VinField()
    kind = serializers.ChoiceField(choices=Cover.Kind.choices)
    product = text(60, help_text="E.g. OSAGO, KASKO.")
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField()
    limit_km = serializers.IntegerField(min_value=0, max_value=MOST_KM, required=False, allow_null=True)


def cover_record(values: dict[str, Any]) -> CoverRecord:
    return CoverRecord(**{**values, "vin": values["vin"].vin})


class AppointmentRecordSerializer(RecordSerializer):
    """The customer is expected. Name them by our id or by your code; the car by its VIN."""

    code = serializers.CharField(max_length=64, required=False, help_text="The appointment's code in your system.")
    customer = serializers.IntegerField(min_value=1, required=False, help_text="Our id of the customer.")
    customer_code = serializers.CharField(max_length=64, required=False, help_text="Your code of the customer.")
    vin = VinField(required=False, allow_null=True)
    purpose = serializers.ChoiceField(choices=Appointment.Purpose.choices, required=False)
    starts_at = MomentField()
    minutes = serializers.IntegerField(min_value=5, max_value=1440, required=False)
    work_group = WorkGroupField(max_length=32, required=False, allow_blank=True)
    note = text(300)
    status = serializers.ChoiceField(choices=Appointment.Status.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("customer" in attrs) == ("customer_code" in attrs):
            raise serializers.ValidationError(
                {"customer": _("Name the customer once: by `customer` or by `customer_code`.")}, code="required"
            )
        return attrs


def appointment_record(values: dict[str, Any]) -> AppointmentRecord:
    fields = {"code": "", **values}
    vin = fields.pop("vin", None)
    return AppointmentRecord(**fields, vin=vin.vin if vin else "", given=frozenset(values))
