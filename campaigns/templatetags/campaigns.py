"""How calls are shown. `{% load campaigns %}`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.answering import told
from campaigns.models import CallResult, Campaign, ContactTask, Contest
from campaigns.narrowing import Part
from campaigns.ordering import why_there
from campaigns.rules.dialling import dialling
from campaigns.rules.outcomes import UNDO_FOR
from campaigns.sentences import gate_label
from dealercrm.accounts.models import User
from dealercrm.accounts.templatetags.dealercrm import day, money, number, percent
from dealercrm.sentences import sentence
from lifecycle.rules.kinds import KINDS
from lifecycle.sentences import kind_label, work_group_name

register = template.Library()


@register.filter
def kind(code: str) -> str:
    """A kind of occasion in words."""
    return kind_label(code)


@register.filter
def listed(names: list[str], room: int) -> str:
    """Names in a row as far as there is room for `room` letters, each whole, and how many are left out: `oil +2`."""
    shown: list[str] = []
    for name in names:
        if shown and len(", ".join([*shown, name])) > room:
            break
        shown.append(name)
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" +{rest}" if rest else "")


@register.filter
def gate(code: str) -> str:
    return gate_label(code)


LACKING = {
    "phone": gettext_lazy("a phone"),
    "email": gettext_lazy("an email address"),
    "messenger": gettext_lazy("a messenger"),
    "consent": gettext_lazy("a word about consent"),
}


@register.filter
def lacking_name(code: str) -> str:
    """A field whose want kept a contact from being made."""
    return str(LACKING[code])


@register.filter
def of_decision(contests: dict[int, Contest], pk: int) -> Contest | None:
    """What was last said against a decision."""
    return contests.get(pk)


register.filter(told)

STATES: dict[str, tuple[str, Promise]] = {
    "running": ("pill--good", gettext_lazy("runs")),
    "waiting": ("pill--accent", gettext_lazy("waits for its day")),
    "draft": ("", gettext_lazy("draft")),
    "stopped": ("pill--warn", gettext_lazy("stopped")),
    "replaced": ("", gettext_lazy("replaced")),
}


@register.simple_tag
def campaign_state(state: str, campaign: Campaign) -> SafeString:
    """The pill of a version: whether it answers anything, and from when."""
    look, words = STATES[state]
    said = _("from %(on)s") % {"on": day(campaign.starts_on)} if state == "waiting" else words
    return format_html('<span class="pill {}">{}</span>', look, said)


@register.simple_tag
def seconds_left(result: CallResult, now: datetime) -> int:
    """How long an answer may still be taken back."""
    return max(int((result.at + UNDO_FOR - now).total_seconds()), 0)


@register.simple_tag
def why_now(call: ContactTask) -> str:
    """The reason of a call as one sentence, with its kind before it where the sentence is not known."""
    return sentence(call.why) or kind_label(call.kind)


@register.simple_tag
def why_here(call: ContactTask) -> str:
    """Why it stands elsewhere than by its value; empty where it does not."""
    return " ".join(sentence(why.as_json()) for why in why_there(call))


@register.simple_tag
def last_day(call: ContactTask) -> str:
    """The last day on which this call makes sense: its window closes at midnight. A complaint waits for its answer."""
    if call.kind in KINDS and not KINDS[call.kind].has_last_day:
        return "—"
    return day(call.closes_at - timedelta(minutes=1))


@register.simple_tag
def part_link(part: Part, **other: Any) -> str:
    """The list with one of its filters changed."""
    return part.but(**other)


@register.simple_tag
def dial(number: str, template: str) -> str:
    """The address that dials a number."""
    return dialling(template, number)


@register.simple_tag
def share(part: int, whole: int) -> str:
    return percent(part / whole, 0) if whole else "—"


@register.filter
def in_a_list(value: Any) -> list[Any]:
    """One row where a table wants several."""
    return [value]


@register.filter
def iso(value: Any) -> str:
    """A moment for a form field: minutes, in the zone it carries."""
    return f"{value:%Y-%m-%dT%H:%M}"


@register.filter
def work_group(code: str) -> str:
    """A work group in words."""
    return work_group_name(code)


@register.simple_tag
def staff_number(
    value: Any, what: str, month: date, operator: User | None = None, *, advisor: str = "", reason: str = ""
) -> SafeString:
    """A number of the monthly sheet with the way to the rows behind it; a nought has none."""
    shown = money(value) if what == "margin" else number(value)
    if not value:
        return format_html('<span class="muted">{}</span>', shown)
    asked: dict[str, Any] = {"month": f"{month:%Y-%m}"}
    asked |= {"operator": operator.pk} if operator else {}
    asked |= {"advisor": advisor} if advisor else {}
    asked |= {"reason": reason} if reason else {}
    return format_html('<a href="{}?{}">{}</a>', reverse("staff-rows", args=[what]), urlencode(asked), shown)
