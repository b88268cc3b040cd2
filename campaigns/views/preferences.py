"""What may we write to you? The customer's own page: by topic and channel, from a phone, without a login."""

from __future__ import annotations

from typing import Any

from django.core.signing import SignatureExpired
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from campaigns.unsubscribing import OptOut, choose, choose_nothing, read_preferences_token
from customers.models import Channel, ContactPoint, Customer
from customers.rules.consent import CHANNELS
from customers.rules.preferences import TOPICS, Choice, choices
from dealercrm.accounts.limiting import caller_of, is_too_often
from dealercrm.accounts.models import Dealership

WORDS = {
    "marketing": (gettext_lazy("Offers"), gettext_lazy("Discounts, insurance, your next car.")),
    "survey": (gettext_lazy("Questions"), gettext_lazy("How was your visit?")),
    "service": (gettext_lazy("Reminders"), gettext_lazy("Maintenance that is due, your appointments.")),
    "courtesy": (gettext_lazy("Greetings"), gettext_lazy("Thanks, birthdays, help with a new car.")),
}
BY = {
    "call": gettext_lazy("phone"),
    "email": gettext_lazy("email"),
    "sms": gettext_lazy("SMS"),
    "messenger": gettext_lazy("messenger"),
}
_REACHED_BY = {
    ContactPoint.Kind.PHONE: (Channel.CALL, Channel.SMS),
    ContactPoint.Kind.EMAIL: (Channel.EMAIL,),
    ContactPoint.Kind.MESSENGER: (Channel.MESSENGER,),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Shows no name and no address: a message that was passed on tells its next reader nothing."""
    if is_too_often("preferences", caller_of(request), most=120, seconds=600):
        return render(request, "429.html", status=429)
    try:
        who = read_preferences_token(token)
    except SignatureExpired:
        return render(request, "campaigns/preferences_expired.html", status=410)
    if who is None:
        raise Http404
    person = Customer.objects.get(pk=who.customer_id).survivor()
    if person.erased_at is not None:
        raise Http404
    shown = _channels_of(person)
    changed: list[Choice] | None = None
    if request.method == "POST":
        if is_too_often("preferences-saved", token, most=30, seconds=3600):
            return render(request, "429.html", status=429)
        changed = _save(request, who, shown)
    stands = choices(person.consent_events.all())
    context = {
        "store": Dealership.objects.get(pk=who.dealership_id),
        "topics": [_topic(topic, stands, shown) for topic in TOPICS],
        "is_saved": changed is not None,
        "saved": _told(changed or []),
    }
    return render(request, "campaigns/preferences.html", context)


def _channels_of(person: Customer) -> list[str]:
    """The channels by which this customer can be reached at all; all of them where none is known."""
    kinds = set(ContactPoint.objects.usable().filter(customer=person).values_list("kind", flat=True))
    reached = {channel for kind in kinds for channel in _REACHED_BY[ContactPoint.Kind(kind)]}
    return [channel for channel in CHANNELS if channel in reached or not reached]


def _save(request: HttpRequest, who: OptOut, shown: list[str]) -> list[Choice]:
    now = timezone.now()
    if "nothing" in request.POST:
        return choose_nothing(who, now=now)
    ticked = (box.partition(".") for box in request.POST.getlist("box"))
    return choose(who, {(topic, channel) for topic, _dot, channel in ticked}, shown, now=now)


def _topic(topic: str, stands: list[Choice], shown: list[str]) -> dict[str, Any]:
    label, sentence = WORDS[topic]
    boxes = [
        {"name": f"{topic}.{one.channel}", "label": BY[one.channel], "is_allowed": one.is_allowed}
        for one in stands
        if one.topic == topic and one.channel in shown
    ]
    return {"label": label, "sentence": sentence, "boxes": boxes}


def _told(changed: list[Choice]) -> list[str]:
    """What was saved, in sentences: a topic and the channels that were opened or closed for it."""
    told = []
    for topic in TOPICS:
        for is_allowed in (True, False):
            channels = [BY[one.channel] for one in changed if one.topic == topic and one.is_allowed is is_allowed]
            if channels:
                words = _("%(topic)s: from now on by %(by)s.") if is_allowed else _("%(topic)s: no longer by %(by)s.")
                told.append(words % {"topic": WORDS[topic][0], "by": ", ".join(str(by) for by in channels)})
    return told
