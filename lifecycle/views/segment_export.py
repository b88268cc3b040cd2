"""A segment as a file. Only for those who run the store; who took whom stands in the access log."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dealercrm.accounts.guards import StoreRequest, role_required
from dealercrm.accounts.models import AccessLog
from lifecycle.segments.exporting import FORMATS, MOST, write
from lifecycle.segments.showing import shown_or_404
from lifecycle.views.segments import READERS, members_of, today_of


@role_required(*READERS)
@require_POST
def segment_export(request: StoreRequest, key: str) -> HttpResponse:
    """CSV or XLSX of at most 50,000 cars. A POST, so that no link, bot or prefetch takes customers away."""
    shown = shown_or_404(request.user, key, request.store)
    form = request.POST.get("format", "csv")
    if form not in FORMATS:
        raise Http404
    members = members_of(request, shown)
    if members.count() > MOST:
        messages.error(request, _("That is too long for one file; narrow the segment first."))
        return redirect("segment", key)
    entry = AccessLog.objects.create(
        user=request.user,
        dealership=request.store,
        at=timezone.now(),
        action=AccessLog.Action.EXPORT,
        subject="segment",
        object_id=shown.saved.pk if shown.saved else None,
        rows=0,
    )
    stream = write(form, members, entry)
    name = re.sub(r"[^\w -]+", "", shown.name).strip() or "segment"
    response = FileResponse(stream, as_attachment=True, filename=f"{name} {today_of(request)}.{form}")
    response.headers["Content-Type"] = FORMATS[form]
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]
