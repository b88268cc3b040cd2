"""Who saw, searched or exported customers. Ids and counts only, newest first."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog, Dealership, Role, User

PAGE = 100
# What the rooms write as the subject, in words; another subject is shown as it stands.
SUBJECTS = {
    "customer": _("customer"),
    "customers": _("customers"),
    "vehicle": _("car"),
    "call card": _("call card"),
    "search": _("search"),
    "segment": _("segment"),
    "import rejects": _("rejected rows of an import"),
}


class AuditForm(forms.Form):
    """Every field narrows; empty means all."""

    by = forms.ModelChoiceField(
        label=_("Who"), queryset=User.objects.none(), required=False, empty_label=_("everybody")
    )
    action = forms.ChoiceField(
        label=_("What"), required=False, choices=[("", _("anything")), *AccessLog.Action.choices]
    )
    customer = forms.IntegerField(label=_("Customer number"), required=False, min_value=1)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: object, by: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["by"].queryset = by.staff().order_by("username")  # type: ignore[attr-defined]


@role_required(Role.ADMINISTRATOR)
def audit(request: StoreRequest) -> HttpResponse:
    """Entries of the active store; a page follows the last entry of the one before."""
    form = AuditForm(request.GET or None, by=request.user)
    entries = AccessLog.objects.for_user(request.user).filter(dealership=request.store)
    if form.is_bound and form.is_valid():
        entries = entries.filter(**_conditions(form, request.store))
        if form.cleaned_data["customer"]:
            entries = entries.about_customer(form.cleaned_data["customer"])
    after = request.GET.get("before", "")
    if after.isdecimal():
        entries = entries.filter(pk__lt=int(after))
    rows = list(entries.select_related("user").order_by("-pk")[: PAGE + 1])
    for row in rows:
        row.subject = str(SUBJECTS.get(row.subject, row.subject))
    older = rows[PAGE - 1].pk if len(rows) > PAGE else None
    query = request.GET.copy()
    query.pop("before", None)
    return render(
        request,
        "accounts/audit.html",
        {"form": form, "rows": rows[:PAGE], "older": older, "query": query.urlencode()},
    )


def _conditions(form: AuditForm, store: Dealership) -> dict[str, object]:
    """The filled fields as conditions; days are days on the store's calendar."""
    given = form.cleaned_data
    found: dict[str, object] = {}
    if given["by"]:
        found["user"] = given["by"]
    if given["action"]:
        found["action"] = given["action"]
    if given["since"]:
        found["at__gte"] = datetime.combine(given["since"], time.min, tzinfo=store.zone)
    if given["until"]:
        found["at__lt"] = datetime.combine(given["until"] + timedelta(days=1), time.min, tzinfo=store.zone)
    return found
