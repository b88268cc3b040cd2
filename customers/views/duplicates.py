"""People who are perhaps filed twice: the list, two cards side by side, what a merge would do, and the merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers.finding import find_customers
from customers.merging import OTHER, OWN, MergeRefusedError, default_choices, merge, plan_merge
from customers.models import Customer, DuplicatePair, Merge
from customers.rules.merging import CHOICES
from customers.views.doors import RULERS
from customers.views.head import head
from customers.views.merges import plan_in_words
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog

PAGE = 50
SURE, LIKELY = 0.999, 0.95  # in words: a percentage to the point would promise what no file can

LABELS: Mapping[str, Promise] = {
    "name": _("Full name"),
    "company_name": _("Company"),
    "inn": _("INN"),
    "birth_on": _("Born"),
    "sex": _("Sex"),
    "occupation": _("Occupation"),
    "family": _("Family"),
    "city": _("City"),
    "time_zone": _("Time zone"),
    "language": _("Language"),
    "preferred_channel": _("Prefers"),
    "is_premium": _("Premium"),
}


@role_required(*RULERS)
@require_http_methods(["GET", "POST"])
def duplicates(request: StoreRequest) -> HttpResponse:
    """Pairs by how sure they are; POST with two customers opens a pair that somebody noticed."""
    if request.method == "POST":
        return _noticed(request)
    status = request.GET.get("status", "suggested")
    if status not in DuplicatePair.Status.values:
        raise Http404
    mine = DuplicatePair.objects.for_user(request.user)
    asked = mine.filter(status=status)
    if status == DuplicatePair.Status.SUGGESTED:
        asked = asked.living()
    if status == DuplicatePair.Status.MERGED:
        return redirect("merges")
    rows = asked.select_related("first", "second", "decided_by").order_by("-points", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    _note_reading(request, 2 * len(page.object_list))
    for pair in page.object_list:
        pair.shown = _in_words(pair)  # type: ignore[attr-defined]
    return render(
        request,
        "customers/duplicates.html",
        {
            "page": page,
            "status": status,
            "open_count": mine.filter(status="suggested").living().count(),
            "rejected_count": mine.filter(status="rejected").count(),
            "merged_count": Merge.objects.for_user(request.user).count(),
        },
    )


def _noticed(request: StoreRequest) -> HttpResponse:
    """Two customers whom somebody takes for one: their pair, suggested or decided before, side by side."""
    try:
        asked = [int(request.POST.get(name, "")) for name in ("one", "two")]
    except ValueError:
        return HttpResponse(status=400)
    seen = find_customers(request.user, asked)
    if len({person.pk for person in seen.values() if person.is_living}) < 2:
        return HttpResponse(status=400)
    one, two = (person.pk for person in seen.values())
    pair = DuplicatePair.objects.notice(one, two, by=request.user, at=timezone.now())
    if pair.status == DuplicatePair.Status.REJECTED:
        pair.suspect_again()
    return redirect("duplicate", pk=pair.pk)


@role_required(*RULERS)
@require_GET
def duplicate(request: StoreRequest, pk: int) -> HttpResponse:
    """Both cards side by side; `keep` (first, second) and a card per field say what would survive."""
    pair = _pair_or_404(request, pk)
    if pair.status == DuplicatePair.Status.MERGED:
        journal = Merge.objects.for_user(request.user).standing().filter(
            survivor__in=[pair.first_id, pair.second_id], merged__in=[pair.first_id, pair.second_id]
        )  # fmt: skip
        found = journal.first()
        return redirect("merge", pk=found.pk) if found else redirect("merges")
    if not (pair.first.is_living and pair.second.is_living):
        return render(request, "customers/duplicate_gone.html", {"pair": pair})
    _note_reading(request, 2, pair.pk)
    context = _side_by_side(request, pair)
    template = "customers/_duplicate.html" if request.htmx else "customers/duplicate.html"
    return render(request, template, context)


@role_required(*RULERS)
@require_POST
def duplicate_merge(request: StoreRequest, pk: int) -> HttpResponse:
    """Carry out what the preview showed. What changed meanwhile is said, and the page comes anew."""
    pair = _pair_or_404(request, pk)
    keep, other = _which(pair, request.POST)
    choices = _choices(pair, keep, request.POST)
    try:
        journal = merge(
            keep.pk, other.pk, by=request.user, store=request.store, now=timezone.now(), choices=choices
        )  # fmt: skip
    except MergeRefusedError as refused:
        return render(
            request, "customers/duplicate_gone.html", {"pair": pair, "why": refused.why.as_json()}, status=409
        )
    return redirect("merge", pk=journal.pk)


@role_required(*RULERS)
@require_POST
def duplicate_answer(request: StoreRequest, pk: int) -> HttpResponse:
    """`not_the_same`, or `again`: ask once more what was answered before."""
    pair = _pair_or_404(request, pk)
    match request.POST.get("answer"):
        case "not_the_same":
            pair.reject(by=request.user, at=timezone.now())
        case "again":
            pair.suspect_again()
        case _:
            return HttpResponse(status=400)
    if request.htmx:
        pair.shown = _in_words(pair)  # type: ignore[attr-defined]
        return render(request, "customers/_duplicate_row.html", {"pair": pair, "is_answered": True})
    return redirect("duplicates")


def _pair_or_404(request: StoreRequest, pk: int) -> DuplicatePair:
    rows = DuplicatePair.objects.for_user(request.user).select_related("first", "second", "decided_by")
    return get_object_or_404(rows, pk=pk)


def _in_words(pair: DuplicatePair) -> dict[str, Any]:
    """How sure it is, and what speaks for and against."""
    chance = pair.chance
    tone, word = ("", _("likely")) if chance < LIKELY else ("accent", _("very likely"))
    if chance >= SURE:
        tone, word = "good", _("almost sure")
    return {
        "word": word,
        "tone": tone,
        "pro": [reason for reason in pair.reasons if reason["points"] >= 0],
        "contra": [reason for reason in pair.reasons if reason["points"] < 0],
        "is_by_hand": pair.noticed_by_id is not None and not pair.points,
    }


def _which(pair: DuplicatePair, asked: Mapping[str, str]) -> tuple[Customer, Customer]:
    """(who is kept, who is merged): the older card unless somebody says otherwise."""
    return (pair.second, pair.first) if asked.get("keep") == "second" else (pair.first, pair.second)


def _choices(pair: DuplicatePair, keep: Customer, asked: Mapping[str, str]) -> dict[str, str]:
    """The page names the card a value comes from; a merge wants to know whether it is the survivor's own."""
    own = "first" if keep.pk == pair.first_id else "second"
    return {
        choice: OWN if asked[choice] == own else OTHER for choice in CHOICES if asked.get(choice) in {"first", "second"}
    }


