"""People around a customer: a panel of the customer's page and of the call card."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from customers.finding import find_customers
from customers.models import Merge, RelatedPair
from customers.relating import people_around, perhaps_the_same, relate
from customers.views.doors import RULERS, STAFF, back_to, customer_or_404
from dealercrm.accounts.guards import StoreRequest, role_required

ANSWERS = {"together": RelatedPair.Status.CONFIRMED, "apart": RelatedPair.Status.DISMISSED}


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def customer_around(request: StoreRequest, pk: int) -> HttpResponse:
    """Who belongs to them, who probably does. POST: `other` and the answer, together or apart.

    `?brief` is for the call card: names and reasons, nothing to decide in the middle of a call.
    """
    customer = customer_or_404(request, pk)
    if request.method == "POST":
        status = ANSWERS.get(request.POST.get("answer", ""))
        asked = request.POST.get("other", "")
        other = find_customers(request.user, [int(asked)]).get(int(asked)) if asked.isdecimal() else None
        if status is None or other is None or not other.is_living or other.pk == customer.pk:
            return HttpResponse(status=400)
        relate(customer, other, status, by=request.user, at=timezone.now())
        if not request.htmx:
            return back_to(customer)
    context = {
        "customer": customer,
        "around": people_around(customer, request.user),
        "perhaps_same": perhaps_the_same(customer, request.user),
        "merged_here": Merge.objects.standing().filter(survivor=customer).select_related("merged"),
        "may_merge": request.role in RULERS,
        "is_brief": "brief" in request.GET,
    }
    return render(request, "customers/_around.html" if request.htmx else "customers/around.html", context)
