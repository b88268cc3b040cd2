"""How values are shown. `{% load dealercrm %}`; numbers never break from their unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import phonenumbers
from django import template
from django.forms import BoundField, CheckboxInput
from django.utils import formats, timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from lucide.templatetags.lucide import _render_icon

from dealercrm import sentences

register = template.Library()
NBSP = "\u00a0"
MINUS = "\u2212"
CURRENCY_SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$", "GBP": "£", "KZT": "₸", "BYN": "Br", "UAH": "₴", "GEL": "₾"}


@register.filter
def sentence(why: Mapping[str, Any] | None) -> str:
    """A stored reason in the reader's language."""
    return sentences.sentence(why)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A lucide icon, 16 px; silent for screen readers unless it says something by itself."""
    if label:
        return SafeString(_render_icon(name, 16, **{"class": "icon", "role": "img", "aria-label": label}))
    return SafeString(_render_icon(name, 16, **{"class": "icon", "aria-hidden": "true"}))


@register.filter
def number(value: Any, places: int = 0) -> str:
    """12480 as `12 480`; nothing for nothing, and a dash for None."""
    if value is None or value == "":
        return "—"
    if isinstance(value, float | Decimal):  # number_format cuts digits off, it does not round
        value = round(Decimal(str(value)), int(places))
    text = formats.number_format(value, decimal_pos=int(places), use_l10n=True, force_grouping=True)
    return text.replace(" ", NBSP).replace("-", MINUS)


@register.filter
def signed(value: Any, places: int = 0) -> str:
    """A change: `+12`, `−3`, `0`."""
    if value is None or value == "":
        return "—"
    return ("+" if value > 0 else "") + number(value, places)


@register.filter
def percent(value: Any, places: int = 1) -> str:
    """A share of one (0.618) as `61.8%`."""
    if value is None or value == "":
        return "—"
    return number(Decimal(str(value)) * 100, places) + _("%(percent)s") % {"percent": "%"}


@register.filter
def money(value: Any, currency: Any = "") -> str:
    """`{{ order.total|money:store.currency }}`: `18 400 ₽`, with cents only where there are some."""
    if value is None or value == "":
        return "—"
    amount = Decimal(str(value))
    places = 0 if amount == amount.to_integral_value() else 2
    code = str(getattr(currency, "currency", currency) or "")
    sign = CURRENCY_SIGNS.get(code, code)
    return number(amount, places) + (f"{NBSP}{sign}" if sign else "")


@register.filter
def km(value: Any) -> str:
    return "—" if value is None or value == "" else number(value) + NBSP + _("km")


@register.filter
def phone(value: str | None) -> str:
    """An E.164 number as people read it aloud: `+7 912 345-67-89`, unbroken."""
    if not value:
        return ""
    try:
        parsed = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return text.replace(" ", NBSP).replace("-", "\u2011")


@register.filter
def day(value: date | datetime | None) -> str:
    """A date in the store's zone: `14 Mar` this year, `14 Mar 2025` otherwise."""
    if value is None:
        return "—"
    on = _local(value).date() if isinstance(value, datetime) else value
    if on.year == timezone.localdate().year:
        pattern = pgettext("day and short month as a Django date format; Russian: j b", "j M")
    else:
        pattern = pgettext("day, short month, year as a Django date format; Russian: j b Y", "j M Y")
    return formats.date_format(on, pattern).replace(" ", NBSP)


@register.filter
def month(value: date) -> str:
    """`March 2026`, and `март 2026` where the language writes months small: Django names them as for a heading."""
    named = formats.date_format(value, "F Y")
    return named.lower() if (translation.get_language() or "").startswith("ru") else named


@register.filter
def clock(value: datetime | None) -> str:
    """The hour in the store's zone: `11:30`."""
    return "—" if value is None else f"{_local(value):%H:%M}"


@register.filter
def moment(value: datetime | None) -> str:
    """`14 Mar, 11:30` in the store's zone; today only the hour."""
    if value is None:
        return "—"
    if _local(value).date() == timezone.localdate():
        return clock(value)
    return f"{day(value)},{NBSP}{clock(value)}"


@register.filter
def ago(value: date | datetime | None, now: datetime | date | None = None) -> str:
    """How long ago in one unit: `8 minutes ago`, `3 days ago`, `14 months ago`; `in 3 days` for what comes."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        at = now if isinstance(now, datetime) else timezone.now()
        gap = at - value
        if abs(gap) < timedelta(days=1):
            return _tense(_minutes(abs(gap)), past=gap >= timedelta(0))
        days = (_local(at).date() - _local(value).date()).days
    else:
        at_day = now.date() if isinstance(now, datetime) else now or timezone.localdate()
        days = (at_day - value).days
    if days == 0:
        return _("today")
    return _tense(_days(abs(days)), past=days > 0)


@register.filter
def duration(value: timedelta | None) -> str:
    """`41 s`, `3 min`, `2 h 5 min`."""
    if not isinstance(value, timedelta):
        return "—"
    seconds = int(value.total_seconds())
    if seconds < 60:
        return _("%(number)d s") % {"number": seconds}
    if seconds < 3600:
        return _("%(number)d min") % {"number": seconds // 60}
    return _("%(hours)d h %(minutes)d min") % {"hours": seconds // 3600, "minutes": seconds % 3600 // 60}


@register.simple_tag
def stage_pill(standing: Any) -> SafeString:
    """The pill of anything with `stage` and `substage` choices: one hue a stage, the substage in words."""
    if standing is None or not standing.stage:
        return format_html('<span class="pill">{}</span>', _("no stage"))
    words = standing.get_stage_display()
    if standing.substage:
        words = f"{words} · {standing.get_substage_display()}"
    return format_html('<span class="pill pill--stage-{}">{}</span>', standing.stage, words)


@register.inclusion_tag("accounts/_field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """One form field: label, input, help, errors, tied together for a screen reader."""
    return {"field": bound, "is_check": isinstance(bound.field.widget, CheckboxInput)}


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def _minutes(gap: timedelta) -> str:
    minutes = int(gap.total_seconds()) // 60
    if minutes < 1:
        return ""
    if minutes < 60:
        return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
    hours = minutes // 60
    return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}


def _days(days: int) -> str:
    if days < 60:
        return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
    if days < 730:
        months = round(days / 30.44)
        return ngettext("%(number)d month", "%(number)d months", months) % {"number": months}
    years = int(days / 365.25)
    return ngettext("%(number)d year", "%(number)d years", years) % {"number": years}


def _tense(words: str, *, past: bool) -> str:
    if not words:
        return _("just now")
    return (_("%(time)s ago") if past else _("in %(time)s")) % {"time": words}
