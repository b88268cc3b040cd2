"""Pages by keyset: the next page starts after the last row, so page 9,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import models
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

PAGE_SIZE = 100
LARGEST_PAGE = 500


class KeysetPagination(BasePagination):
    """`?page_size=` rows in `?ordering=`, then the address of the next page; no totals, which cost a scan.

    A view names its `ordering_fields`: columns without nulls and without personal data, because
    their last values travel in the cursor. The primary key is always the last of them, so no row
    is skipped or shown twice, however many share a date.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        self.request = request
        self.fields = ordering_of(request, view)
        size = self.page_size(request)
        rows = queryset.order_by(*(column_of(field, sign=True) for field in self.fields))
        cursor = request.query_params.get("cursor")
        if cursor:
            rows = rows.filter(after(self.fields, read_cursor(cursor, self.fields, queryset.model)))
        page = list(rows[: size + 1])
        self.last = page[size - 1] if len(page) > size else None
        return page[:size]

    def page_size(self, request: Request) -> int:
        asked = request.query_params.get("page_size", str(PAGE_SIZE))
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:6]) <= LARGEST_PAGE):
            raise ValidationError(
                {"page_size": _("Give a number from 1 to %(largest)s.") % {"largest": LARGEST_PAGE}}, code="invalid"
            )
        return int(asked)

    def get_paginated_response(self, data: Any) -> Response:
        following = None
        if self.last is not None:
            cursor = write_cursor(self.last, self.fields)
            following = replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)
        return Response({"next": following, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "Address of the next page; null on the last one.",
                },
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        choices = [sign + name for name in cast(Any, view).ordering_fields for sign in ("", "-")]
        return [
            _parameter("cursor", {"type": "string"}, "Taken from `next` of the page before."),
            _parameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE},
                f"Rows a page, at most {LARGEST_PAGE}.",
            ),
            _parameter(
                "ordering",
                {"type": "string", "enum": choices, "default": ",".join(cast(Any, view).ordering)},
                "Column to sort by; a minus sorts downwards.",
            ),
        ]


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def ordering_of(request: Request, view: Any) -> tuple[str, ...]:
    """The columns to sort by, with the primary key last in the same direction."""
    asked = request.query_params.get("ordering")
    fields: tuple[str, ...] = (asked,) if asked else view.ordering
    for field in fields:
        if field.removeprefix("-") not in view.ordering_fields:
            known = ", ".join(view.ordering_fields)
            raise ValidationError(
                {"ordering": _("Sort by one of: %(known)s; a minus before it sorts downwards.") % {"known": known}},
                code="invalid",
            )
    sign = "-" if fields[0].startswith("-") else ""
    return fields if fields[-1] in {"id", "-id"} else (*fields, f"{sign}id")


def column_of(field: str, *, sign: bool = False) -> str:
    """The model's name of an ordering field: `id` is the primary key, whatever the model calls it."""
    name = field.removeprefix("-")
    column = "pk" if name == "id" else name
    return f"-{column}" if sign and field.startswith("-") else column


def after(fields: tuple[str, ...], values: list[Any]) -> models.Q:
    """Rows after `values` in the order of `fields`: (a > x) or (a = x and b > y) or ..."""
    condition = models.Q()
    equal: dict[str, Any] = {}
    for field, value in zip(fields, values, strict=True):
        name = column_of(field)
        condition |= models.Q(**equal, **{f"{name}__{'lt' if field.startswith('-') else 'gt'}": value})
        equal[name] = value
    return condition


def write_cursor(row: Any, fields: tuple[str, ...]) -> str:
    values = [_plain(getattr(row, column_of(field))) for field in fields]
    return base64.urlsafe_b64encode(json.dumps([list(fields), values]).encode()).decode().rstrip("=")


def read_cursor(cursor: str, fields: tuple[str, ...], model: type[models.Model]) -> list[Any]:
    """The values of a cursor we wrote for this ordering; anything else is the caller's error, in words."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        written_for, values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if tuple(written_for) != fields or len(values) != len(fields):
            raise ValueError
        names = [column_of(field) for field in fields]
        columns = [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names]
        return [cast(Any, column).to_python(value) for column, value in zip(columns, values, strict=True)]
    except Exception as error:
        raise ValidationError(
            {"cursor": _("Take the cursor from `next` of the page before, with the same ordering.")}, code="invalid"
        ) from error


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
