"""What customers answer after a visit: written down on their page, read by the manager as one number."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from customers.views.doors import STAFF, customer_or_404
from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import Role
from vehicles.forms import FeedbackForm
from vehicles.models import Feedback
from vehicles.rules.nps import net_promoter
from vehicles.views.cars import written
from vehicles.voice import ADVISOR_DAYS, month_span

DAYS, MOST = 90, 100
GROUPS = ("promoter", "passive", "detractor")


@role_required(*STAFF)
@require_http_methods(["GET", "POST"])
def customer_feedback(request: StoreRequest, pk: int) -> HttpResponse:
    """The customer says how it was; who would not recommend us has a complaint from now on.

    The call card asks for the form alone (`car` names the car it is about) and is answered in its place.
    """
    now = timezone.now()
    customer = customer_or_404(request, pk)
    if request.method == "GET":
        car = customer.ownerships.open().filter(pk=_number(request.GET.get("car", ""))).first()
        return render(
            request,
            "vehicles/_feedback_form.html",
            {"customer": customer, "form": FeedbackForm(customer=customer), "car": car.pk if car else ""},
        )
    form = FeedbackForm(request.POST, customer=customer)
    if "card" in request.POST:
        said = form.save(store=request.store, by=request.user, at=now) if form.is_valid() else None
        car_id = request.POST.get("feedback-ownership", "")
        context = {"customer": customer, "form": form, "said": said, "car": car_id}
        return render(request, "vehicles/_feedback_form.html", context, status=200 if said else 422)
    return written(
        request, customer, now, "feedback", form, lambda: form.save(store=request.store, by=request.user, at=now)
    )


@role_required(Role.OPERATOR, Role.MANAGER)
@require_GET
def feedback(request: StoreRequest) -> HttpResponse:
    """The store's answers of the last three months, newest first, and the Net Promoter Score they make."""
    now = timezone.now()
    store = next((one for one in request.stores if one.code == request.GET.get("store")), request.store)
    month, advisor = _month(request.GET.get("month", "")), request.GET.get("advisor", "")
    days = ADVISOR_DAYS if advisor or request.GET.get("days") == str(ADVISOR_DAYS) else DAYS
    since, until = month_span(month, store) if month else (now - timedelta(days=days), now + timedelta(minutes=5))
    answers = Feedback.objects.for_user(request.user).filter(dealership=store, at__gte=since, at__lt=until)
    if advisor:
        answers = answers.filter(order__advisor=advisor)
    counts = answers.counts()
    number = counts["number"]
    group = request.GET.get("group", "")
    rows = answers.of_group(group) if group in GROUPS else answers
    loaded = rows.select_related(
        "customer", "by", "order", "complaint", "ownership__vehicle__model__make", "ownership__vehicle__make"
    )
    found = list(loaded.order_by("-at", "-pk")[: MOST + 1])
    return render(
        request,
        "vehicles/feedback.html",
        {
            "rows": found[:MOST],
            "is_cut": len(found) > MOST,
            "most": MOST,
            "days": days,
            "at": store,
            "month": month,
            "advisor": advisor,
            "score": net_promoter(counts["promoter"], counts["passive"], counts["detractor"]),
            "narrowed": request.GET.urlencode() if month or advisor or store != request.store else "",
            "counts": counts,
            "group": group if group in GROUPS else "",
            "nps": round(100 * (counts["promoter"] - counts["detractor"]) / number) if number else None,
        },
    )


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
