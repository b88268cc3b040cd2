"""The page of a visit that was asked for: when, a file for the calendar, another time, or not at all."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.booking import offered_times
from campaigns.loading import Store
from campaigns.rules.invitation import as_icalendar
from campaigns.rules.outcomes import BadDetails
from campaigns.views.public.booking import DAYS_SHOWN, chosen_time
from campaigns.visit_letters import calendar_entry
from campaigns.visiting import call_off, move_visit
from dealercrm.accounts.links import VISIT
from dealercrm.accounts.public import at_store, public_page
from vehicles.models import VisitRequest


@public_page("GET", "HEAD")
def visit(request: HttpRequest, token: str) -> HttpResponse:
    """What we expect, in the same words for everybody who asked by plate and phone."""
    return _shown(request, token, _asked(token))


@public_page("POST")
def visit_move(request: HttpRequest, token: str) -> HttpResponse:
    """Another time; the first one is free again."""
    now, asked = timezone.now(), _asked(token)
    store = Store.load(asked.dealership, now)
    with at_store(request, asked.dealership, asked.language):
        starts_at = chosen_time(request.POST.get("starts_at", ""), store, now)
        if starts_at is None:
            return _shown(request, token, asked, error=_("Choose one of the free times."))
        try:
            move_visit(store, asked, starts_at, now=now)
        except BadDetails as taken:
            return _shown(request, token, asked, error=str(taken))
    return redirect("visit", token=token)


@public_page("POST")
def visit_cancel(request: HttpRequest, token: str) -> HttpResponse:
    """The customer will not come."""
    call_off(_asked(token), now=timezone.now())
    return redirect("visit", token=token)


@public_page("GET", "HEAD")
def visit_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The file for the customer's calendar; opened again after a change, it moves the entry."""
    now, asked = timezone.now(), _asked(token)
    at = asked.dealership
    with at_store(request, at, asked.language):
        entry = calendar_entry(asked, now=now)
    response = HttpResponse(as_icalendar(entry, now=now), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response


def _asked(token: str) -> VisitRequest:
    ids = VISIT.read(token)
    rows = VisitRequest.objects.select_related("dealership", "appointment", "appointment__ownership", "work_group")
    asked = rows.filter(pk=ids[0]).first() if ids else None
    if asked is None:
        raise Http404
    return asked


def _shown(request: HttpRequest, token: str, asked: VisitRequest, *, error: str = "") -> HttpResponse:
    now = timezone.now()
    is_ahead = not asked.is_called_off and asked.starts_at > now
    with at_store(request, asked.dealership, asked.language):
        store = Store.load(asked.dealership, now)
        context = {
            "at": asked.dealership,
            "asked": asked,
            "token": token,
            "is_ahead": is_ahead,
            "slots": offered_times(store, now, days=DAYS_SHOWN) if is_ahead else [],
            "error": error,
        }
        return render(request, "campaigns/public/visit.html", context, status=422 if error else 200)
