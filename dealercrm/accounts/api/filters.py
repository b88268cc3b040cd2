"""Filters that refuse what they do not know: a typing error is an answer, not a longer list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.db import models
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError

from dealercrm.accounts.models import Dealership

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

OF_EVERY_LIST = frozenset({"cursor", "page_size", "ordering"})


class StrictFilterBackend(DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: models.QuerySet[Any], view: APIView) -> Any:
        filterset = self.get_filterset_class(view, queryset)
        known = OF_EVERY_LIST | set(filterset.base_filters if filterset else ())
        unknown = sorted(set(request.query_params) - known)
        if unknown and getattr(view, "action", "") == "list":
            text = _("There is no such filter; known are: %(known)s.") % {"known": ", ".join(sorted(known))}
            raise ValidationError(dict.fromkeys(unknown, text), code="unknown")
        return super().filter_queryset(request, queryset, view)


def own_dealerships(request: Request | None) -> models.QuerySet[Dealership]:
    if request is None:
        return Dealership.objects.none()
    return Dealership.objects.for_user(request.user)


def dealership_filter(field_name: str = "dealership") -> django_filters.ModelChoiceFilter:
    """`?dealership=north`: by code, among your own stores."""
    return django_filters.ModelChoiceFilter(
        field_name=field_name,
        to_field_name="code",
        queryset=own_dealerships,
        help_text="Code of one of your dealerships.",
    )
