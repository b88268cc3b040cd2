"""Taking, holding, answering and giving back a call. Nouns: claims, lease, result, return."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from campaigns.answering import BadAnswer, read_answer
from campaigns.claiming import NotClaimableError, claim, claim_next, extend_lease, give_back, in_hand_of
from campaigns.completing import BadDetails, LateResultError, complete
from campaigns.models import ContactTask
from campaigns.narrowing import Part
from campaigns.undoing import NotUndoableError, undo
from campaigns.views.card import show_card
from campaigns.views.today import PART
from dealercrm.accounts.guards import StoreRequest, check_role_at, role_required
from dealercrm.accounts.models import Role
from dealercrm.sentences import sentence

CALLERS = (Role.OPERATOR, Role.MANAGER)


@require_POST
@role_required(*CALLERS)
def next_call(request: StoreRequest) -> HttpResponse:
    """The next call of the list, now this operator's; back to the list with a sentence where none can be made."""
    task = claim_next(request.user, request.store, now=timezone.now(), part=Part.of(request.POST))
    if task is None:
        messages.info(request, _("No call can be made right now."))
        return _to_the_list(request)
    return redirect("call-card", task.pk)


@require_POST
@role_required(*CALLERS)
def take_call(request: StoreRequest, pk: int) -> HttpResponse:
    """This very call, chosen from a list; `inbound` where its customer is on the line already."""
    task = _task(request, pk)
    try:
        claim(task.pk, request.user, now=timezone.now(), is_inbound="inbound" in request.POST)
    except NotClaimableError as refused:
        messages.warning(request, sentence(refused.why.as_json()))
        return redirect("today")
    return redirect("call-card", task.pk)


@require_POST
@role_required(*CALLERS)
def lease(request: StoreRequest, pk: int) -> HttpResponse:
    """The heartbeat of an open card: 204 while the call is ours, else a page that says it is not."""
    task = _task(request, pk)
    if extend_lease(task, request.user, _epoch(request), timezone.now()):
        return HttpResponse(status=204)
    response = HttpResponse(status=204)
    return trigger_client_event(
        response,
        "toast",
        {"text": _("This call is no longer yours. Write a note: it will be kept."), "level": "warning"},
    )


@require_POST
@role_required(*CALLERS)
def return_call(request: StoreRequest, pk: int) -> HttpResponse:
    """Give the call back to the list as it was."""
    task = _task(request, pk)
    if give_back(task, request.user, _epoch(request), timezone.now()):
        messages.info(request, _("The call is back on the list."))
    return _to_the_list(request)


@require_POST
@role_required(*CALLERS)
def result(request: StoreRequest, pk: int) -> HttpResponse:
    """What the call ended with; then back to the list, where `n` takes the next."""
    now = timezone.now()
    task = _task(request, pk)
    try:
        outcome, details = read_answer(request.POST)
        complete(
            task.pk,
            outcome=outcome,
            by=request.user,
            epoch=_epoch(request),
            now=now,
            note=request.POST.get("note", "").strip()[:5000],
            details=details,
        )
    except (BadAnswer, BadDetails) as error:
        return show_card(request, pk, now, error=error, status=422)
    except LateResultError:
        messages.warning(
            request,
            _("The call was no longer yours, so the result was not recorded. Your note is kept with the call."),
        )
        return redirect("today")
    return _to_the_list(request)  # which says what was recorded, with the way back


@require_POST
@role_required(*CALLERS)
def undo_result(request: StoreRequest, pk: int) -> HttpResponse:
    """Take the last answer back: the call is in hand again, with everything as it was before."""
    task, now = _task(request, pk), timezone.now()
    try:
        in_hand = in_hand_of(request.user, now)
        undo(task.pk, by=request.user, now=now)
    except NotUndoableError as refused:
        messages.warning(request, sentence(refused.why.as_json()))
        return redirect("today")
    if in_hand is not None:  # the next call was taken meanwhile: one at a time
        give_back(in_hand, request.user, in_hand.epoch, now)
    messages.info(request, _("Taken back. Choose again what the call ended with."))
    return redirect("call-card", task.pk)


def _to_the_list(request: StoreRequest) -> HttpResponse:
    """The part of the list that the operator works."""
    part = Part.of(request.session.get(PART, {}))
    return redirect(reverse("today") + (part.but() if part else ""))


def _task(request: StoreRequest, pk: int) -> ContactTask:
    """The call of the address, where this user makes calls: at the store that owns it, not only where they are now."""
    rows = ContactTask.objects.for_user(request.user).calls().select_related("dealership")
    task = get_object_or_404(rows, pk=pk)
    check_role_at(request.user, task.dealership_id, *CALLERS)
    return task


def _epoch(request: StoreRequest) -> int:
    text = request.POST.get("epoch", "")
    if not (text.isdecimal() and len(text) < 10):
        raise Http404
    return int(text)
