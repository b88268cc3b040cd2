"""A manager pauses one call or a kind of calls, and takes the pause back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaigns.models import ContactTask, Pause
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from lifecycle.rules.kinds import KINDS

LONGEST = timedelta(days=92)


class PauseForm(forms.Form):
    """Until when and why; an operator who meets the call reads both."""

    until = forms.DateTimeField(
        label=gettext_lazy("Paused until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
    )
    why = forms.CharField(label=gettext_lazy("Why"), max_length=200)

    def __init__(self, data: Any = None, *, now: datetime) -> None:
        tomorrow = datetime.combine(timezone.localdate(now) + timedelta(days=1), time(9))
        super().__init__(data, initial={"until": tomorrow}, prefix="pause")
        self.now = now

    def clean_until(self) -> datetime:
        until: datetime = self.cleaned_data["until"]
        if not self.now < until <= self.now + LONGEST:
            raise forms.ValidationError(_("A pause ends later than now and within three months."))
        return until


@require_POST
@role_required(Role.MANAGER)
def pauses(request: StoreRequest) -> HttpResponse:
    """Pause `task` (one call), or `kind`; a second pause of the same replaces the first."""
    now = timezone.now()
    form = PauseForm(request.POST, now=now)
    what: dict[str, Any] = {"dealership": request.store}
    if asked := request.POST.get("task", ""):
        calls = ContactTask.objects.for_user(request.user).filter(dealership=request.store).calls().open()
        what["task"] = get_object_or_404(calls, pk=int(asked) if asked.isdecimal() and len(asked) < 19 else 0)
        back = redirect("call-card", what["task"].pk)
    else:
        what["kind"] = request.POST.get("kind", "")
        back = redirect("today")
        if what["kind"] not in KINDS:
            messages.error(request, _("Choose which calls to pause."))
            return back
    if not form.is_valid():
        for problem in (text for texts in form.errors.values() for text in texts):
            messages.error(request, str(problem))
        return back
    Pause.objects.update_or_create(**what, defaults={**form.cleaned_data, "by": request.user, "at": now})
    messages.success(request, _("Paused. Nobody takes it before then; who has it in hand goes on."))
    return back


@require_POST
@role_required(Role.MANAGER)
def pause_end(request: StoreRequest, pk: int) -> HttpResponse:
    """The call, or the kind, can be taken again at once."""
    pause = get_object_or_404(Pause.objects.for_user(request.user).filter(dealership=request.store), pk=pk)
    pause.delete()
    messages.success(request, _("No longer paused."))
    return redirect("call-card", pause.task_id) if pause.task_id else redirect("today")
