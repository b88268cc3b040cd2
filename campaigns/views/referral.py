"""The customer on the line recommends us to somebody: noted beside the card, which stays as it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from campaigns.models import ContactTask
from customers.models import Referral
from dealercrm.accounts.guards import StoreRequest, check_role_at, role_required
from dealercrm.accounts.models import Role
from dealercrm.sentences import sentence
from dealercrm.why import Why

SHOWN = 5


class ReferralForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, widget=forms.TextInput({"autocomplete": "off", "autofocus": True})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"), max_length=40, widget=forms.TextInput({"inputmode": "tel", "autocomplete": "off"})
    )


@require_http_methods(["GET", "POST"])
@role_required(Role.OPERATOR, Role.MANAGER)
def call_referral(request: StoreRequest, pk: int) -> HttpResponse:
    """A form for name and phone, and whom this customer recommended us to before. POST notes one more."""
    tasks = ContactTask.objects.for_user(request.user).calls().select_related("customer", "dealership")
    task = get_object_or_404(tasks, pk=pk)
    check_role_at(request.user, task.dealership_id, Role.OPERATOR, Role.MANAGER)
    if not task.customer.is_living:
        return redirect("customer", pk=task.customer_id)
    form, noted = _form(None), None
    if request.method == "POST":
        form = _form(request.POST)
        if form.is_valid():
            noted = _note(request, task, form)
            form = form if noted is None else _form(None)
    before = Referral.objects.for_user(request.user).filter(referrer=task.customer).order_by("-at", "-pk")
    context = {"task": task, "form": form, "noted": noted, "before": before[:SHOWN]}
    template = "campaigns/_referral.html" if request.htmx else "campaigns/referral.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _form(data: Any) -> ReferralForm:
    return ReferralForm(data, auto_id="referral-%s")


def _note(request: StoreRequest, task: ContactTask, form: ReferralForm) -> Referral | None:
    """None where the number is none that can be dialled; the form says so then."""
    noted = Referral.objects.note(
        task.customer, dealership=task.dealership, by=request.user, at=timezone.now(), **form.cleaned_data
    )
    if isinstance(noted, Why):
        form.add_error("phone", sentence(noted.as_json()))
        return None
    return noted
