"""Errors that say what to mend: problem details (RFC 9457) with a path for every field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"


class ProblemFieldSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Path of the field, e.g. `phones[1]` or `lines[3].amount`; empty: all.")
    code = serializers.CharField(help_text="Stable name of the reason, for programs.")
    message = serializers.CharField(help_text="The reason and the way to mend it, in your language.")


class ProblemSerializer(serializers.Serializer[Any]):
    """What every error looks like."""

    type = serializers.CharField(help_text="Always `about:blank`: the status says the kind of the problem.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemFieldSerializer(many=True, required=False)  # type: ignore[assignment]


class Conflict(exceptions.APIException):
    """The row has moved on since the caller read it (409)."""

    status_code = 409
    default_code = "conflict"


class TooLarge(exceptions.APIException):
    """The body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE (413)."""

    status_code = 413
    default_code = "too_large"
    default_detail = gettext_lazy("Send fewer records in a batch.")


def problem_of(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: the same status, told as a problem."""
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    response = exception_handler(error, context)
    if response is None:
        return None
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title_of(response.status_code),
        "status": response.status_code,
        "detail": detail_of(error),
    }
    if isinstance(error, exceptions.ValidationError):
        body["errors"] = list(fields_of(error.get_full_details()))
    return Response(body, status=response.status_code, headers=dict(response.items()), content_type=MEDIA_TYPE)


def title_of(status: int) -> str:
    titles = {
        400: _("The request does not fit"),
        401: _("Who are you?"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Not possible here"),
        406: _("No such format"),
        409: _("Too late"),
        413: _("Too large"),
        415: _("Send JSON"),
        429: _("Too many requests"),
    }
    return titles.get(status, _("Error"))


def detail_of(error: Exception) -> str:
    if isinstance(error, exceptions.ValidationError):
        return _("Mend the fields named in `errors` and send it again.")
    if isinstance(error, Http404 | exceptions.NotFound):
        return _("There is no such row, or it belongs to a dealership that is not yours.")
    if isinstance(error, PermissionDenied):
        return str(_("Your role does not allow this."))
    return str(cast(exceptions.APIException, error).detail)


def fields_of(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested errors as a flat list of {field, code, message}."""
    if isinstance(details, dict) and set(details) == {"message", "code"} and not isinstance(details["message"], dict):
        yield {"field": path, "code": str(details["code"]), "message": str(details["message"])}
    elif isinstance(details, dict):
        for name, value in details.items():
            if name == "non_field_errors":
                yield from fields_of(value, path)
            elif isinstance(name, int) or str(name).isdigit():  # DRF 3.18 keys errors of a list by index
                yield from fields_of(value, f"{path}[{name}]")
            else:
                yield from fields_of(value, f"{path}.{name}" if path else str(name))
    elif isinstance(details, list):
        plain = all(isinstance(item, dict) and set(item) == {"message", "code"} for item in details)
        for index, item in enumerate(details):
            yield from fields_of(item, path if plain else f"{path}[{index}]")


@csrf_exempt  # it changes nothing, and a program has no cookie to prove itself with
def no_such_address(request: HttpRequest, path: str = "") -> JsonResponse:
    """An address of the API that does not exist; told as JSON, not as a page for people."""
    body = {
        "type": "about:blank",
        "title": title_of(404),
        "status": 404,
        "detail": _("There is no such address in the API; the list is at /api/docs/."),
    }
    return JsonResponse(body, status=404, content_type=MEDIA_TYPE)
