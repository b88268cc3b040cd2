"""How values of a customer are shown. `{% load customers %}`."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def as_value(value: Any) -> str:
    """A field as people read it: a date in the reader's notation, yes for true, a dash for nothing."""
    if value is True:
        return _("yes")
    if isinstance(value, date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    return str(value) if value else "—"
