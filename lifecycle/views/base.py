"""Base by stage: who stands where, what moved, and the list behind every number."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.health import nights_of
from dealercrm.accounts.models import Dealership, Role
from lifecycle.models import Stage, Standing, Substage
from lifecycle.nights import JOB
from lifecycle.prospects import in_substage, prospects, with_news
from lifecycle.summary import PERIODS, moves, summary_of

PAGE = 50
READERS = (Role.MANAGER, Role.ADMINISTRATOR)


def stores_shown(request: StoreRequest) -> list[Dealership]:
    """The active store, or with `?stores=all` every store at which the user reads the base, or `?stores=CODE` one."""
    asked = request.GET.get("stores", "")
    if not asked:
        return [request.store]
    mine = [store for store in request.stores if request.user.role_at(store) in READERS]
    found = mine if asked == "all" else [store for store in mine if store.code == asked]
    if not found:
        raise Http404
    return found


def _today(request: StoreRequest) -> date:
    return request.store.today(timezone.now())


@role_required(*READERS)
def base(request: StoreRequest) -> HttpResponse:
    stores = stores_shown(request)
    return render(
        request,
        "lifecycle/base.html",
        {
            "shown": stores,
            "is_all": request.GET.get("stores") == "all",
            "has_more_stores": sum(request.user.role_at(store) in READERS for store in request.stores) > 1,
            "summary": summary_of(stores, _today(request)),
        },
    )


@role_required(*READERS)
def base_moves(request: StoreRequest) -> HttpResponse:
    """The panel of moves between stages since last week or month."""
    period = _period(request)
    found = moves(stores_shown(request), since=_today(request) - timedelta(days=PERIODS[period]))
    rows = [(Stage(start), Stage(end) if end else None, number) for start, end, number in found]
    return render(
        request,
        "lifecycle/_moves.html",
        {
            "moves": rows[:12],
            "most": rows[0][2] if rows else 0,
            "period": period,
            "is_all": request.GET.get("stores") == "all",
        },
    )


@role_required(*READERS)
def base_nights(request: StoreRequest) -> HttpResponse:
    """The line that says whether last night is done; a late or failed one is loud in the frame of every page."""
    nights = nights_of(stores_shown(request), timezone.now(), jobs=[JOB])
    return render(request, "lifecycle/_nights.html", {"nights": nights})


def _period(request: StoreRequest) -> str:
    period = request.GET.get("period", "month")
    if period not in PERIODS:
        raise Http404
    return period


@role_required(*READERS)
def base_list(request: StoreRequest) -> HttpResponse:
    """The cars behind a number; pages go by id, so that page 200 costs what page 1 costs."""
    stores = stores_shown(request)
    if request.GET.get("stage") == Stage.PROSPECT:
        return _prospects(request, stores)
    rows = Standing.objects.for_user(request.user).filter(dealership__in=stores)
    stage, substage = request.GET.get("stage", ""), request.GET.get("substage", "")
    title = []
    if stage:
        rows, title = rows.filter(stage=_known(Stage, stage)), [str(Stage(stage).label)]
    if substage:
        rows = rows.filter(substage=_known(Substage, substage))
        title.append(str(Substage(substage).label))
    start, end = request.GET.get("from", ""), request.GET.get("to", "")
    if start:
        since = _today(request) - timedelta(days=PERIODS[_period(request)])
        rows = rows.moved(_known(Stage, start), _known(Stage, end) if end else "", since=since)
    total = rows.count()
    after = request.GET.get("after", "")
    if after:
        rows = rows.filter(pk__gt=int(after) if after.isdecimal() and len(after) < 19 else _not_found())
    page = list(
        rows.order_by("pk").select_related(
            "customer", "ownership__vehicle__make", "ownership__vehicle__model__make", "dealership"
        )[: PAGE + 1]
    )
    has_next = len(page) > PAGE
    page = page[:PAGE]
    query = request.GET.copy()
    query.pop("after", None)
    first = query.urlencode()
    if has_next:
        query["after"] = str(page[-1].pk)
    return render(
        request,
        "lifecycle/base_list.html",
        {
            "rows": page,
            "total": total,
            "title": " · ".join(title),
            "start": Stage(start) if start else None,
            "end": Stage(end) if end else None,
            "period": request.GET.get("period", "month"),
            "shown": stores,
            "first": first,
            "next": query.urlencode() if has_next else "",
            "is_first": not after,
        },
    )


def _prospects(request: StoreRequest, stores: list[Dealership]) -> HttpResponse:
    """The people behind the number of prospects, the latest known first."""
    rows = prospects(stores).for_user(request.user)
    substage = request.GET.get("substage", "")
    if substage:
        rows = in_substage(rows, _known(Substage, substage))
    total = rows.count()
    after = request.GET.get("after", "")
    if after:
        rows = rows.filter(pk__lt=int(after) if after.isdecimal() and len(after) < 19 else _not_found())
    page = list(with_news(rows, stores).order_by("-pk")[: PAGE + 1])
    has_next = len(page) > PAGE
    query = request.GET.copy()
    query.pop("after", None)
    first = query.urlencode()
    if has_next:
        query["after"] = str(page[PAGE - 1].pk)
    context = {
        "rows": page[:PAGE],
        "total": total,
        "substage": Substage(substage) if substage else None,
        "shown": stores,
        "first": first,
        "next": query.urlencode() if has_next else "",
        "is_first": not after,
    }
    return render(request, "lifecycle/prospects.html", context)


def _known(choices: type[Stage] | type[Substage], value: str) -> str:
    if value not in choices.values:
        raise Http404
    return value


def _not_found() -> int:
    raise Http404
