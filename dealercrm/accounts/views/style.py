"""A page with every class of the visual language, for those who build pages. Only in DEBUG."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

STAGES = (
    "prospect",
    "purchase",
    "first_service",
    "retention",
    "repeat_purchase",
    "dormant",
    "lost",
    "ended",
)


def style(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    times = [now - timedelta(minutes=8), now - timedelta(days=3), now - timedelta(days=430)]
    return render(request, "style.html", {"stages": STAGES, "times": times})
