"""They call us: the calls that are planned with this customer, one key away, or a note where none is planned."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.models import ContactTask
from customers.models import Channel, Purpose
from customers.views.doors import customer_or_404
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from vehicles.models import Touch

MOST = 4


@require_http_methods(["GET", "POST"])
@role_required(Role.OPERATOR, Role.MANAGER)
def customer_calls(request: StoreRequest, pk: int) -> HttpResponse:
    """A fragment of the customer's page. POST keeps the note of a call that came in without a reason of ours.

    A planned call is taken whatever the hour or a pause: the customer is on the line. Its card and outcomes are
    those of a call that we made.
    """
    customer, now, note = customer_or_404(request, pk), timezone.now(), ""
    if request.method == "POST":
        text = request.POST.get("note", "").strip()[:5000]
        if text:
            Touch.objects.create(
                customer=customer,
                dealership=request.store,
                at=now,
                channel=Channel.CALL,
                direction=Touch.Direction.IN,
                purpose=Purpose.SERVICE,
                outcome="done",
                was_reached=True,
                note=text,
                by=request.user,
            )
            customer.note_new_facts()
            note = _("Written down: they called.")
        if not request.htmx:
            return redirect("customer", pk=customer.pk)
    calls = ContactTask.objects.for_user(request.user).filter(customer=customer, dealership=request.store)
    calls = calls.calls().open().filter(closes_at__gt=now)
    context = {
        "customer": customer,
        "calls": calls.select_related("ownership__vehicle__model__make", "assigned_to").in_call_order()[:MOST],
        "note": note,
        "now": now,
    }
    response = render(request, "campaigns/_inbound.html" if request.htmx else "campaigns/inbound.html", context)
    if note:
        response["HX-Trigger"] = "timeline-changed"
    return response
