"""What a customer allows, purpose by channel; each click is one event in the journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.forms import ConsentForm
from customers.models import Channel, ConsentEvent, Customer, Purpose
from customers.rules.consent import allows, last_word
from customers.views.doors import STAFF, back_to, customer_or_404
from customers.views.head import head
from dealercrm.accounts.guards import StoreRequest, role_required

# Safety is not asked about: a recall passes every gate but death and a missing phone.
ASKED = (Purpose.SERVICE, Purpose.COURTESY, Purpose.SURVEY, Purpose.MARKETING)


def consent_panel(customer: Customer, events: Sequence[ConsentEvent] | None = None) -> dict[str, Any]:
    """What customers/_consents.html shows; a query unless the events are at hand."""
    said = list(customer.consent_events.all()) if events is None else events
    table = [
        {
            "purpose": purpose,
            "cells": [
                {
                    "channel": channel,
                    "is_allowed": allows(said, purpose, channel),
                    "word": last_word(said, purpose, channel),
                }
                for channel in Channel
            ],
        }
        for purpose in ASKED
    ]
    return {
        "customer": customer,
        "consents": table,
        "channels": list(Channel),
        "sources": ConsentForm.SOURCES,
        "calls_allowed": any(allows(said, purpose, Channel.CALL) for purpose in ASKED),
        "last_said": max(said, key=lambda event: event.at, default=None),
    }


@role_required(*STAFF)
@require_POST
def consents(request: StoreRequest, pk: int) -> HttpResponse:
    """Write down what the customer said just now. It counts from this moment for every gate."""
    customer = customer_or_404(request, pk)
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    words = dict(form.cleaned_data["say"])
    act = customer.give_consent if words.pop("is_given") else customer.withdraw_consent
    act(**words, at=timezone.now(), source=form.cleaned_data["source"], dealership=request.store, by=request.user)
    if not request.htmx:
        return back_to(customer)
    said = list(customer.consent_events.all())
    context = consent_panel(customer, said) | head(customer, said=said) | {"panel": "customers/_consents.html"}
    response = render(request, "customers/_news.html", context)
    response["HX-Trigger"] = "timeline-changed"
    return response
