"""Campaigns: what the store answers and how, what of it runs today, and the verbs start and stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.campaign_words import FIELDS, drawn, sentence_of
from campaigns.floor import midnight_of
from campaigns.loading import Store
from campaigns.models import Campaign, CampaignChange, CampaignStep, ContactTask, HeldPlan, NotReadyError
from campaigns.playbook import Playbook
from campaigns.stopping import would_take_off
from customers.models import Channel
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from dealercrm.sentences import sentence
from lifecycle.sentences import kind_label

RUNNING, WAITING, DRAFT, STOPPED, REPLACED = "running", "waiting", "draft", "stopped", "replaced"


class OfToday(NamedTuple):
    """What of a campaign is on today's list, and what of it is done."""

    open: int = 0
    done: int = 0

    @property
    def total(self) -> int:
        return self.open + self.done


class Listed(NamedTuple):
    """One campaign of the list: the version that answers today, else the newest; `draft` where a newer one waits."""

    campaign: Campaign
    state: str
    sentence: str
    draft: Campaign | None
    today: OfToday


@require_safe
@role_required(Role.MANAGER)
def campaigns(request: StoreRequest) -> HttpResponse:
    """Every campaign of the store as a sentence, in the order in which they take occasions."""
    now = timezone.now()
    store = Store.load(request.store, now)
    Playbook.load(request.store, store.today)  # a store without any gets the ready-made ones
    versions: dict[str, list[Campaign]] = {}
    for campaign in _campaigns_of(request):
        versions.setdefault(campaign.code, []).append(campaign)
    ran = _that_ran(request)
    counts = _of_today(request, store, now)
    rows = [_listed(ones, ran, counts, store.today) for ones in versions.values()]
    rows.sort(key=lambda row: (row.state not in {RUNNING, WAITING}, row.campaign.rank, row.campaign.code))
    running = [row for row in rows if row.state == RUNNING]
    names = {row.campaign.code: row.campaign.name for row in rows}
    held = HeldPlan.objects.for_user(request.user).waiting().filter(dealership=request.store).order_by("pk")
    context = {
        "rows": rows,
        "running": len(running),
        "open": sum(row.today.open for row in running),
        "held": [(plan, names.get(plan.campaign_code, plan.campaign_code)) for plan in held],
    }
    return render(request, "campaigns/campaigns.html", context)


@require_safe
@role_required(Role.MANAGER)
def campaign(request: StoreRequest, code: str) -> HttpResponse:
    """One campaign: its sentence, the picture of its steps, its words, its versions and who changed what."""
    now = timezone.now()
    store = Store.load(request.store, now)
    versions = versions_or_404(request, code)
    ran = _that_ran(request, code=code)
    states = {row.pk: state_of(row, versions, ran, store.today) for row in versions}
    asked = request.GET.get("version", "")
    chosen = next((row for row in versions if str(row.version) == asked), None) if asked else None
    if asked and chosen is None:
        raise Http404
    shown = chosen or leading(versions, store.today)
    newest = versions[0]
    steps = list(shown.steps.all())
    changes = CampaignChange.objects.filter(campaign__in=versions).select_related("by", "campaign")
    context: dict[str, Any] = {
        "campaign": shown,
        "state": states[shown.pk],
        "sentence": sentence_of(shown, steps),
        "steps": drawn(shown, steps),
        "versions": [(row, states[row.pk]) for row in versions],
        "newest": newest if newest.pk != shown.pk and states[newest.pk] == DRAFT else None,
        "today": _of_today(request, store, now).get(code, OfToday()),
        "would_stop": would_take_off(shown) if any(row.is_active for row in versions) else None,
        "is_alive": any(row.is_active for row in versions),
        "changes": [(row, _told(row)) for row in changes.order_by("-at", "-pk")[:30]],
        "not_ready": shown.not_ready(store.today),
        "unreadable": shown.segment is not None and not shown.segment.is_readable,
    }
    return render(request, "campaigns/campaign.html", context)


@require_POST
@role_required(Role.MANAGER)
def campaign_start(request: StoreRequest, code: str) -> HttpResponse:
    """Start the version that the form names; the next night plans with it."""
    versions = versions_or_404(request, code)
    wanted = next((row for row in versions if str(row.version) == request.POST.get("version", "")), None)
    if wanted is None:
        raise Http404
    now = timezone.now()
    try:
        wanted.start(by=request.user, at=now)
    except NotReadyError as error:
        messages.error(request, sentence(error.why.as_json()))
        return redirect(f"{request.path.removesuffix('start/')}?version={wanted.version}")
    if wanted.has_begun(request.store.today(now)):
        messages.success(request, _("It is started: the next planning works with it."))
    else:
        messages.success(request, _("It is started and waits for its first day."))
    return redirect("campaign", code)


