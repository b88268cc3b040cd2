"""Have we made it good? The customer has the last word about a complaint."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from dealercrm.accounts.links import COMPLAINT
from dealercrm.accounts.public import at_store, public_page
from vehicles.models import Complaint


@public_page()
def complaint_word(request: HttpRequest, token: str) -> HttpResponse:
    """`yes` confirms; `no` opens it again and somebody calls by tomorrow. Said once for each solution."""
    ids, now = COMPLAINT.read(token), timezone.now()
    rows = Complaint.objects.filter(customer__erased_at=None).exclude(customer=None)
    complaint = rows.select_related("dealership", "customer").filter(pk=ids[0]).first() if ids else None
    if complaint is None or complaint.customer is None:
        raise Http404
    with at_store(request, complaint.dealership, complaint.customer.language):
        if request.method == "POST":
            note = request.POST.get("note", "").strip()[:2000]
            if "yes" in request.POST:
                complaint.confirm(by=None, at=now, note=note)
            elif "no" in request.POST:
                complaint.deny(by=None, at=now, note=note)
            return redirect("complaint-word", token=token)
        context = {"at": complaint.dealership, "complaint": complaint}
        return render(request, "campaigns/public/complaint.html", context)
