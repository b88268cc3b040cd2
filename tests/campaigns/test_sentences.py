"""Every reason that the code of this room can give has its sentence."""

from __future__ import annotations

import re
from pathlib import Path

import campaigns
from campaigns.rules.gates import GATES
from campaigns.rules.plays import PLAYS
from campaigns.sentences import GATE_LABELS, SENTENCES
from campaigns.templatetags.campaigns import listed
from dealercrm.sentences import sentence
from lifecycle.models import Occasion

PARAMS = {
    "on": "2026-03-16", "until": "2026-09-01", "since": "2026-03-01", "channel": "call", "purpose": "marketing",
    "work": "maintenance", "kind": "insurance_renewal", "limit": 2, "days": 30, "count": 2, "local": "21:10",
    "by": "Anna", "segment": "Kia", "places": ["nmae"], "place": "{x}", "words": 30, "most": 16, "phrase": "hereby",
    "better": "now", "word": "TODAY", "actions": ["call", "answer"], "characters": 161, "parts": 2,
    "waited": 20, "whole": 60, "percent": 8,
}  # fmt: skip


def codes_in_the_code() -> set[str]:
    # A code is a literal as the first argument of Why() or of a helper that makes one; both look like "theme.word".
    found = set()
    for path in Path(campaigns.__path__[0]).rglob("*.py"):
        if path.name != "sentences.py":
            found |= set(
                re.findall(
                    r'(?<!source=)"((?:campaign|claim|clarity|closed|contest|credit|explain|gate|merge|message|offer|place|undo)\.[a-z_]+)"',
                    path.read_text(),
                )
            )
    found.discard("closed.occasion_")
    # A campaign opens and closes these itself.
    found |= {"occasion.inbound_message", "occasion.closed.answered"}
    found |= {"occasion.visit_booked", "occasion.visit_changed", "occasion.closed.confirmed"}
    return found | {f"closed.occasion_{status}" for status in (Occasion.Status.SERVED, Occasion.Status.OBSOLETE)}


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert codes_in_the_code() == set(SENTENCES)


def test_every_sentence_can_be_said(db: None) -> None:
    for code in SENTENCES:
        said = sentence({"code": code, "params": PARAMS})
        assert said
        assert "%(" not in said


def test_no_limit_reads_differently_from_none_at_all() -> None:
    none = sentence({"code": "gate.budget_calls", "params": PARAMS | {"limit": 0}})
    assert none == "Calls of this class are switched off by policy."


def test_every_gate_has_a_label() -> None:
    of_the_day = {"campaign_minutes"}  # shut when the day is whole, not for a customer
    assert set(GATE_LABELS) == {*GATES, *of_the_day}
    assert "recall" in PLAYS


def test_texts_are_marked_by_names_that_the_extraction_of_texts_knows() -> None:
    # xgettext finds gettext(), _() and their kin by name: under another name a text stays English for ever.
    for path in Path(campaigns.__path__[0]).rglob("*.py"):
        aliases = re.findall(r"import n?p?gettext(?:_lazy)? as (\w+)", path.read_text())
        assert set(aliases) <= {"_"}, path


def test_works_of_a_visit_are_listed_whole_and_the_rest_is_counted() -> None:
    assert listed(["oil", "filters", "brake fluid"], 90) == "oil, filters, brake fluid"
    assert listed(["oil", "filters", "brake fluid"], 12) == "oil, filters +1"
    assert listed(["a very long name of one work"], 5) == "a very long name of one work"
    assert listed([], 5) == ""
