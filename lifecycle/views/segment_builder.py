"""The builder: conditions one by one, with a sentence, a live count and the first cars beside them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from dealercrm.accounts.guards import StoreRequest, role_required
from lifecycle.models import Segment, Standing
from lifecycle.segments.form import Builder
from lifecycle.segments.narrowing import narrow
from lifecycle.segments.showing import Shown, shown_or_404
from lifecycle.segments.words import spoken
from lifecycle.views.base import stores_shown
from lifecycle.views.segments import READERS, note_seen, scope_of, today_of, with_names

FIRST = 8


class NameForm(forms.Form):
    """What a segment is called, who sees it, and the version that was read before it was changed."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    is_shared = forms.BooleanField(
        label=gettext_lazy("Every store of the group sees it"),
        help_text=gettext_lazy("Each store sees its own customers in it."),
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@role_required(*READERS)
@require_http_methods(["GET", "POST"])
def segment_new(request: StoreRequest) -> HttpResponse:
    """A new segment, empty or (`?from=`) a copy of another one."""
    source = request.GET.get("from", "")
    shown = shown_or_404(request.user, source, request.store) if source else None
    if request.method == "GET":
        name = _("%(name)s, copy") % {"name": shown.name} if shown and shown.saved else shown.name if shown else ""
        builder = Builder.of_definition(shown.meaning if shown else None, request.store)
        return _form(request, builder, NameForm(initial={"name": name}), None)
    return _posted(request, None)


@role_required(*READERS)
@require_http_methods(["GET", "POST"])
def segment_edit(request: StoreRequest, key: str) -> HttpResponse:
    shown = shown_or_404(request.user, key, request.store)
    if shown.saved is None or not shown.saved.may_be_changed_by(request.user):
        raise Http404
    if request.method == "GET":
        builder = Builder.of_definition(shown.meaning, request.store)
        return _form(request, builder, NameForm(initial={"name": shown.name, "version": shown.saved.version}), shown)
    return _posted(request, shown)


@role_required(*READERS)
@require_POST
def segment_preview(request: StoreRequest) -> HttpResponse:
    """The sentence, the count and the first cars of what stands in the form now."""
    return render(request, "lifecycle/_segment_live.html", _live(request, Builder.of_post(request.POST, request.store)))


def _posted(request: StoreRequest, shown: Shown | None) -> HttpResponse:
    builder = Builder.of_post(request.POST, request.store)
    form = NameForm(request.POST)
    if request.POST.get("do") != "save":
        return _form(request, builder, NameForm(initial=request.POST.dict()), shown)
    if form.is_valid() and builder.definition is not None:
        try:
            saved = _save(request, builder, form, shown)
        except ValidationError as error:
            form.add_error("name", " ".join(error.messages))
        else:
            if saved is not None:
                return redirect("segment", str(saved.pk))
            form.add_error(None, _("Somebody else changed this segment meanwhile. Open it again in another tab."))
    return _form(request, builder, form, shown, status=422)


def _save(request: StoreRequest, builder: Builder, form: NameForm, shown: Shown | None) -> Segment | None:
    """None where somebody changed it since it was read."""
    assert builder.definition is not None
    said: dict[str, Any] = {"name": form.cleaned_data["name"], "definition": builder.definition}
    said |= {"by": request.user, "at": timezone.now()}
    if shown is None or shown.saved is None:
        is_shared = form.cleaned_data["is_shared"] and request.user.sees_all_dealerships
        return Segment.create(dealership=None if is_shared else request.store, **said)
    shown.saved.version = form.cleaned_data["version"] or shown.saved.version
    return shown.saved if shown.saved.change(**said) else None


def _form(
    request: StoreRequest, builder: Builder, form: NameForm, shown: Shown | None, status: int = 200
) -> HttpResponse:
    if shown is not None or not request.user.sees_all_dealerships:
        del form.fields["is_shared"]
    context = {
        "builder": builder,
        "form": form,
        "segment": shown,
        "address": reverse("segment-edit", args=[shown.key]) if shown else reverse("segment-new"),
        **_live(request, builder, is_counted=not request.htmx and request.method == "POST"),
    }
    template = "lifecycle/_segment_builder.html" if request.htmx else "lifecycle/segment_edit.html"
    return render(request, template, context, status=200 if request.htmx else status)


def _live(request: StoreRequest, builder: Builder, *, is_counted: bool = True) -> dict[str, Any]:
    """Counted only where a person looks at it; the page itself arrives first and asks for the count after."""
    definition = builder.definition
    found: dict[str, Any] = {"unfinished": builder.unfinished, "is_counted": is_counted, **scope_of(request)}
    if definition is None:
        return found
    found["sentence"] = spoken(definition, request.store)
    if is_counted:
        stores = stores_shown(request)
        members = narrow(Standing.objects.for_user(request.user), definition, stores=stores, today=today_of(request))
        rows = list(with_names(members)[:FIRST])
        note_seen(request, None, rows)
        found |= {"cars": members.count(), "rows": rows, "shown_stores": stores}
    return found
