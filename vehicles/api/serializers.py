from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dealercrm.accounts.api.fields import CodeOf, OwnStoreOnly, WhyField
from vehicles.models import (
    Appointment,
    Complaint,
    Cover,
    Feedback,
    OdometerReading,
    Ownership,
    Refusal,
    RepairOrder,
    RepairOrderLine,
    Review,
    Touch,
    Vehicle,
    VoiceNote,
)

CODES = serializers.ListField(child=serializers.ChoiceField(choices=VoiceNote.Code.choices))


class VehicleSerializer(serializers.ModelSerializer[Vehicle]):
    make = CodeOf("name", allow_null=True)
    model = CodeOf("name", allow_null=True)

    class Meta:
        model = Vehicle
        fields = ["id", "vin", "vin_note", "plate", "make", "model", "year", "created_at"]


class OwnershipSerializer(OwnStoreOnly):
    """A customer and a vehicle for a time. The price of a car sold by another store is null."""

    home_store = CodeOf()
    own_store_only = ("price",)
    store_field = "home_store_id"

    class Meta:
        model = Ownership
        fields = [
            "id", "customer", "vehicle", "home_store", "acquired", "started_on", "ended_on", "end_reason", "price",
        ]  # fmt: skip


class LineSerializer(serializers.ModelSerializer[RepairOrderLine]):
    work_group = CodeOf(allow_null=True)

    class Meta:
        model = RepairOrderLine
        fields = ["position", "kind", "code", "name", "work_group", "quantity", "amount", "is_declined"]


class RepairOrderSerializer(serializers.ModelSerializer[RepairOrder]):
    dealership = CodeOf()
    lines = LineSerializer(many=True, read_only=True)

    class Meta:
        model = RepairOrder
        fields = [
            "id", "dealership", "source", "number", "vehicle", "customer", "ownership", "opened_on", "pay_type",
            "advisor", "odometer_km", "total", "points_spent", "voided_at", "lines",
        ]  # fmt: skip


class OdometerReadingSerializer(OwnStoreOnly):
    dealership = CodeOf()
    note = WhyField()
    own_store_only = ("dealership", "order", "source")

    class Meta:
        model = OdometerReading
        fields = ["id", "vehicle", "dealership", "order", "read_on", "km", "source", "plausibility", "note"]


class CoverSerializer(serializers.ModelSerializer[Cover]):
    dealership = CodeOf()

    class Meta:
        model = Cover
        fields = [
            "id", "dealership", "source", "kind", "product", "number", "vehicle", "ownership", "starts_on", "ends_on",
            "limit_km", "voided_at",
        ]  # fmt: skip


class AppointmentSerializer(serializers.ModelSerializer[Appointment]):
    dealership = CodeOf()
    work_group = CodeOf(allow_null=True)
    booked_by = CodeOf("username", allow_null=True)

    class Meta:
        model = Appointment
        fields = [
            "id", "dealership", "source", "external_code", "customer", "ownership", "purpose", "starts_at", "minutes",
            "work_group", "note", "proposal", "status", "booked_by", "created_at",
        ]  # fmt: skip


class TouchSerializer(OwnStoreOnly):
    """One contact. Of a touch by another store you see date and purpose; the rest is null."""

    dealership = CodeOf(allow_null=True)
    by = CodeOf("username", allow_null=True)
    own_store_only = ("dealership", "channel", "direction", "topic", "outcome", "was_reached", "note", "by", "cost")

    class Meta:
        model = Touch
        fields = [
            "id", "customer", "ownership", "dealership", "at", "channel", "direction", "purpose", "topic", "outcome",
            "was_reached", "note", "by", "cost",
        ]  # fmt: skip


class CodesField(serializers.Field[Any, Any, Any, Any]):
    """What the words were about: codes of the closed list. Needs `codes` loaded."""

    def __init__(self) -> None:
        super().__init__(read_only=True, source="*")

    def to_representation(self, value: Any) -> list[str]:
        return sorted(note.code for note in value.codes.all() if note.withdrawn_at is None)


class ComplaintSerializer(serializers.ModelSerializer[Complaint]):
    codes = extend_schema_field(CODES)(CodesField)()
    dealership = CodeOf()
    owner = CodeOf("username", allow_null=True)

    class Meta:
        model = Complaint
        fields = [
            "id", "dealership", "customer", "ownership", "opened_at", "text", "source", "owner", "due_on",
            "resolved_at", "solution", "confirmed_at", "codes",
        ]  # fmt: skip


class FeedbackSerializer(serializers.ModelSerializer[Feedback]):
    """An answer after a visit; `complaint` is the one it opened, where the customer would not recommend us."""

    codes = extend_schema_field(CODES)(CodesField)()

    dealership = CodeOf()
    by = CodeOf("username", allow_null=True)

    class Meta:
        model = Feedback
        fields = [
            "id", "dealership", "customer", "ownership", "order", "at", "score", "comment", "channel", "by",
            "complaint", "changed_at", "codes",
        ]  # fmt: skip


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """What somebody wrote in public; `complaint` is the one it opened, at three stars or fewer."""

    codes = extend_schema_field(CODES)(CodesField)()
    dealership = CodeOf()
    by = CodeOf("username", allow_null=True)

    class Meta:
        model = Review
        fields = [
            "id", "dealership", "customer", "site", "author", "stars", "text", "url", "at", "by", "complaint", "codes",
        ]  # fmt: skip


class RefusalSerializer(OwnStoreOnly):
    """Do not talk about this, for this car, until then. Another store's refusal shows topic and dates."""

    dealership = CodeOf(allow_null=True)
    by = CodeOf("username", allow_null=True)
    own_store_only = ("dealership", "reason", "by", "note")

    class Meta:
        model = Refusal
        fields = ["id", "customer", "ownership", "dealership", "topic", "reason", "until", "at", "by", "note"]