@require_POST
@role_required(Role.MANAGER)
def campaign_stop(request: StoreRequest, code: str) -> HttpResponse:
    """Stop every version of it; what nobody has in hand leaves the list."""
    versions = versions_or_404(request, code)
    stopped = leading(versions, request.store.today(timezone.now())).stop(by=request.user, at=timezone.now())
    number = stopped.calls + stopped.messages
    messages.success(
        request,
        ngettext(
            "Stopped: %(number)s contact was taken off the list. Start it again at any time.",
            "Stopped: %(number)s contacts were taken off the list. Start it again at any time.",
            number,
        )
        % {"number": number},
    )
    return redirect("campaign", code)


def versions_or_404(request: StoreRequest, code: str) -> list[Campaign]:
    """Every version of a campaign of the active store, the newest first."""
    versions: list[Campaign] = list(_campaigns_of(request, code=code))
    if not versions:
        raise Http404
    return versions


def leading(versions: Sequence[Campaign], today: date) -> Campaign:
    """The version a reader means: the one that answers today, else one that is started, else the newest."""
    active = [row for row in versions if row.is_active]
    begun = [row for row in active if row.has_begun(today)]
    return (begun or active or list(versions))[0]


def state_of(row: Campaign, versions: Sequence[Campaign], ran: set[int], today: date) -> str:
    """`versions`: all of its code, the newest first."""
    if row.is_active:
        if not row.has_begun(today):
            return WAITING
        newer = [one for one in versions if one.version > row.version and one.is_active and one.has_begun(today)]
        return REPLACED if newer else RUNNING
    if row.pk not in ran:
        return DRAFT
    return REPLACED if any(one.version > row.version for one in versions) else STOPPED


def _campaigns_of(request: StoreRequest, **only: Any) -> Any:
    steps = CampaignStep.objects.order_by("position")
    rows = Campaign.objects.for_user(request.user).filter(dealership=request.store, **only)
    return rows.select_related("segment", "dealership").prefetch_related(Prefetch("steps", steps)).order_by("-version")


def _that_ran(request: StoreRequest, **only: Any) -> set[int]:
    rows = Campaign.objects.for_user(request.user).filter(dealership=request.store, **only)
    return set(rows.that_ran().values_list("pk", flat=True))


def _listed(versions: list[Campaign], ran: set[int], counts: dict[str, OfToday], today: date) -> Listed:
    shown = leading(versions, today)
    newest = versions[0]
    has_draft = newest.pk != shown.pk and state_of(newest, versions, ran, today) == DRAFT
    return Listed(
        shown,
        state_of(shown, versions, ran, today),
        sentence_of(shown, list(shown.steps.all())),
        newest if has_draft else None,
        counts.get(shown.code, OfToday()),
    )


def _of_today(request: StoreRequest, store: Store, now: datetime) -> dict[str, OfToday]:
    """{code: contacts of today}: open ones whose time comes before midnight, and those done since it. One query."""
    midnight = midnight_of(store)
    is_open = Q(status__in=ContactTask.OPEN, not_before__lt=midnight, closes_at__gt=now)
    is_done = Q(status=ContactTask.Status.DONE, closed_at__gte=midnight - timedelta(days=1))
    rows = ContactTask.objects.for_user(request.user).filter(is_open | is_done, dealership=request.store).order_by()
    counted = rows.values_list("step__campaign__code").annotate(
        open=Count("pk", filter=is_open), done=Count("pk", filter=is_done)
    )
    return {code: OfToday(still, done) for code, still, done in counted}


def _told(change: CampaignChange) -> str:
    """What a change was about, in words: fields with their values, texts by their step."""
    parts = []
    for one in change.details:
        label = str(FIELDS.get(one["field"], one["field"]))
        if "step" in one:
            parts.append(_("%(label)s of step %(step)s") % {"label": label, "step": one["step"]})
        else:
            parts.append(f"{label}: {_value(one['field'], one['before'])} → {_value(one['field'], one['after'])}")
    return "; ".join(parts)


def _value(field: str, value: Any) -> str:
    if value in (None, "", []):
        return "—"
    if field == "kinds":
        return ", ".join(kind_label(code) for code in value)
    if field == "steps":
        return ", ".join(f"{Channel(channel).label} +{delay}" for channel, delay in value)
    if field == "holdout_share":
        return f"{value:.0%}"
    return str(value)
