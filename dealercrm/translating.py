"""Translations without GNU gettext at run time, and the question whether they are complete."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import polib

PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sdfi]|\{\w*\}")


def compile_all(locale_dirs: Sequence[Path]) -> int:
    """Write a .mo beside every .po that is newer; returns how many were written.

    The new file replaces the old in one step, so that processes that start together never read
    half a file.
    """
    written = 0
    for source in sorted(path for folder in locale_dirs for path in folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        handle, draft = tempfile.mkstemp(dir=source.parent, suffix=".mo.draft")
        os.close(handle)
        polib.pofile(str(source)).save_as_mofile(draft)
        Path(draft).chmod(0o644)
        Path(draft).replace(target)
        written += 1
    return written


def gaps(template: polib.POFile, translation: polib.POFile) -> Iterator[str]:
    """One line for each string of the interface that `translation` does not fully cover."""
    known = {(entry.msgctxt, entry.msgid): entry for entry in translation if not entry.obsolete}
    for wanted in template:
        entry = known.get((wanted.msgctxt, wanted.msgid))
        problem = _problem(wanted, entry)
        if problem:
            where = f"{wanted.occurrences[0][0]}:{wanted.occurrences[0][1]}" if wanted.occurrences else "?"
            yield f"{where}: {problem}: {wanted.msgid!r}"


def _problem(wanted: polib.POEntry, entry: polib.POEntry | None) -> str:
    if entry is None:
        return "missing"
    if entry.fuzzy:
        return "fuzzy"
    if not wanted.msgid_plural:
        return _unfit(entry.msgstr, [wanted.msgid])
    if not entry.msgstr_plural:
        return "has no plural forms"
    problems = (_unfit(form, [wanted.msgid, wanted.msgid_plural]) for form in entry.msgstr_plural.values())
    return next((problem for problem in problems if problem), "")


def _unfit(text: str, sources: list[str]) -> str:
    """A form must be there and hold the places of its source; a plural form those of either source."""
    if not text.strip():
        return "not translated"
    places = sorted(PLACEHOLDER.findall(text))
    if all(places != sorted(PLACEHOLDER.findall(source)) for source in sources):
        return f"places {', '.join(places) or 'none'} differ from the source"
    return ""
