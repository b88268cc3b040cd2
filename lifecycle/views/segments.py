"""Segments: the list with live counts, and the cars behind each of them."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog, Role
from lifecycle.models import Segment, Standing
from lifecycle.models.standing import StandingQuerySet
from lifecycle.segments.exporting import MOST
from lifecycle.segments.narrowing import page_by_page
from lifecycle.segments.showing import Shown, ready_made_ones, saved_ones, shown_or_404
from lifecycle.segments.words import Namer
from lifecycle.views.base import stores_shown

READERS = (Role.MANAGER, Role.ADMINISTRATOR)
PAGE = 50


def today_of(request: StoreRequest) -> date:
    return request.store.today(timezone.now())


def members_of(request: StoreRequest, shown: Shown) -> StandingQuerySet:
    """The segment's cars at the stores in view, never more than the user may see."""
    return shown.members(request.user, stores_shown(request), today_of(request))


@role_required(*READERS)
@require_GET
def segments(request: StoreRequest) -> HttpResponse:
    """Every segment of the store and of the group with its sentence; each count comes by its own request."""
    namer = Namer()
    here = Q(dealership=request.store) | Q(dealership=None)
    rows = list(Segment.objects.for_user(request.user).filter(here).select_related("dealership", "created_by"))
    return render(
        request,
        "lifecycle/segments.html",
        {
            "own": saved_ones([row for row in rows if row.archived_at is None], request.store, namer),
            "archive": [row for row in rows if row.archived_at is not None],
            "ready_made": ready_made_ones(request.store, namer),
            "shown_stores": stores_shown(request),
            **scope_of(request),
        },
    )


@role_required(*READERS)
@require_GET
def segment_count(request: StoreRequest, key: str) -> HttpResponse:
    """The number of cars in a segment now, for the list that is already on the screen."""
    shown = shown_or_404(request.user, key, request.store)
    return render(
        request,
        "lifecycle/_segment_count.html",
        {"segment": shown, "cars": members_of(request, shown).count(), **scope_of(request)},
    )


@role_required(*READERS)
@require_GET
def segment(request: StoreRequest, key: str) -> HttpResponse:
    """Who is in it today; pages go by id, so that page 200 costs what page 1 costs. Who looked is noted."""
    shown = shown_or_404(request.user, key, request.store)
    members = members_of(request, shown)
    after = request.GET.get("after", "")
    if after and not (after.isdecimal() and len(after) < 19):
        raise Http404
    counted = members.aggregate(cars=Count("pk"), customers=Count("customer_id", distinct=True))
    rows = members.filter(pk__gt=int(after)) if after else members
    page = list(with_names(rows)[: PAGE + 1])
    has_next = len(page) > PAGE
    page = page[:PAGE]
    note_seen(request, shown, page)
    query = request.GET.copy()
    query.pop("after", None)
    first = query.urlencode()
    if has_next:
        query["after"] = str(page[-1].pk)
    return render(
        request,
        "lifecycle/segment.html",
        {
            "segment": shown,
            "rows": page,
            "may_change": shown.saved is not None and shown.saved.may_be_changed_by(request.user),
            "shown_stores": stores_shown(request),
            "first": first,
            "next": query.urlencode() if has_next else "",
            "is_first": not after,
            "most": MOST,
            "is_too_long": counted["cars"] > MOST,
            **counted,
            **scope_of(request),
        },
    )


@role_required(*READERS)
@require_POST
def segment_archive(request: StoreRequest, key: str) -> HttpResponse:
    """Off the list, or with `restore` back on it. Nothing is lost."""
    shown = shown_or_404(request.user, key, request.store)
    saved = shown.saved
    if saved is None or not saved.may_be_changed_by(request.user):
        raise Http404
    is_back = "restore" in request.POST
    try:
        done = (saved.restore if is_back else saved.archive)(by=request.user, at=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("segment", key)
    if not done:
        messages.error(request, _("Somebody changed this segment a moment ago; look at it again."))
        return redirect("segment", key)
    if is_back:
        return redirect("segment", key)
    messages.success(request, _("%(name)s is in the archive; its page brings it back.") % {"name": saved.name})
    return redirect("segments")


def with_names(rows: StandingQuerySet) -> StandingQuerySet:
    """Rows as the lists show them, in the order of ids."""
    return page_by_page(rows).select_related(
        "customer", "ownership__vehicle__make", "ownership__vehicle__model__make", "dealership"
    )


def note_seen(request: StoreRequest, shown: Shown | None, rows: list[Standing]) -> None:
    """Who saw which customers of a segment: ids only, one entry a page."""
    if not rows:
        return
    entry = AccessLog.objects.create(
        user=request.user,
        dealership=request.store,
        at=timezone.now(),
        action=AccessLog.Action.VIEW,
        subject="segment",
        object_id=shown.saved.pk if shown and shown.saved else None,
        rows=len(rows),
    )
    entry.note_customers(row.customer_id for row in rows)


def scope_of(request: StoreRequest) -> dict[str, Any]:
    """Which stores are in view, for the switch and for every address that must keep to them."""
    asked = request.GET.get("stores", "")
    return {
        "is_all": asked == "all",
        "scope": f"?{urlencode({'stores': asked})}" if asked else "",
        "has_more_stores": sum(request.user.role_at(store) in READERS for store in request.stores) > 1,
    }
