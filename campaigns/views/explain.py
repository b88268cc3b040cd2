from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.explaining import explain_contacts
from campaigns.models import Contest
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from lifecycle.explaining import day_of
from vehicles.models import Ownership


@require_safe
@role_required(Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR)
def ownership_contacts(request: StoreRequest, pk: int) -> HttpResponse:
    """A fragment for the page that explains a car: what was decided about each reason to talk, as it was said then."""
    rows = Ownership.objects.for_user(request.user).select_related("home_store")
    ownership = get_object_or_404(rows, pk=pk)
    today = ownership.home_store.today(timezone.now())
    day = day_of(request.GET.get("date", ""), today)
    if day is None:
        raise Http404
    found = explain_contacts(ownership, day, today=today, reader=request.user)
    contests = Contest.objects.for_user(request.user).filter(
        decision__in=[about.last.decision for about in found if about.last]
    )
    return render(
        request,
        "campaigns/_ownership_contacts.html",
        {
            "open": [about for about in found if about.is_open],
            "closed": [about for about in found if not about.is_open],
            "contests": {one.decision_id: one for one in contests.select_related("by", "answered_by").order_by("pk")},
            "day": day,
            "today": today,
        },
    )
