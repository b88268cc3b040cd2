"""Every text of the running campaigns: read, checked, tried on real customers, and changed into the next version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign, CampaignStep, NotReadyError
from campaigns.playbook import Playbook
from campaigns.proofreading import Proof, places_of, preview_of, proof_of
from campaigns.retexting import DraftWaitsError, retext
from campaigns.revising import TEXTS, ChangedMeanwhileError, seen_of
from customers.models import Channel
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog, Role
from dealercrm.sentences import sentence

WRITERS = (Role.MANAGER, Role.ADMINISTRATOR)


class TextForm(forms.Form):
    """The words of one step in both languages. `seen` is the last change its writer knew of."""

    subject_en = forms.CharField(label=gettext_lazy("English subject"), max_length=150, required=False)
    text_en = forms.CharField(
        label=gettext_lazy("English text"), required=False, widget=forms.Textarea(attrs={"rows": 9, "lang": "en"})
    )
    subject_ru = forms.CharField(label=gettext_lazy("Russian subject"), max_length=150, required=False)
    text_ru = forms.CharField(
        label=gettext_lazy("Russian text"), required=False, widget=forms.Textarea(attrs={"rows": 9, "lang": "ru"})
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, step: CampaignStep, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step = step
        if step.channel != Channel.EMAIL:
            del self.fields["subject_en"], self.fields["subject_ru"]

    def typed(self) -> dict[str, str]:
        """The four texts as they stand in the form, right or wrong."""
        given: Any = self.data if self.is_bound else self.initial
        return {name: str(given.get(name, "") or "").replace("\r\n", "\n").strip() for name in TEXTS}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, error in proof_of(self.step, self.typed()).errors().items():
            self.add_error(name if name in self.fields else None, error)
        return cleaned


@dataclass(frozen=True, slots=True)
class TextRow:
    step: CampaignStep
    proof: Proof

    @property
    def line_ru(self) -> str:
        return _told_by(self.step.subject_ru, self.step.text_ru)

    @property
    def line_en(self) -> str:
        return _told_by(self.step.subject_en, self.step.text_en)

    @property
    def advice(self) -> str:
        number = len(self.proof.remarks)
        return ngettext("%(number)s remark", "%(number)s remarks", number) % {"number": number} if number else ""


def _told_by(subject: str, text: str) -> str:
    """What tells a text from others in a list: its subject, else the line after the greeting."""
    lines = [line for line in text.splitlines() if line.strip()]
    return subject or next(iter(lines[1:] or lines), "")


@require_safe
@role_required(*WRITERS)
def texts(request: StoreRequest) -> HttpResponse:
    """Texts campaign by campaign in the order in which they take occasions, each with what is unclear in it."""
    Playbook.load(
        request.store, request.store.today(timezone.now())
    )  # a store without any campaign gets the ready-made ones
    channel = request.GET.get("channel", "")
    steps = list(_steps(request))
    rows = [TextRow(step, proof_of(step, _words(step))) for step in steps if channel in {"", step.channel}]
    context = {
        "groups": _by_campaign(rows),
        "channel": channel,
        "channels": [one for one in Channel if any(step.channel == one for step in steps)],
        "number": len(rows),
        "unclear": sum(bool(row.proof.remarks) for row in rows),
    }
    return render(request, "campaigns/texts.html", context)


@role_required(*WRITERS)
def text_page(request: StoreRequest, pk: int) -> HttpResponse:
    """One text: its words in both languages, its places, what is unclear, and how it reads for a real customer."""
    step = get_object_or_404(_steps(request), pk=pk)
    initial = {**_words(step), "seen": seen_of(request.store, step.campaign.code)}
    form = TextForm(request.POST if request.method == "POST" else None, step=step, initial=initial)
    if request.method == "POST" and form.is_valid():
        words = {name: typed for name, typed in form.typed().items() if name in form.fields}
        try:
            saved = retext(step, words, seen=form.cleaned_data["seen"] or 0, by=request.user, at=timezone.now())
        except ChangedMeanwhileError:
            form.add_error(None, _("Somebody changed this campaign meanwhile. Open the page again: nothing was saved."))
        except DraftWaitsError:
            form.add_error(None, _("A newer version of this campaign is being written. Change the text there."))
        except NotReadyError as error:
            form.add_error(None, sentence(error.why.as_json()))
        else:
            told = _("Saved as version %(version)s; what is under way ends in the words it began with.")
            messages.success(request, told % {"version": saved.campaign.version})
            return redirect("text", pk=saved.pk)
    context = {
        "step": step,
        "form": form,
        "places": places_of(),
        **_checked(request, step, form.typed()),
    }
    return render(request, "campaigns/text.html", context, status=422 if form.errors else 200)


@require_POST
@role_required(*WRITERS)
def text_check(request: StoreRequest, pk: int) -> HttpResponse:
    """The remarks and the preview for what stands in the form right now; nothing is saved."""
    step = get_object_or_404(_steps(request), pk=pk)
    form = TextForm(request.POST, step=step)
    return render(request, "campaigns/_text_check.html", {"step": step, **_checked(request, step, form.typed())})


def _checked(request: StoreRequest, step: CampaignStep, words: dict[str, str]) -> dict[str, Any]:
    asked = request.POST.get("customer") or request.GET.get("customer") or "0"
    preview = preview_of(step, words, request.store, request.user, int(asked) if asked.isdecimal() else 0)
    is_typing = request.headers.get("HX-Trigger") == "text"  # the same customer as a moment ago
    if preview.customer is not None and not is_typing:
        AccessLog.objects.create(
            user=request.user,
            dealership=request.store,
            at=timezone.now(),
            action=AccessLog.Action.VIEW,
            subject="customer",
            object_id=preview.customer.pk,
        )
    return {"proof": proof_of(step, words), "preview": preview}


def _steps(request: StoreRequest) -> QuerySet[CampaignStep]:
    running = Campaign.objects.for_user(request.user).filter(dealership=request.store, is_active=True)
    steps = CampaignStep.objects.filter(campaign__in=running).select_related("campaign__dealership")
    return steps.order_by("campaign__rank", "campaign__code", "-campaign__version", "position")


def _words(step: CampaignStep) -> dict[str, str]:
    return {name: getattr(step, name).replace("\r\n", "\n") for name in TEXTS}


def _by_campaign(rows: Iterable[TextRow]) -> list[tuple[Campaign, list[TextRow]]]:
    groups: dict[int, tuple[Campaign, list[TextRow]]] = {}
    for row in rows:
        groups.setdefault(row.step.campaign_id, (row.step.campaign, []))[1].append(row)
    return list(groups.values())
