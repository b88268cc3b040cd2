from __future__ import annotations

from typing import Any, cast

import django_filters
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from customers.api.records import CustomerRecordSerializer, customer_record
from customers.api.serializers import AroundSerializer, CustomerSerializer
from customers.finding import find_customers
from customers.models import Customer, ExternalId
from customers.models.customer import CustomerQuerySet
from customers.relating import people_around
from customers.rules.contacts import normalise_phone
from customers.upserting import upsert_customers
from dealercrm.accounts.api.filters import dealership_filter, own_dealerships
from dealercrm.accounts.api.pushing import (
    SOURCE,
    BatchSerializer,
    PushViewSet,
    ResultSerializer,
    batch_example,
    batch_request,
)
from dealercrm.accounts.api.viewsets import ListMixin, RetrieveMixin
from dealercrm.accounts.models import Dealership
from dealercrm.sentences import sentence
from dealercrm.why import Why

MOST_FOUND = 50


class CustomerFilter(django_filters.FilterSet):
    dealership = dealership_filter("known_to__dealership")
    kind = django_filters.ChoiceFilter(choices=Customer.Kind.choices)
    is_premium = django_filters.BooleanFilter()
    created_from = django_filters.DateFilter("created_at", lookup_expr="date__gte")
    is_living = django_filters.BooleanFilter(
        method="living", help_text="true: neither merged into another nor erased; false: only those."
    )

    class Meta:
        model = Customer
        fields: list[str] = []

    def living(self, rows: Any, name: str, value: bool) -> Any:
        return rows.living() if value else rows.exclude(merged_into=None, erased_at=None)


class PhoneSerializer(serializers.Serializer[Any]):
    phone = serializers.CharField(max_length=60, help_text="In any notation: 8 912 345-67-89, +79123456789 ...")


class FoundSerializer(serializers.Serializer[Any]):
    phone = serializers.CharField(help_text="The number in E.164, as it was understood.")
    results = CustomerSerializer(many=True)


IVANOV = {
    "last_name": "Ivanov",
    "first_name": "Alexey",
    "phones": ["8 912 345-67-89"],
    "emails": ["ivanov@example.com"],
    "city": "Kazan",
    "consent": True,
    "consent_on": "2026-03-01",
}


@extend_schema_view(
    list=extend_schema(summary="Customers of your dealerships"),
    retrieve=extend_schema(
        summary="One customer",
        description="The id of a customer who was merged into another answers with the other, "
        "and names the address in `Content-Location`.",
    ),
)
class CustomerViewSet(ListMixin, RetrieveMixin, PushViewSet):
    model = Customer
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    record_serializer = CustomerRecordSerializer
    key_field = "code"
    ordering_fields = ("id", "created_at")
    shows_people = True
    reading_actions = frozenset({"lookup"})

    def loaded(self, rows: Any) -> Any:
        return rows.prefetch_related("contact_points", "external_ids__dealership", "known_to__dealership")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = int(kwargs["pk"])
        found = find_customers(self.user, [asked]).get(asked)
        if found is None:
            raise NotFound
        self.kwargs = {"pk": found.pk}
        response = super().retrieve(request, *args, **kwargs)
        if found.pk != asked:
            response["Content-Location"] = self.reverse_action("detail", args=[found.pk])
        return response

    @extend_schema(
        summary="People and companies around a customer",
        description="Households, a company and who speaks for it, companies that belong together. `confirmed` was "
        "said by a person, `suggested` was found by us; each with its reasons. A merged id means who was kept.",
        responses=AroundSerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def related(self, request: Request, pk: str) -> Response:
        found = find_customers(self.user, [int(pk)]).get(int(pk))
        if found is None or not found.is_living:
            raise NotFound
        around = people_around(found, self.user)
        self.note_reading(len(around))
        return Response([AroundSerializer(one).data for one in around])

    @extend_schema(
        methods=["GET"],
        summary="Who calls? Customers by phone",
        description="For a telephone system that shows who is calling. We write this address to no log of ours; "
        "a proxy in between might, so prefer the POST form.",
        parameters=[
            OpenApiParameter(
                "phone",
                str,
                required=True,
                description="In any notation.",
                examples=[OpenApiExample("as people write it", value="8 912 345-67-89")],
            )
        ],
        responses=FoundSerializer,
        filters=False,
    )
    @extend_schema(
        methods=["POST"],
        summary="Who calls? Customers by phone, with the number in the body",
        request=PhoneSerializer,
        responses=FoundSerializer,
        examples=[OpenApiExample("as people write it", value={"phone": "8 912 345-67-89"}, request_only=True)],
    )
    @action(detail=False, methods=["get", "post"], pagination_class=None)
    def lookup(self, request: Request) -> Response:
        typed = request.data if request.method == "POST" else request.query_params
        form = PhoneSerializer(data=typed)
        form.is_valid(raise_exception=True)
        store = own_dealerships(request).first()
        # A plus sign in an address that nobody escaped arrives as a space.
        written = form.validated_data["phone"]
        if request.method == "GET" and request.GET.get("phone", "").startswith(" "):
            written = f"+{written}"
        number = normalise_phone(written, store.country if store else "RU")
        if isinstance(number, Why):
            raise ValidationError({"phone": sentence(number.as_json())}, code=number.code)
        rows = cast(CustomerQuerySet, self.get_queryset()).living().reached_at(number).order_by("pk")[:MOST_FOUND]
        body = {"phone": number, "results": self.get_serializer(rows, many=True).data}
        self.note_reading(len(body["results"]))
        return Response(body)

    @extend_schema(methods=["GET"], summary="One customer by your code", responses=CustomerSerializer, filters=False)
    @extend_schema(
        methods=["PUT"],
        summary="Create or update a customer by your code",
        description="Sent again, it answers `unchanged`. A field changes here only when your value of it changed: "
        "what was corrected here since survives. What you leave out stays.",
        request=CustomerRecordSerializer,
        responses={200: ResultSerializer, 201: ResultSerializer},
        examples=[OpenApiExample("a person", value=IVANOV, request_only=True)],
    )
    @action(
        detail=False,
        methods=["get", "put"],
        pagination_class=None,
        url_path=rf"by-code/(?P<dealership>{SOURCE})/(?P<source>{SOURCE})/(?P<code>[^/\x00]{{1,64}})",
    )
    def by_code(self, request: Request, dealership: str, source: str, code: str) -> Response:
        if request.method == "PUT":
            return self.push_one(dealership, source, code, request.data)
        store = self.own_dealership(dealership, to_write=False)
        known = ExternalId.objects.filter(dealership=store, source=source, code=code).first()
        if known is None:
            raise NotFound
        return self.retrieve(request, pk=known.customer_id)

    @extend_schema(
        summary="Create or update up to 1,000 customers by your codes",
        description="Each record has its own result; a rejected one does not hold up the others.",
        request=batch_request("CustomerBatch", CustomerRecordSerializer),
        responses=BatchSerializer,
        examples=[batch_example("one person", {"code": "K-17", **IVANOV})],
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def batch(self, request: Request) -> Response:
        return self.push_batch(request)

    def push(self, dealership: Dealership, source: str, records: Any, now: Any) -> Any:
        return upsert_customers(dealership, source, [customer_record(values) for values in records], now=now)
