"""Writing a campaign without code: kinds of occasions, segment, steps, words, dates and limits."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.editing import MOST_STEPS, Editor
from campaigns.models import Campaign
from campaigns.models.campaign import ANNOUNCEMENT
from campaigns.revising import ChangedMeanwhileError, Draft, create, draft_of, revise, seen_of
from campaigns.rules.texts import PLACES
from campaigns.views.campaigns import versions_or_404
from customers.models import Channel
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from lifecycle.models import Segment
from lifecycle.rules.kinds import JUDGED


@role_required(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def campaign_new(request: StoreRequest) -> HttpResponse:
    """A new campaign: empty, a copy (`?from=`), for a segment (`?segment=`), or (`?announcement`) an announcement."""
    is_announcement = "announcement" in request.GET
    source = request.GET.get("from", "")
    original = versions_or_404(request, source)[0] if source else None
    if original is not None:
        is_announcement = original.is_announcement
    if request.method == "POST":
        return _posted(request, None, is_announcement=is_announcement)
    if original is not None:
        draft = draft_of(original)._replace(
            name_en=f"{original.name_en}, copy"[:120], name_ru=f"{original.name_ru}, копия"[:120], starts_on=None
        )
    else:
        kind = request.GET.get("kind", "")
        kinds = (ANNOUNCEMENT,) if is_announcement else (kind,) if kind in JUDGED else ()
        draft = Draft("", "", kinds, (), segment=_segment(request), rank=50)
    return _form(request, Editor.of_draft(draft, 0, request.store, request.user), None)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def campaign_edit(request: StoreRequest, code: str) -> HttpResponse:
    """The newest version in the form; saving changes it where it never ran, and else makes the next one."""
    newest = versions_or_404(request, code)[0]
    if request.method == "POST":
        return _posted(request, newest, is_announcement=newest.is_announcement)
    seen = seen_of(request.store, code)
    return _form(request, Editor.of_draft(draft_of(newest), seen, request.store, request.user), newest)


def _posted(request: StoreRequest, campaign: Campaign | None, *, is_announcement: bool) -> HttpResponse:
    editor = Editor.of_post(request.POST, request.store, request.user, is_announcement=is_announcement)
    if request.POST.get("do") != "save":
        return _form(request, editor, campaign)
    draft = editor.draft()
    if draft is None:
        return _form(request, editor, campaign, status=422)
    now = timezone.now()
    if campaign is None:
        saved = create(request.store, draft, by=request.user, at=now)
    else:
        try:
            saved = revise(campaign, draft, seen=editor.form.cleaned_data["seen"] or 0, by=request.user, at=now)
        except ChangedMeanwhileError:
            editor.errors.append(_("Somebody else saved this campaign meanwhile. Open it again in another tab."))
            return _form(request, editor, campaign, status=422)
        if saved.pk == campaign.pk and saved.is_active:
            messages.info(request, _("Nothing was different."))
            return redirect("campaign", saved.code)
    messages.success(
        request, _("Version %(version)s is saved. Look at it, then start it.") % {"version": saved.version}
    )
    return redirect(f"{reverse('campaign', args=[saved.code])}?version={saved.version}")


def _segment(request: StoreRequest) -> Segment | None:
    key = request.GET.get("segment", "")
    if not (key.isdecimal() and len(key) < 19):
        return None
    return Segment.objects.for_user(request.user).filter(pk=int(key), archived_at=None).first()


def _form(request: StoreRequest, editor: Editor, campaign: Campaign | None, status: int = 200) -> HttpResponse:
    context = {
        "editor": editor,
        "form": editor.form,
        "campaign": campaign,
        "is_announcement": editor.form.is_announcement,
        "is_next": campaign is not None and campaign.is_frozen,
        "channels": Channel.choices if len(editor.steps) < MOST_STEPS else (),
        "places": sorted(PLACES),
        "address": request.get_full_path(),
    }
    template = "campaigns/_campaign_form.html" if request.htmx else "campaigns/campaign_edit.html"
    return render(request, template, context, status=200 if request.htmx else status)
