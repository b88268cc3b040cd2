"""What makes a text unclear, in both languages, each remark with its place."""

from __future__ import annotations

import pytest

from campaigns.ready_made import READY_MADE
from campaigns.ready_made_texts import TEXTS
from campaigns.rules.clarity import OFFICIALESE, About, remarks, unknown_in
from lifecycle.rules.kinds import KINDS

LETTER = About("email")


def codes(text: str, language: str = "en", about: About = LETTER) -> list[str]:
    return [remark.why.code.removeprefix("clarity.") for remark in remarks(text, language, about)]


@pytest.mark.parametrize(
    ("language", "text", "code", "quote"),
    [
        ("ru", "Ответьте нам. " + "слово " * 17 + "конец.", "long_sentence", "слово " * 17 + "конец."),
        ("en", "Answer us. " + "word " * 20 + "end.", "long_sentence", "word " * 20 + "end."),
        ("ru", "Ответьте про высокотехнологичность.", "long_word", "высокотехнологичность"),
        ("en", "Answer about internationalisation.", "long_word", "internationalisation"),
        ("ru", "Ответьте в целях записи.", "office_word", "в целях"),
        ("ru", "Работа осуществляется нами, ответьте.", "office_word_needless", "осуществляется"),
        ("en", "Answer us prior to Monday.", "office_word", "prior to"),
        ("en", "Please be advised. Answer us.", "office_word_needless", "Please be advised"),
        ("en", "Answer us TODAY please.", "shouting", "TODAY"),
        ("en", "Hi! Answer! Now!", "exclamations", ""),
        ("en", "Your car is due.", "no_action", ""),
        ("en", "Answer us. Click the link.", "many_actions", "Click"),
        ("ru", "Ответьте или позвоните.", "many_actions", "позвоните"),
    ],
)
def test_each_fault_is_found_where_it_stands(language: str, text: str, code: str, quote: str) -> None:
    [remark] = remarks(text, language, LETTER)
    assert remark.why.code == f"clarity.{code}"
    assert text[remark.start : remark.end] == quote
    assert not remark.is_blocking


def test_a_plain_text_has_no_remarks() -> None:
    assert codes("{name}, good day!\n\nYour {car} is due on {due_on}.\nAnswer this mail with a day.") == []
    assert codes("{name}, здравствуйте!\n\nСрок ТО: {due_on}.\nОтветьте на письмо удобным днём.", "ru") == []


@pytest.mark.parametrize("place", ["{Name}", "{ name }", "{clientName}", "{name", "name}", "{}", "{имя}"])
def test_a_place_that_nobody_fills_blocks(place: str) -> None:
    [remark] = [one for one in remarks(f"Answer us, {place}", "en", LETTER) if one.is_blocking]
    assert remark.why.code == "clarity.unknown_place"
    assert unknown_in(place)
    assert not unknown_in("{name}")


def test_marketing_without_a_way_out_blocks_and_service_does_not() -> None:
    shut = About("email", frozenset({"marketing"}), has_way_out=False)
    assert [one.is_blocking for one in remarks("Answer us.", "en", shut)] == [True]
    assert remarks("Answer us.", "en", shut._replace(purposes=frozenset({"service"}))) == []


def test_a_price_and_a_date_are_asked_where_every_reason_has_one() -> None:
    about = About("email", kinds=frozenset({"maintenance"}))
    assert codes("Answer us.", about=about) == ["no_date", "no_price"]
    assert codes("Answer us: {price}, {due_on}.", about=about) == []
    assert codes("Answer us.", about=About("email", kinds=frozenset({"maintenance", "win_back"}))) == []


def test_a_call_ends_in_a_question_and_a_greeting_asks_nothing() -> None:
    assert codes("We will tell you something.", about=About("call")) == ["no_question"]
    assert codes("Which day suits you?", about=About("call")) == []
    assert codes("Our wishes! Call us.", about=About("email", is_greeting=True)) == ["greeting_asks"]
    assert codes("Our wishes!", about=About("email", is_greeting=True)) == []


def test_a_long_text_message_says_what_it_costs() -> None:
    assert "long_sms" in codes("Ответьте. " + "Да. " * 40, "ru", About("sms"))
    assert "long_sms" not in codes("Ответьте. " + "Да. " * 20, "ru", About("sms"))
    assert "empty" in codes("", about=About("sms"))


def test_an_english_word_that_only_looks_like_a_request_is_none() -> None:
    assert codes("Your order is here. Answer us.") == []
    assert codes("We will call you. Please reply.") == []


def test_the_office_list_is_clear_itself() -> None:
    for language, phrases in OFFICIALESE.items():
        for better in filter(None, phrases.values()):
            assert not [one for one in remarks(better, language, About("call")) if "office" in one.why.code], better


@pytest.mark.parametrize("ready", READY_MADE, ids=lambda ready: ready.code)
def test_every_ready_made_text_is_clear(ready) -> None:
    kinds = [KINDS[kind] for kind in ready.kinds]
    words = TEXTS[ready.code]
    for channel in {channel for channel, _ in ready.steps}:
        about = About(
            channel,
            frozenset(kind.purpose.value for kind in kinds),
            frozenset(ready.kinds),
            is_greeting=all(kind.is_message_only for kind in kinds),
        )
        part = "call" if channel == "call" else "email"
        for language in ("ru", "en"):
            subject = getattr(words, f"subject_{language}") if part == "email" else ""
            text = getattr(words, f"{part}_{language}")
            found = remarks(text, language, about, subject=subject)
            assert found == [], [(one.why.code, text[one.start : one.end]) for one in found]
            assert unknown_in(subject) == []
