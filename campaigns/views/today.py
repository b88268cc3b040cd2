from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.floor import NOT_REACHED, Operator, midnight_of, operators_of, reach_today
from campaigns.loading import Store
from campaigns.models import ContactTask, Outcome, Pause
from campaigns.models.task import is_overdue
from campaigns.narrowing import Part
from campaigns.rules.hours import callable_from
from campaigns.undoing import undoable
from campaigns.views.pauses import PauseForm
from campaigns.wording import default_language
from customers.models import Customer
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role, User
from lifecycle.sentences import kind_label

ROWS = 50
PART = "part_of_today"


@require_safe
@role_required(Role.OPERATOR, Role.MANAGER)
def today(request: StoreRequest) -> HttpResponse:
    """Today's calls of the store in the order in which they are taken: what is left, done, booked, promised."""
    now = timezone.now()
    store = Store.load(request.store, now)
    is_manager = request.role == Role.MANAGER
    calls, part = calls_of_today(request, store, now), Part.of(request.GET)
    kinds = list(calls.order_by("kind").values("kind").annotate(number=Count("pk")))
    shown = calls.filter(part.condition(request.user, store.dealership)) if part else calls
    pauses = list(Pause.objects.standing(now).filter(dealership=request.store).select_related("by"))
    promised = calls.filter(promised_at__isnull=False).order_by("promised_at")
    if not is_manager:
        promised = promised.filter(assigned_to=request.user)
    page = Paginator(_rows(shown), ROWS).get_page(request.GET.get("page"))
    free_now, next_at = callable_now(shown, store, now)
    counts = counts_of_today(request, store, now, calls)
    operators = operators_of(store)
    reach = reach_today(store, operators, counts["left"], now)
    # The line is drawn through the whole list; a part of it has none.
    line = reach.calls - page.start_index() + 1 if not part and reach.calls < counts["left"] else ROWS
    if request.session.get(PART, {}) != part.fields:
        request.session[PART] = part.fields  # where an answer leads back to
    context = {
        "now": now,
        "counts": counts,
        "page": page,
        "rows": [
            (call, callable_at(call, store, now), index >= line, _pause_of(call, pauses))
            for index, call in enumerate(page)
        ],
        "line": line,
        "reach": reach,
        "promised": list(_rows(promised)[:6]),
        "kinds": [{"code": row["kind"], "label": kind_label(row["kind"]), "number": row["number"]} for row in kinds],
        "part": part,
        "spoken_languages": _languages(calls, store),  # the frame has `languages` of its own
        "kind_label": kind_label(part.kind) if part.kind else "",
        "pauses": [pause for pause in pauses if pause.kind and part.kind in {"", pause.kind}],
        "is_paused": any(pause.kind == part.kind for pause in pauses),
        "pause_form": PauseForm(now=now) if is_manager else None,
        "progress": _progress(operators, store, None if is_manager else request.user),
        "is_manager": is_manager,
        "free_now": free_now,
        "next_at": next_at,
        "undoable": undoable(request.user, now),
    }
    return render(request, "campaigns/today.html", context)


def _pause_of(call: ContactTask, pauses: list[Pause]) -> Pause | None:
    """What keeps everybody from this call; a promised hour is kept whatever its kind."""
    own = [pause for pause in pauses if pause.task_id == call.pk]
    of_kind = [pause for pause in pauses if pause.kind == call.kind and not call.promised_at]
    return next(iter(own + of_kind), None)


def _languages(calls: Any, store: Store) -> list[dict[str, Any]]:
    """Languages of the customers on the list with their calls; nothing where all speak one."""
    counts = {"ru": 0, "en": 0}
    for row in calls.order_by().values("customer__language").annotate(number=Count("pk")):
        spoken = row["customer__language"] or default_language(store.dealership)
        counts["ru" if spoken.startswith("ru") else "en"] += row["number"]
    if not all(counts.values()):
        return []
    return [{"code": code, "number": number} for code, number in counts.items()]


