"""What the page that explains a car says, for programs."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from lifecycle.explaining import FIRST_DAY, LAST_DAY


class DaySerializer(serializers.Serializer[Any]):
    date = serializers.DateField(
        required=False, help_text="As of this date, from the facts known now; today where none is given."
    )

    def validate_date(self, value: datetime.date) -> datetime.date:
        if not FIRST_DAY <= value <= LAST_DAY:
            raise serializers.ValidationError(_("No car is explained that far away."))
        return value


class SaidSerializer(serializers.Serializer[Any]):
    on = serializers.DateField()
    stage = serializers.CharField(allow_blank=True)
    substage = serializers.CharField(allow_blank=True)
    why = serializers.CharField()


class WorkAheadSerializer(serializers.Serializer[Any]):
    work = serializers.CharField()
    due_on = serializers.DateField()
    km = serializers.IntegerField(allow_null=True)


class ExplainedKindSerializer(serializers.Serializer[Any]):
    """One kind of occasion: its window and state, or only the reason why there is none."""

    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=["open", "ahead", "served", "expired", "none"])
    reason = serializers.CharField(help_text="Why it stands so, in the language you accept.")
    why = serializers.CharField(required=False)
    cycle = serializers.CharField(required=False)
    opens_on = serializers.DateField(required=False)
    due_on = serializers.DateField(required=False)
    closes_on = serializers.DateField(required=False)


class PartSerializer(serializers.Serializer[Any]):
    part = serializers.CharField()
    value = serializers.CharField()
    points = serializers.IntegerField()


class HealthSerializer(serializers.Serializer[Any]):
    chance = serializers.IntegerField(allow_null=True, help_text="Of a visit within 12 months, in percent.")
    parts = PartSerializer(many=True)


class SignSerializer(serializers.Serializer[Any]):
    sign = serializers.CharField()
    points = serializers.IntegerField()


class ProbablySoldSerializer(serializers.Serializer[Any]):
    points = serializers.IntegerField()
    signs = SignSerializer(many=True)


class FactSerializer(serializers.Serializer[Any]):
    on = serializers.DateField()
    fact = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    words = serializers.CharField(allow_blank=True)


class ExplanationSerializer(serializers.Serializer[Any]):
    """A judgement of one ownership as of a day, with every reason; nothing of it is stored."""

    ownership = serializers.IntegerField()
    date = serializers.DateField()
    stage = serializers.CharField(allow_blank=True)
    substage = serializers.CharField(allow_blank=True)
    why = serializers.CharField()
    said_then = SaidSerializer(allow_null=True, help_text="What stood in the journal on that day, never recomputed.")
    evaluate_on = serializers.DateField(allow_null=True, help_text="Nothing changes before, unless a fact does.")
    forecasts = serializers.DictField()
    works = WorkAheadSerializer(many=True)
    occasions = ExplainedKindSerializer(many=True)
    health = HealthSerializer()
    probably_sold = ProbablySoldSerializer()
    facts = FactSerializer(many=True, help_text="Of other stores' facts only day and purpose.")
