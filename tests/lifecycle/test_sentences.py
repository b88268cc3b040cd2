"""Every reason that a rule can give has its sentence, with a place for each of its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from dealercrm.sentences import known_codes, sentence
from lifecycle.rules.facts import Facts
from lifecycle.rules.judging import judge
from lifecycle.sentences import SENTENCES
from tests.rules.lifecycle.histories import VALUES, days, histories


def test_every_code_written_in_a_rule_is_a_sentence() -> None:
    rules = Path(settings.BASE_DIR) / "lifecycle"
    written = {
        code
        for path in rules.rglob("*.py")
        for code in re.findall(r'Why\(\s*"((?:stage|occasion)\.[a-z_.]+)"', path.read_text())
    }
    assert len(written) > 30
    assert written <= known_codes()


@pytest.mark.django_db
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories, days)
def test_no_reason_of_any_history_is_shown_as_a_code_or_with_an_empty_place(history: Facts, today: object) -> None:
    judgement = judge(history, VALUES, today)  # type: ignore[arg-type]
    reasons = [judgement.place.why, *judgement.absent.values(), *(item.why for item in judgement.candidates)]
    reasons += [item.answer for item in judgement.candidates if item.answer]
    for why in reasons:
        text = sentence(why.as_json())
        assert text
        assert why.code in SENTENCES
        assert "None" not in text, why
        assert "%(" not in text, why


@pytest.mark.django_db
def test_a_declined_work_is_named_without_a_verb_that_would_have_to_agree_with_it() -> None:
    said = {"group": "spark_plugs", "on": "2025-12-15", "is_safety": False}
    assert sentence({"code": "occasion.declined_work", "params": said}).endswith("and declined: spark plugs.")
    safe = sentence({"code": "occasion.declined_work", "params": {**said, "group": "brakes", "is_safety": True}})
    assert safe.endswith("and declined: brakes; this concerns safety.")
