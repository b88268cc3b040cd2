"""From a browser's upload to an import that says what it recognised. Nothing is read in the web process but bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from dealercrm.accounts.models import Dealership, User
from vehicles.exports import parent
from vehicles.exports.sources import UnreadableExportError, digest_of
from vehicles.importing.choosing import best_profile
from vehicles.importing.running import clear_away, folder_of
from vehicles.models import ImportProfile, ImportRun
from vehicles.rules.suggesting import suggest

KEPT = timedelta(days=7)  # an upload nobody imports is personal data lying around
SUGGESTED_FROM = 200  # rows


def take_upload(dealership: Dealership, files: Sequence[UploadedFile[bytes]], *, by: User) -> ImportRun:
    """Store the files and look at their heads. Raises UnreadableExportError; then nothing stays."""
    name = _plain(files[0].name) if len(files) == 1 else ", ".join(_plain(one.name) for one in files)
    run = ImportRun.objects.create(dealership=dealership, name=name[:200], path="", uploaded_by=by)
    folder = folder_of(run) / "upload"
    try:
        folder.mkdir(parents=True)
        for file in files:
            with (folder / _plain(file.name)).open("wb") as target:
                for piece in file.chunks(1024 * 1024):
                    target.write(piece)
        run.path, run.content_digest = str(folder), digest_of(folder)
        peeked = parent.peek(folder, None, SUGGESTED_FROM)
        run.profile = best_profile(peeked, profiles_of(dealership))
        recognise(run)
    except (UnreadableExportError, OSError):
        clear_away(run)
        run.delete()
        raise
    return run


def recognise(run: ImportRun) -> None:
    """Keep what each file is under the chosen profile: form, header, columns, first rows."""
    run.recognised = parent.peek(Path(run.path), run.profile.mapping if run.profile else None)
    run.save(update_fields=["recognised", "profile", "path", "content_digest"])


def suggest_profile(run: ImportRun) -> ImportProfile:
    """A new profile of the store from the headers of this upload, to be completed by a person."""
    peeked = parent.peek(Path(run.path), None, SUGGESTED_FROM)
    number = ImportProfile.objects.count() + 1
    while ImportProfile.objects.filter(code=f"{run.dealership.code}-{number}"[:32]).exists():
        number += 1
    return ImportProfile.objects.create(
        code=f"{run.dealership.code}-{number}"[:32],
        name=run.name[:80],
        dealership=run.dealership,
        mapping=suggest(peeked, run.dealership.country),
    )


def profiles_of(dealership: Dealership) -> list[ImportProfile]:
    """The shipped profiles, those for all stores and the store's own."""
    return [one for one in ImportProfile.objects.all() if one.dealership_id in (None, dealership.pk)]


def forget_old_uploads(*, now: datetime) -> int:
    """Remove the files of uploads that nobody imported within a week; the runs stay and say so."""
    old = ImportRun.objects.filter(created_at__lt=now - KEPT).exclude(status__in=ImportRun.ACTIVE)
    forgotten = 0
    for run in old.filter(path__startswith=str(Path(settings.MEDIA_ROOT) / "imports")):
        clear_away(run)
        run.path = ""
        run.save(update_fields=["path"])
        forgotten += 1
    return forgotten


def _plain(name: str | None) -> str:
    """Only a file name: no folder, no leading dot, nothing a file system dislikes."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    return re.sub(r"[^\w.,() -]", "_", last).lstrip(".")[:120] or "export"
