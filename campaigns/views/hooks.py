"""Where providers report: receipts, bounces, complaints, answers. The address holds a secret of the channel."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.hearing import hear
from campaigns.rules.hooks import events_of

LARGEST = 1_000_000

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def hook(request: HttpRequest, channel: str, secret: str) -> HttpResponse:
    """200 once everything in the report was taken, so that a provider that asks for more knows it may forget."""
    known = settings.WEBHOOK_SECRETS.get(channel, "")
    if not known or not constant_time_compare(secret, known):
        raise Http404
    if len(request.body) > LARGEST:
        return HttpResponse(status=413)
    try:
        report: Any = json.loads(request.body) if request.content_type == "application/json" else request.POST.dict()
    except ValueError:
        return HttpResponse("no JSON", status=400, content_type="text/plain")
    events = events_of(settings.HOOKS[channel], report)
    heard = sum(hear(channel, event, now=timezone.now()) for event in events)
    logger.info("hook %s: %s events, %s of ours", channel, len(events), heard)
    return HttpResponse(status=200)
