"""Records of another system: one by its code, or a thousand in a batch, each with its own result.

The same upsert functions as the import decide what changes; here a record is read, and what became
of it is told. A record that was sent before answers `unchanged`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from dealercrm.accounts.api.fields import DealershipField
from dealercrm.accounts.api.problems import ProblemFieldSerializer, fields_of
from dealercrm.accounts.api.viewsets import ScopedViewSet
from dealercrm.accounts.models import Dealership
from dealercrm.sentences import sentence
from dealercrm.why import Why

LARGEST_BATCH = 1000
SOURCE = r"[-a-zA-Z0-9_]{1,32}"
STATUSES = ("created", "updated", "unchanged", "rejected")


class Upserted(Protocol):
    """What an upsert function says of one record."""

    @property
    def status(self) -> str: ...
    @property
    def object_id(self) -> int | None: ...
    @property
    def field(self) -> str: ...
    @property
    def reason(self) -> Why | None: ...


class ResultSerializer(serializers.Serializer[Any]):
    """What became of one record."""

    result = serializers.ChoiceField(choices=STATUSES)
    id = serializers.IntegerField(allow_null=True, help_text="Our id; null for a rejected record.")
    errors = ProblemFieldSerializer(many=True, help_text="Why it was rejected, field by field.")  # type: ignore[assignment]
    warnings = ProblemFieldSerializer(many=True, help_text="Taken, with a doubt that a person may look at.")


class BatchSerializer(serializers.Serializer[Any]):
    """What became of a batch; `results` are in the order of the records."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = ResultSerializer(many=True)


class EnvelopeSerializer(serializers.Serializer[Any]):
    """Around the records of a batch: whose they are and which system's codes they carry."""

    dealership = DealershipField()
    source = serializers.RegexField(
        rf"^{SOURCE}\Z", default="dms", help_text="Name of your system; its codes are unique in it."
    )  # type: ignore[assignment]
    records = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=LARGEST_BATCH)


def batch_request(name: str, record: type[serializers.BaseSerializer[Any]]) -> Any:
    """The schema of a batch of such records."""
    return inline_serializer(
        name,
        {
            "dealership": serializers.CharField(help_text="Code of one of your dealerships."),
            "source": serializers.CharField(
                default="dms", max_length=32, help_text="Name of your system; its codes are unique in it."
            ),
            "records": record(many=True, min_length=1, max_length=LARGEST_BATCH),  # type: ignore[call-arg]
        },
    )


def batch_example(name: str, record: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value={"dealership": "north", "source": "dms", "records": [record]}, request_only=True)


class RecordSerializer(serializers.Serializer[Any]):
    """One record as the other system sends it. Fields that it does not send blank nothing here.

    Knows `dealership` and `source` from its context; refuses fields that do not exist, so that a
    typing error is an answer and not silence.
    """

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                text = _("There is no such field; known are: %(known)s.") % {"known": ", ".join(self.fields)}
                raise ValidationError({str(name)[:60]: text for name in unknown}, code="unknown")
        return super().run_validation(data)


class PushViewSet(ScopedViewSet):
    """A viewset whose rows another system may create and update by its own codes."""

    record_serializer: ClassVar[type[RecordSerializer]]
    key_field: ClassVar[str]  # the field of a record that the address of a single one carries

    def push(
        self, dealership: Dealership, source: str, records: Sequence[dict[str, Any]], now: datetime
    ) -> Sequence[Upserted]:
        """Hand validated records to the room's upsert function; one result each, in order."""
        raise NotImplementedError

    def push_one(self, dealership_code: str, source: str, key: str, body: Any) -> Response:
        dealership = self.own_dealership(dealership_code)
        if isinstance(body, Mapping) and body.get(self.key_field, key) != key:
            raise ValidationError({self.key_field: _("The address says %(key)s.") % {"key": key}}, code="invalid")
        data = {**body, self.key_field: key} if isinstance(body, Mapping) else body
        record = self.reader(dealership, source).run_validation(data)
        (done,) = self.push(dealership, source, [record], timezone.now())
        if done.status == "rejected":
            raise ValidationError({done.field or "non_field_errors": told(done)["message"]}, code=told(done)["code"])
        return Response(result_of(done), status=201 if done.status == "created" else 200)

    def push_batch(self, request: Request) -> Response:
        envelope = EnvelopeSerializer(data=request.data, context=self.get_serializer_context())
        envelope.is_valid(raise_exception=True)
        dealership, source, sent = (envelope.validated_data[name] for name in ("dealership", "source", "records"))
        reader = self.reader(dealership, source)
        results: list[dict[str, Any] | None] = []
        records: list[dict[str, Any]] = []
        for data in sent:
            try:
                records.append(reader.run_validation(data))
                results.append(None)
            except ValidationError as error:
                errors = list(fields_of(error.get_full_details()))
                results.append({"result": "rejected", "id": None, "errors": errors, "warnings": []})
        pushed = iter(self.push(dealership, source, records, timezone.now()) if records else [])
        told_all = [result if result is not None else result_of(next(pushed)) for result in results]
        counts = {status: sum(result["result"] == status for result in told_all) for status in STATUSES}
        return Response({**counts, "results": told_all})

    def reader(self, dealership: Dealership, source: str) -> RecordSerializer:
        context = {**self.get_serializer_context(), "dealership": dealership, "source": source}
        return self.record_serializer(context=context)


def result_of(done: Upserted) -> dict[str, Any]:
    rejected = done.status == "rejected"
    doubts = [told(done)] if done.reason is not None else []
    return {
        "result": done.status,
        "id": None if rejected else done.object_id,
        "errors": doubts if rejected else [],
        "warnings": [] if rejected else doubts,
    }


def told(done: Upserted) -> dict[str, str]:
    reason = done.reason or Why("")
    return {"field": done.field, "code": reason.code, "message": sentence(reason.as_json())}
