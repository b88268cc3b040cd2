"""Translations are compiled without gettext, and a gap is named."""

from __future__ import annotations

import gettext
import re
import shutil
from pathlib import Path

import polib
import pytest

from dealercrm.accounts.management.commands.check_translations import SOURCES, extracted
from dealercrm.translating import compile_all, gaps


def catalogue(*entries: polib.POEntry) -> polib.POFile:
    file = polib.POFile()
    file.extend(entries)
    return file


def entry(msgid: str, msgstr: str = "", **more: object) -> polib.POEntry:
    return polib.POEntry(msgid=msgid, msgstr=msgstr, **more)


def test_a_changed_translation_is_compiled_and_an_unchanged_one_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = catalogue(entry("Next call", "Следующий звонок"))
    source.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    source.save(str(folder / "django.po"))
    assert compile_all([tmp_path]) == 1
    assert compile_all([tmp_path]) == 0
    translations = gettext.translation("django", str(tmp_path), ["ru"])
    assert translations.gettext("Next call") == "Следующий звонок"
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (None, "missing"),
        (entry("%(n)s left"), "not translated"),
        (entry("%(n)s left", "%(n)s осталось", flags=["fuzzy"]), "fuzzy"),
        (entry("%(n)s left", "%(m)s осталось"), "places"),
        (entry("%(n)s left", "осталось"), "places"),
    ],
)
def test_every_kind_of_gap_is_named(found: polib.POEntry | None, problem: str) -> None:
    template = catalogue(entry("%(n)s left"))
    lines = list(gaps(template, catalogue(*[found] if found else [])))
    assert len(lines) == 1
    assert problem in lines[0]


def calls(one: str, few: str, many: str) -> polib.POEntry:
    forms = {0: one, 1: few, 2: many}
    return polib.POEntry(msgid="one call", msgid_plural="%(n)s calls", msgstr_plural=forms)


def test_a_full_translation_has_no_gaps_and_a_missing_plural_form_is_one() -> None:
    template = catalogue(entry("Today"), calls("", "", ""))
    today = entry("Today", "Сегодня")
    full = catalogue(today, calls("один звонок", "%(n)s звонка", "%(n)s звонков"))
    assert not list(gaps(template, full))
    assert len(list(gaps(template, catalogue(today, calls("%(n)s звонок", "", ""))))) == 1
    assert len(list(gaps(template, catalogue(today, calls("%(n)s звонок", "%(n)s звонка", "%(m)s"))))) == 1


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs xgettext (package gettext)")
def test_strings_of_code_and_templates_are_found(tmp_path: Path) -> None:
    project, copy = tmp_path / "project", tmp_path / "copy"
    for name in SOURCES:
        (project / name).mkdir(parents=True)
    (project / "lifecycle" / "x.py").write_text('from y import gettext as _\nA = _("From code")\n')
    (project / "templates" / "x.html").write_text('{% load i18n %}{% translate "From a template" %}')
    copy.mkdir()
    assert {found.msgid for found in extracted(project, copy)} == {"From code", "From a template"}
    assert not list(project.rglob("*.po*")), "the project itself is not written to"


def test_gettext_goes_by_the_names_that_the_extractor_knows() -> None:
    """A string behind another alias, or inside an f-string, is never extracted: nobody would miss its translation."""
    alias = re.compile(r"\b\w*gettext\w* as (?!_\b)\w+|\{(_|\w*gettext\w*)\(['\"]")
    root = Path(__file__).resolve().parents[2]
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for name in SOURCES
        for path in (root / name).rglob("*.py")
        for match in alias.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    assert alias.search("from django.utils.translation import gettext_lazy as lazy")
    assert alias.search("f\"{help} {_('Empty: no limit.')}\"")