def _side_by_side(request: StoreRequest, pair: DuplicatePair) -> dict[str, Any]:
    keep, other = _which(pair, request.GET)
    chosen = default_choices(keep, other) | _choices(pair, keep, request.GET)
    is_first = keep.pk == pair.first_id
    fields = []
    for choice, label in LABELS.items():
        values = [_shown(card, choice) for card in (pair.first, pair.second)]
        if not any(values):
            continue
        from_first = (chosen[choice] == OWN) == is_first
        fields.append(
            {
                "choice": choice, "label": label, "first": values[0], "second": values[1],
                "is_other": values[0] != values[1], "has_both": values[0] != values[1] and all(values),
                "from": "first" if from_first else "second", "result": values[0] if from_first else values[1],
            }
        )  # fmt: skip
    plan = plan_merge(keep, other, choices=chosen, now=timezone.now())
    return {
        "pair": pair,
        "shown": _in_words(pair),
        "keep": "first" if is_first else "second",
        "fields": fields,
        "cards": [_card(card, number) for number, card in enumerate((pair.first, pair.second), start=1)],
        "preview": plan_in_words(plan),
        "survivor": keep,
    }


def _shown(card: Customer, choice: str) -> Any:
    """A value as people read it, or something empty."""
    if choice == "name":
        return " ".join(part for part in (card.last_name, card.first_name, card.middle_name) if part)
    display = getattr(card, f"get_{choice}_display", None)
    return display() if display else getattr(card, choice)


def _card(card: Customer, number: int) -> dict[str, Any]:
    points: Sequence[Any] = list(card.contact_points.all())
    return {
        "customer": card,
        "side": "first" if number == 1 else "second",
        "number": number,
        "points": points,
        "stores": [known.dealership.name for known in card.known_to.select_related("dealership")],
        "codes": list(card.external_ids.all()),
        **{key: value for key, value in head(card, points=points).items() if key == "consent_lines"},
    }


def _note_reading(request: StoreRequest, rows: int, object_id: int | None = None) -> None:
    if rows:
        AccessLog.objects.create(
            user=request.user, dealership=request.store, at=timezone.now(), action=AccessLog.Action.VIEW,
            subject="duplicates", object_id=object_id, rows=rows,
        )  # fmt: skip
