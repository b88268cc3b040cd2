"""Today's floor: the manager sees who works and what is left, and moves minutes and promises."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.floor import calls_held_by, hand_over, operators_of, reach_today, set_minutes
from campaigns.loading import Store
from campaigns.models import ContactTask
from campaigns.views.today import calls_of_today, counts_of_today
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role, User


class MinutesForm(forms.Form):
    minutes = forms.IntegerField(min_value=0, max_value=1440, label=gettext_lazy("Minutes for calls"))


@require_safe
@role_required(Role.MANAGER)
def floor(request: StoreRequest) -> HttpResponse:
    """Every operator of the store: minutes, calls made, call in hand, promises; and where the line stands."""
    now = timezone.now()
    store = Store.load(request.store, now)
    operators = calls_held_by(operators_of(store), store, now)
    counts = counts_of_today(request, store, now, calls_of_today(request, store, now))
    context: dict[str, Any] = {
        "operators": operators,
        "counts": counts,
        "reach": reach_today(store, operators, counts["left"], now),
        "usual": store.values.operator_minutes,
        "now": now,
    }
    return render(request, "campaigns/floor.html", context)


@require_POST
@role_required(Role.MANAGER)
def operator_minutes(request: StoreRequest, pk: int) -> HttpResponse:
    """How long an operator calls today; 0 sends them home and opens their promises to everybody."""
    store = Store.load(request.store, timezone.now())
    user = _operator(request, pk)
    form = MinutesForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Minutes are a number from 0 to 1440."))
        return redirect("floor")
    opened = set_minutes(store, user, form.cleaned_data["minutes"])
    if opened:
        messages.info(
            request,
            ngettext(
                "%(number)s promised call is open to everybody now.",
                "%(number)s promised calls are open to everybody now.",
                opened,
            )
            % {"number": opened},
        )
    return redirect("floor")


@require_POST
@role_required(Role.MANAGER)
def operator_promises(request: StoreRequest, pk: int) -> HttpResponse:
    """Promised calls of one operator become another's (`to`), or everybody's where `to` is empty."""
    store = Store.load(request.store, timezone.now())
    giver = get_object_or_404(User.objects.filter(memberships__dealership=request.store), pk=pk)
    to = request.POST.get("to", "")
    taker = _operator(request, int(to)) if to.isdecimal() else None
    moved = hand_over(store, giver, taker)
    messages.success(
        request,
        ngettext("%(number)s promised call was handed over.", "%(number)s promised calls were handed over.", moved)
        % {"number": moved},
    )
    return redirect("floor")


@require_POST
@role_required(Role.MANAGER)
def call_assignment(request: StoreRequest, pk: int) -> HttpResponse:
    """Give one call of the list to an operator (`to`), or back to everybody."""
    tasks = ContactTask.objects.for_user(request.user).calls().filter(dealership=request.store)
    task = get_object_or_404(tasks, pk=pk)
    to = request.POST.get("to", "")
    taker = _operator(request, int(to)) if to.isdecimal() else None
    if task.assign(taker):
        messages.success(request, _("The call is with %(who)s now.") % {"who": taker or _("everybody")})
    else:
        messages.warning(request, _("Somebody has this call in hand, or it is closed."))
    return redirect("call-card", task.pk)


def _operator(request: StoreRequest, pk: int) -> User:
    """Somebody who works the list of this store now; who left it is no longer there."""
    return get_object_or_404(request.store.operators(), pk=pk)
