"""Working the call list over REST: the next call with everything the card shows, and its result."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.api.tasks import ContactTaskSerializer
from campaigns.models import CallResult, ContactTask, Outcome
from customers.api.serializers import ContactPointSerializer
from customers.models import Customer
from dealercrm.accounts.api.fields import DealershipField, MomentField
from vehicles.models import Appointment, Refusal, Vehicle


class CalledCustomerSerializer(serializers.ModelSerializer[Customer]):
    spoken_name = serializers.CharField(help_text="How to address them: first name and patronymic.")
    contact_points = serializers.SerializerMethodField(help_text="Those that work, in the order to try them.")

    class Meta:
        model = Customer
        fields = ["id", "name", "spoken_name", "contact_points"]

    @extend_schema_field(ContactPointSerializer(many=True))
    def get_contact_points(self, customer: Customer) -> Any:
        return ContactPointSerializer(customer.contact_points.filter(invalid_at=None), many=True).data


class CalledVehicleSerializer(serializers.ModelSerializer[Vehicle]):
    title = serializers.CharField(help_text="Make and model.")

    class Meta:
        model = Vehicle
        fields = ["id", "title", "year", "plate", "vin"]


class CallSerializer(ContactTaskSerializer):
    """A taken call: keep `epoch` and send it with the result; the call is yours until `lease_until`."""

    customer = CalledCustomerSerializer()
    vehicle = serializers.SerializerMethodField()

    class Meta(ContactTaskSerializer.Meta):
        fields = [*ContactTaskSerializer.Meta.fields, "vehicle"]

    @extend_schema_field(CalledVehicleSerializer(allow_null=True))
    def get_vehicle(self, task: ContactTask) -> Any:
        return CalledVehicleSerializer(task.ownership.vehicle).data if task.ownership else None


class ClaimSerializer(serializers.Serializer[Any]):
    dealership = DealershipField()
    task = serializers.IntegerField(
        min_value=1, required=False, help_text="This very call; left out: the next one by order."
    )


class EpochSerializer(serializers.Serializer[Any]):
    epoch = serializers.IntegerField(min_value=0, max_value=2_000_000_000, help_text="As the claim gave it.")


class ReferredSerializer(serializers.Serializer[Any]):
    """Whom a customer recommended us to."""

    name = serializers.CharField(max_length=100)
    phone = serializers.CharField(max_length=40, help_text="In any form that can be dialled.")


class DetailsSerializer(serializers.Serializer[Any]):
    """What an outcome needs or may have beside the note."""

    offer = serializers.IntegerField(
        min_value=1, required=False, help_text="The offer in view at the end: booked takes it, refused refuses it."
    )
    offers_shown = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=20, required=False, help_text="Those that were told."
    )
    offers_refused = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=20, required=False, help_text="Refused on the way."
    )
    referral = ReferredSerializer(
        required=False, help_text="Whom the customer recommended us to; the result names it by its id."
    )
    starts_at = MomentField(required=False, help_text="booked: when the customer comes.")
    minutes = serializers.IntegerField(min_value=5, max_value=1440, required=False, help_text="booked")
    purpose = serializers.ChoiceField(choices=Appointment.Purpose.choices, required=False, help_text="booked")
    work_group = serializers.CharField(max_length=32, required=False, help_text="booked: code of a work group.")
    note = serializers.CharField(max_length=300, required=False, help_text="booked: for the workshop.")
    at = MomentField(required=False, help_text="callback: the hour the customer asked for.")
    reason = serializers.ChoiceField(
        choices=Refusal.Reason.choices, required=False, help_text="refused, done_elsewhere"
    )
    until = serializers.DateField(required=False, help_text="refused")
    all_cars = serializers.BooleanField(required=False, help_text="refused: for every car, not this one alone.")
    all_topics = serializers.BooleanField(required=False, help_text="refused: every topic.")
    contact_point = serializers.IntegerField(
        min_value=1, required=False, help_text="wrong_number: the one that was dialled."
    )
    on = serializers.DateField(required=False, help_text="sold, done_elsewhere")
    where = serializers.CharField(max_length=120, required=False, help_text="done_elsewhere")
    text = serializers.CharField(max_length=5000, required=False, help_text="complaint: what happened.")
    city = serializers.CharField(max_length=80, required=False, help_text="moved")
    is_away = serializers.BooleanField(required=False, help_text="moved: out of our reach.")
    of = serializers.IntegerField(min_value=1, required=False, help_text="duplicate: id of the other customer.")


class ResultRecordSerializer(EpochSerializer):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    note = serializers.CharField(max_length=5000, allow_blank=True, default="")
    details = DetailsSerializer(required=False)


class CallResultSerializer(serializers.ModelSerializer[CallResult]):
    by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    details = serializers.DictField(read_only=True, help_text="What followed: the appointment, the next dial ...")

    class Meta:
        model = CallResult
        fields = ["id", "task", "epoch", "by", "at", "outcome", "note", "details"]
