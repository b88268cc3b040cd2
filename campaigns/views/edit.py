"""Edits inside a call: contacts, consent, mileage, what is missing, another car sold. The card and its lease stay."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from campaigns.models import ContactTask
from customers.forms import EARLIEST_BIRTH
from customers.models import Customer
from customers.views.consent import consent_panel
from customers.views.contact import contact_panel
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from vehicles.forms import DayInput, ReadingForm
from vehicles.models import Ownership


class AskedForm(forms.Form):
    """What an operator asks in passing and the card counts as missing."""

    birth_on = forms.DateField(label=gettext_lazy("Born"), required=False, widget=DayInput())
    city = forms.CharField(label=gettext_lazy("City"), required=False, max_length=80)

    def __init__(self, data: Any = None, *, customer: Customer, today: Any) -> None:
        super().__init__(data, initial={"birth_on": customer.birth_on, "city": customer.city})
        self.today = today
        if customer.kind == Customer.Kind.COMPANY:
            del self.fields["birth_on"]

    def clean_birth_on(self) -> Any:
        day = self.cleaned_data["birth_on"]
        if day and not EARLIEST_BIRTH <= day <= self.today:
            raise forms.ValidationError(_("Nobody who drives was born on that day."))
        return day


@require_http_methods(["GET", "POST"])
@role_required(Role.OPERATOR, Role.MANAGER)
def call_edit(request: StoreRequest, pk: int) -> HttpResponse:
    """Beside the card of a call: everything about its customer that may change while they talk.

    POST takes what was missing, or `sold`: one of the customer's other cars. That the car of this call was sold is a
    result of the call, so it is not among them. Contacts, consent and mileage go to their own addresses.
    """
    tasks = ContactTask.objects.for_user(request.user).calls()
    task = get_object_or_404(tasks.select_related("customer", "ownership__vehicle__model__make"), pk=pk)
    customer, today = task.customer, request.store.today(timezone.now())
    if not customer.is_living:
        return redirect("customer", pk=customer.pk)
    others = (
        Ownership.objects.for_user(request.user).open().filter(customer=customer).exclude(pk=task.ownership_id or 0)
    )
    form, note, status = AskedForm(customer=customer, today=today), "", 200
    if request.method == "POST" and "sold" in request.POST:
        sold = request.POST["sold"]
        car = get_object_or_404(others, pk=int(sold) if sold.isdecimal() and len(sold) < 19 else 0)
        car.end(Ownership.EndReason.SOLD, on=today)
        note = _("Written down: no longer theirs.")
    elif request.method == "POST":
        form = AskedForm(request.POST, customer=customer, today=today)
        if form.is_valid():
            note = _("Written down.") if customer.correct(form.cleaned_data) else ""
        else:
            status = 422
    context = {
        "task": task,
        "asked": form,
        "note": note,
        "car": task.ownership.vehicle if task.ownership else None,
        "form": ReadingForm(today=today),
        "others": others.select_related("vehicle__model__make", "vehicle__make")[:8],
        **contact_panel(customer),
        **consent_panel(customer),
    }
    template = "campaigns/_edit.html" if request.htmx else "campaigns/edit.html"
    return render(request, template, context, status=status)
