"""Every reason that the code can give has a sentence, with every number the sentence asks for, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from dealercrm import sentences
from dealercrm.sentences import known_codes, sentence

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("dealercrm", "customers", "vehicles", "lifecycle", "campaigns")
PLACE = re.compile(r"%\((\w+)\)")


def calls_of_why() -> Iterator[tuple[str, ast.Call]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Why" and node.args:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def codes_of(code: ast.expr) -> list[str]:
    """The codes an expression can be, as patterns: what is filled in at run time matches any word."""
    if isinstance(code, ast.Constant):
        return [re.escape(str(code.value))]
    if isinstance(code, ast.IfExp):
        return codes_of(code.body) + codes_of(code.orelse)
    if isinstance(code, ast.JoinedStr):
        return ["".join(re.escape(str(one.value)) if isinstance(one, ast.Constant) else r"\w+" for one in code.values)]
    return []  # handed on from a caller, whose literal the next test finds


def test_every_reason_has_a_sentence() -> None:
    silent = [
        f"{where} {pattern}"
        for where, call in calls_of_why()
        for pattern in codes_of(call.args[0])
        if pattern and not any(re.fullmatch(pattern, code) for code in known_codes())
    ]
    assert silent == []


def test_every_literal_that_looks_like_a_reason_has_a_sentence() -> None:
    """Codes are also handed on by name; whatever stands between quotes under a theme of ours must be worded."""
    themes = "|".join(sorted({re.escape(code.split(".")[0]) for code in known_codes()} - {"contact", "source"}))
    like_a_code = re.compile(rf"(?:{themes})\.(?:[a-z_]+\.)?[a-z_]*[a-z]")  # a stump ends in _ and is matched above
    silent = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if path.name == "fields.py":  # an example in the schema
                continue
            nodes = list(ast.walk(ast.parse(path.read_text())))
            # `source="price.lines"` of a serializer is a way through attributes.
            ways = {node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "source"}
            for node in nodes:
                if node in ways or not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                    continue
                if like_a_code.fullmatch(node.value) and node.value not in known_codes():
                    silent.add(f"{path.relative_to(ROOT)}:{node.lineno} {node.value}")
    assert silent == set()


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_a_reason_carries_all_that_its_sentence_asks_for(language: str) -> None:
    lacking = []
    for where, call in calls_of_why():
        given = call.args[1] if len(call.args) > 1 else ast.Dict(keys=[], values=[])
        code = call.args[0]
        if not (isinstance(given, ast.Dict) and isinstance(code, ast.Constant)) or None in given.keys:
            continue
        template = sentences._SENTENCES.get(str(code.value))
        if isinstance(template, str | Promise):
            names = {key.value for key in given.keys if isinstance(key, ast.Constant)}
            with translation.override(language):
                lacking += [f"{where} {code.value!r} {name}" for name in set(PLACE.findall(str(template))) - names]
    assert lacking == []


@pytest.mark.parametrize(
    "stored",
    [
        {"code": "occasion.maintenance", "params": {}},
        {"code": "occasion.maintenance", "params": None},
        {"code": "occasion.maintenance"},
        {"code": "gate.ended", "params": {"off": "2026-03-01"}},
        {"code": "gate.budget_calls", "params": {"limit": "many", "days": None}},
    ],
)
def test_a_reason_of_an_older_version_shows_its_code_and_logs_no_value(
    stored: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert sentence(stored) == stored["code"]
    assert stored["code"] in caplog.text
    assert "2026-03-01" not in caplog.text
    assert "many" not in caplog.text
