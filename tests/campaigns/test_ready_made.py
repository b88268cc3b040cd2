from __future__ import annotations

import pytest
from django.utils import translation

from campaigns.models import Campaign, CampaignStep
from campaigns.ready_made import READY_MADE, install
from campaigns.ready_made_texts import TEXTS
from campaigns.rules.texts import unknown_places
from dealercrm.accounts.models import Dealership
from lifecycle.rules.kinds import JUDGED
from lifecycle.sentences import inside
from vehicles.templatetags.facts import outcome


def test_every_kind_of_occasion_has_exactly_one_ready_made_campaign() -> None:
    answered = [kind for ready in READY_MADE for kind in ready.kinds]
    assert sorted(answered) == sorted([*JUDGED, "inbound_message", "visit_booked"])


def test_installing_twice_changes_nothing_and_keeps_what_a_store_edited(north: Dealership) -> None:
    assert install(north) == len(READY_MADE)
    Campaign.objects.filter(code="maintenance").update(name_en="Our own words", is_active=False)
    assert install(north) == 0
    assert Campaign.objects.get(code="maintenance").name_en == "Our own words"


def test_every_step_has_its_words_in_both_languages(north: Dealership) -> None:
    install(north)
    for step in CampaignStep.objects.all():
        assert step.text_en, step
        assert step.text_ru, step
        if step.channel == "email":
            assert step.subject_en, step
            assert step.subject_ru, step


def test_no_text_names_a_place_that_nobody_fills() -> None:
    for code, texts in TEXTS.items():
        for text in texts:
            assert not unknown_places(text), (code, unknown_places(text))


def test_a_greeting_is_never_a_call(north: Dealership) -> None:
    install(north)
    steps = CampaignStep.objects.filter(campaign__code="greetings")
    assert set(steps.values_list("channel", flat=True)) == {"email"}


@pytest.mark.parametrize(
    ("name", "said"), [("Плановое ТО", "плановое ТО"), ("АКБ", "АКБ"), ("Spark plugs", "spark plugs"), ("", "")]
)
def test_a_work_in_a_sentence_keeps_its_abbreviations(name: str, said: str) -> None:
    assert inside(name) == said


def test_what_a_letter_ended_with_is_said_in_the_readers_language() -> None:
    with translation.override("ru"):
        assert [outcome("sent"), outcome("no_answer")] == ["отправлено", "нет ответа"]
    assert outcome("rang_off") == "rang off", "what another system called it"
