"""A night asked for by hand: after a correction, an import, or a night that failed."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from lifecycle.nights import start_night
from lifecycle.tasks import WORKERS, work_on_night


@require_POST
@role_required(Role.ADMINISTRATOR)
def run_now(request: StoreRequest) -> HttpResponse:
    """Joins a run that is still going; its workers start after the commit, or by the sweep."""
    now = timezone.now()
    run = start_night(request.store, on=request.store.today(now), now=now, by_hand=True)
    if run is not None:
        for _worker in range(WORKERS):
            transaction.on_commit(partial(work_on_night.delay, run.pk), robust=True)
        messages.success(request, _("The run has started; this page shows when it is done."))
    return redirect("health")
