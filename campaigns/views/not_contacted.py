from __future__ import annotations

from datetime import date

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.lacking import lacking_at
from campaigns.models import Contest, Decision, Verdict
from campaigns.sentences import gate_label
from customers.models import Channel
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Dealership, Role, User
from lifecycle.models import Occasion
from lifecycle.sentences import kind_label

ROWS = 50


@require_safe
@role_required(Role.MANAGER)
def not_contacted(request: StoreRequest) -> HttpResponse:
    """Every reason to talk that is open today and that nobody talks about, by the gate that is shut."""
    today = request.store.today(timezone.now())
    decisions = _undone(request.user, request.store, today)
    gate, kind = request.GET.get("gate", ""), request.GET.get("kind", "")
    contested = Contest.objects.for_user(request.user).filter(dealership=request.store).open()
    is_contested = bool(request.GET.get("contested"))
    of_kind = decisions.filter(occasion__kind=kind) if kind else decisions
    shown = of_kind.filter(gate=gate) if gate else of_kind
    if is_contested:
        shown = shown.filter(Exists(contested.filter(decision=OuterRef("pk"))))
    gates = of_kind.order_by("gate").values("gate").annotate(number=Count("pk")).order_by("-number", "gate")
    kinds = decisions.order_by("occasion__kind").values("occasion__kind").annotate(number=Count("pk"))
    rows = shown.select_related(
        "customer", "occasion", "occasion__ownership__vehicle__model__make", "occasion__ownership__vehicle__make"
    ).order_by("-decided_on", "-pk")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    said = contested.filter(decision__in=[row.pk for row in page.object_list]).select_related("by", "answered_by")
    context = {
        "page": page,
        "contests": {one.decision_id: one for one in said},
        "number_contested": contested.count(),
        "is_contested": is_contested,
        "gates": [{"code": row["gate"], "label": gate_label(row["gate"]), "number": row["number"]} for row in gates],
        "kinds": [
            {"code": row["occasion__kind"], "label": kind_label(row["occasion__kind"]), "number": row["number"]}
            for row in kinds
        ],
        "gate": gate,
        "kind": kind,
        "today": today,
    }
    return render(request, "campaigns/not_contacted.html", context)


@require_safe
@role_required(Role.MANAGER)
def lacking(request: StoreRequest) -> HttpResponse:
    """A panel: the margin that is lost for want of a phone, an email or a consent, at each store of the reader."""
    today = request.store.today(timezone.now())
    stores = [store for store in request.stores if request.user.role_at(store) == Role.MANAGER]
    found = [lacking_at(store, _undone(request.user, store, today)) for store in stores]
    here = next((one for one in found if one.dealership == request.store), None)
    return render(
        request, "campaigns/_lacking.html", {"here": here, "elsewhere": [one for one in found if one is not here]}
    )


def _undone(user: User, store: Dealership, today: date) -> QuerySet[Decision]:
    """The last step's decision of each open occasion that no step of which contacts the customer."""
    same = Decision.objects.filter(occasion=OuterRef("occasion"))
    return (
        Decision.objects.for_user(user)
        .filter(dealership=store, occasion__status=Occasion.Status.OPEN)
        .exclude(verdict=Verdict.CONTACT)
        .filter(~Exists(same.filter(verdict=Verdict.CONTACT)))
        .filter(~Exists(same.filter(step__position__gt=OuterRef("step__position"))))
        # No address for the letter that comes first, and the day of the call still ahead: nothing is lost yet.
        .exclude(step__channel=Channel.EMAIL, gate="no_contact_point", occasion__due_on__gt=today)
    )
