"""A decision is contested by whoever knows better, and answered by a manager."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.contesting import NotContestableError, contest
from campaigns.models import Contest, Decision
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from dealercrm.sentences import sentence

LONGEST = 1000


@require_POST
@role_required(Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR)
def contest_decision(request: StoreRequest, pk: int) -> HttpResponse:
    rows = Decision.objects.for_user(request.user).select_related("occasion")
    decision = get_object_or_404(rows, pk=pk)
    text = request.POST.get("text", "")[:LONGEST]
    if not text.strip():
        messages.error(request, _("Say what is wrong with the decision, so that it can be mended."))
    else:
        try:
            contest(decision, text, by=request.user, at=timezone.now())
        except NotContestableError as refused:
            messages.info(request, sentence(refused.why.as_json()))
        else:
            messages.success(request, _("Written down; a manager answers."))
    return redirect("occasion-explain", decision.occasion.ownership_id)


@require_POST
@role_required(Role.MANAGER)
def answer_contest(request: StoreRequest, pk: int) -> HttpResponse:
    rows = Contest.objects.for_user(request.user).filter(dealership=request.store)
    found = get_object_or_404(rows, pk=pk)
    answer = request.POST.get("answer", "")[:LONGEST]
    is_upheld = request.POST.get("is_upheld") == "1"
    if not answer.strip():
        messages.error(request, _("Say why, or what was mended: whoever contested it reads the answer."))
    elif not found.settle(is_upheld=is_upheld, answer=answer, by=request.user, at=timezone.now()):
        messages.info(request, _("A colleague has answered it already."))
    else:
        messages.success(request, _("Answered."))
    return redirect("not-contacted")