def _progress(operators: list[Operator], store: Store, user: User | None) -> dict[str, int]:
    """Calls made, of those that the minutes of the day hold: the operator's own, or the store's."""
    mine = [one for one in operators if user is None or one.user == user]
    whole = sum(int(one.minutes / store.values.call_minutes) for one in mine)
    done = sum(one.done for one in mine)
    return {"done": done, "whole": max(whole, done)}


def calls_of_today(request: StoreRequest, store: Store, now: datetime) -> Any:
    """Calls that can be made before midnight: an operator's own and the free ones, the whole store's for others."""
    calls = (
        ContactTask.objects.for_user(request.user)
        .filter(dealership=request.store, is_released=True, not_before__lt=midnight_of(store), closes_at__gt=now)
        .calls()
        .open()
    )
    if request.role == Role.OPERATOR:
        in_no_other_hand = Q(claimed_by=None) | Q(claimed_by=request.user) | Q(lease_until__lte=now)
        calls = calls.free_for(request.user, now, timedelta(minutes=store.values.callback_grace_minutes))
        calls = calls.filter(in_no_other_hand)
    return calls


def callable_now(calls: Any, store: Store, now: datetime) -> tuple[int, datetime | None]:
    """How many calls a claim would give out this minute, and when the next ones may be made. 2 queries.

    Whose day is quiet now is asked once for each kind and zone, not once for each call.
    """
    due = calls.not_held(now).not_paused(now).filter(not_before__lte=now)
    alike = due.order_by().values(
        "kind", "customer__time_zone", "customer__city", promised=Q(promised_at__isnull=False)
    )
    free = 0
    later = [calls.filter(not_before__gt=now).order_by("not_before").values_list("not_before", flat=True).first()]
    for group in alike.annotate(number=Count("pk")):
        customer = Customer(time_zone=group["customer__time_zone"], city=group["customer__city"])
        zone = customer.zone(store.dealership)
        opens = callable_from(now, group["kind"], zone, store.values, store.holidays, is_promised=group["promised"])
        if opens == now:
            free += group["number"]
        else:
            later.append(opens)
    return free, min((moment for moment in later if moment), default=None)


def callable_at(call: ContactTask, store: Store, now: datetime) -> datetime | None:
    """When this call may be made: `now`, later today, or when the customer's quiet hours end; None where never."""
    return callable_from(
        max(call.not_before, now),
        call.kind,
        call.customer.zone(store.dealership),
        store.values,
        store.holidays,
        is_promised=call.promised_at is not None,
    )


def counts_of_today(request: StoreRequest, store: Store, now: datetime, calls: Any) -> dict[str, int]:
    """Left, overdue; done and booked today by this operator (or, for those who lead, by the whole store)."""
    start = midnight_of(store) - timedelta(days=1)
    done = (
        ContactTask.objects.for_user(request.user)
        .filter(dealership=request.store, status=ContactTask.Status.DONE, closed_at__gte=start)
        .calls()
    )
    if request.role == Role.OPERATOR:
        done = done.filter(claimed_by=request.user)
    totals = done.aggregate(
        done=Count("pk"),
        booked=Count("pk", filter=Q(outcome=Outcome.BOOKED)),
        reached=Count("pk", filter=~Q(outcome__in=NOT_REACHED)),
    )
    left = calls.aggregate(left=Count("pk"), overdue=Count("pk", filter=is_overdue(store.today, now)))
    return {**totals, **left}


@require_safe
@role_required(Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR)
def summary(request: StoreRequest) -> HttpResponse:
    """Calls due, done and overdue today: a fragment that the page of the base asks for."""
    now = timezone.now()
    store = Store.load(request.store, now)
    calls = calls_of_today(request, store, now)
    return render(
        request,
        "campaigns/_summary.html",
        {"counts": counts_of_today(request, store, now, calls), "today": store.today},
    )


def _rows(calls: QuerySet[ContactTask]) -> QuerySet[ContactTask]:
    rows = calls.select_related(
        "customer", "ownership__vehicle__model__make", "ownership__vehicle__make", "claimed_by", "assigned_to"
    )
    return rows if calls.query.order_by else rows.order_by("-priority", "pk")
