"""Which profile an export was written for: the one that recognises most columns of most files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vehicles.exports import parent
from vehicles.models import ImportProfile
from vehicles.rules.profiles import Profile


def choose_profile(path: Path) -> ImportProfile | None:
    return best_profile(parent.peek(path, None), list(ImportProfile.objects.all()))


def best_profile(peeked: Sequence[Mapping[str, Any]], profiles: Sequence[ImportProfile]) -> ImportProfile | None:
    """The profile that explains most columns of these headers; None where none knows any file."""
    scored = [(_columns_known(peeked, profile), profile.pk, profile) for profile in profiles]
    best = max(scored, default=None, key=lambda one: one[:2])
    return best[2] if best and best[0] else None


def _columns_known(peeked: Sequence[Mapping[str, Any]], row: ImportProfile) -> int:
    try:
        profile = Profile.from_mapping(row.mapping)
    except ValueError:
        return 0
    shapes = [profile.recognise(file["header"]) for file in peeked]
    return sum(len(shape[1]) for shape in shapes if shape)
