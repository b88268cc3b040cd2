"""How was it? One tap on a number, then the reason; the customer may think again for a week."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from campaigns.answers_by_link import answer_survey
from campaigns.models import ContactPolicy
from dealercrm.accounts.links import NPS
from dealercrm.accounts.public import at_store, public_page
from vehicles.models import Feedback, RepairOrder, VoiceNote

SCORES = tuple(range(11))


@public_page()
def nps(request: HttpRequest, token: str) -> HttpResponse:
    """Before an answer: the question. After it: thanks, the reason, and for who is content the public review."""
    now, order = timezone.now(), _order(token)
    with at_store(request, order.dealership, order.customer.language):
        if request.method == "POST":
            _take(request, order)
            return redirect("nps", token=token)
        answer = Feedback.objects.filter(order=order).order_by("-at", "-pk").first()
        is_again = "again" in request.GET and answer is not None and answer.may_change(now)
        context = {
            "at": order.dealership,
            "order": order,
            "token": token,
            "answer": None if is_again else answer,
            "scores": SCORES,
            "may_change": answer is not None and answer.may_change(now),
            "codes": VoiceNote.Code.choices,
            "chosen": set(VoiceNote.objects.standing().filter(feedback=answer).values_list("code", flat=True))
            if answer
            else set(),
            "review_url": _review_url(order, answer),
        }
        return render(request, "campaigns/public/nps.html", context)


def _take(request: HttpRequest, order: RepairOrder) -> None:
    """A number is an answer at once; words and what they were about come after it. Anything else is nothing."""
    now, score = timezone.now(), request.POST.get("score", "")
    if score.isdecimal() and len(score) < 3 and int(score) in SCORES:
        answer_survey(order, int(score), now=now)
    elif "comment" in request.POST:
        answer = Feedback.objects.filter(order=order, by_link=True).first()
        if answer is not None and answer.change(at=now, comment=request.POST["comment"].strip()[:2000]):
            VoiceNote.objects.code(answer, request.POST.getlist("code"), by=None, at=now)


def _review_url(order: RepairOrder, answer: Feedback | None) -> str:
    """Where the store asks who is content to say so in public; empty where it asks nowhere."""
    if answer is None or not answer.is_promoter:
        return ""
    return str(ContactPolicy.of(order.dealership_id).values().review_url)


def _order(token: str) -> RepairOrder:
    ids = NPS.read(token)
    rows = RepairOrder.objects.standing().filter(customer__erased_at=None, customer__merged_into=None)
    loaded = rows.select_related("dealership", "customer", "vehicle__model__make", "vehicle__make", "ownership")
    order = loaded.filter(pk=ids[0]).first() if ids else None
    if order is None:
        raise Http404
    return order
