"""Is a text clear? What would make a customer stumble, each remark with its place in the text. Russian and English.

The measures are those of plain-language guides (a sentence is understood at once up to some 15-20 words; longer
words and office phrases slow the eye) and DOMAIN's own: one action, price and date where the reason has them.
A remark is advice. Two things are no advice: a place that nobody fills, and marketing without a way out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from campaigns.rules.sms import length_of
from campaigns.rules.texts import PLACES
from dealercrm.why import Why

LONGEST_SENTENCE = {"ru": 16, "en": 20}  # words; Russian packs more into a word
LONGEST_WORD = {"ru": 17, "en": 14}  # letters
MOST_PARTS = 2  # of a text message
NEEDS_WAY_OUT = frozenset({"marketing", "survey"})

# Places that give a text its date or its price. Offers bring places of their own, which all begin with "offer".
DATED = {
    "first_service": ("due_on",),
    "maintenance": ("due_on",),
    "overdue_maintenance": ("last_visit_on", "due_on"),
    "insurance_renewal": ("until",),
    "warranty_end": ("until",),
    "service_contract_end": ("until",),
    "finance_end": ("until",),
    "appointment_confirmation": ("appointment_at",),
}
PRICED = frozenset(
    {"first_service", "maintenance", "overdue_maintenance", "component_wear", "declined_work", "seasonal_tyres"}
)

# Office phrases and what people say instead; empty where it is best left out.
OFFICIALESE: dict[str, dict[str, str]] = {
    "ru": {
        "осуществить": "сделать", "осуществляется": "", "осуществляем": "делаем", "произвести оплату": "оплатить",
        "произвести": "сделать", "посредством": "через", "в целях": "чтобы", "с целью": "чтобы", "данный": "этот",
        "данного": "этого", "данная": "эта", "данную": "эту", "является": "", "являются": "", "в связи с": "из-за",
        "уведомляем": "", "настоящим": "", "вышеуказанн": "этот", "нижеследующ": "", "надлежащ": "",
        "в случае если": "если",
        "во избежание": "чтобы не", "проинформировать": "сообщить", "информируем": "", "в установленном порядке": "",
        "на сегодняшний день": "сегодня", "в настоящее время": "сейчас", "предоставляется возможность": "можно",
        "имеете возможность": "можете", "в кратчайшие сроки": "", "необходимо": "нужно",
        "денежные средства": "деньги",
        "согласно": "по", "в соответствии с": "по", "в рамках": "", "касательно": "о", "путём": "", "ввиду": "из-за",
        "доводим до вашего сведения": "", "просим вас": "", "уважаемый клиент": "", "по вопросу": "о",
    },
    "en": {
        "utilize": "use", "utilise": "use", "in order to": "to", "prior to": "before", "subsequent to": "after",
        "please be advised": "", "please be informed": "", "we would like to inform you": "", "hereby": "",
        "at your earliest convenience": "", "commence": "begin", "pursuant to": "by", "with regard to": "about",
        "in regard to": "about", "facilitate": "help", "endeavour": "try", "endeavor": "try", "kindly": "please",
        "in the event that": "if", "due to the fact that": "because", "aforementioned": "this", "henceforth": "",
        "at this point in time": "now", "we are pleased to": "", "dear customer": "", "terminate": "end",
        "assistance": "help", "purchase": "buy", "in accordance with": "by", "regarding": "about", "is able to": "can",
    },
}  # fmt: skip
# Requests to the reader, by the stem that they begin with.
ACTIONS = {
    "ru": (
        "ответьте", "запишитесь", "позвоните", "перезвоните", "перейдите", "нажмите", "приезжайте", "приходите",
        "напишите", "выберите", "оставьте", "заполните", "скачайте", "закажите", "купите", "оформите", "подтвердите",
        "сообщите", "отправьте", "расскажите", "оцените", "пришлите", "свяжитесь", "зайдите",
    ),
    "en": (
        "answer", "reply", "book", "call", "click", "visit", "choose", "write", "order", "confirm", "come", "tell",
        "send", "fill", "download", "buy", "rate", "contact", "schedule", "register",
    ),
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BRACES = re.compile(r"\{[^{}\n]*\}?|\}")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_SHOUT = re.compile(r"\b[^\W\d_]{5,}\b")


class Remark(NamedTuple):
    """`start` and `end`: where in the text; both 0 where the whole text is meant."""

    why: Why
    is_blocking: bool = False
    start: int = 0
    end: int = 0


class About(NamedTuple):
    """What the text is for: its channel, the purposes and kinds it answers, and whether a way out is added to it."""

    channel: str
    purposes: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    has_way_out: bool = True
    is_greeting: bool = False


def remarks(text: str, language: str, about: About, *, subject: str = "") -> list[Remark]:
    """What to mend, the blocking remarks first, then in the order of the text. An empty list: it is clear."""
    found = [
        *_places(text, about),
        *_long_sentences(text, language),
        *_long_words(text, language),
        *_office_words(text, language),
        *_shouting(text),
        *_actions(text, language, about),
        *_price_and_date(f"{subject}\n{text}", about),
        *_length(text, about),
    ]
    return sorted(found, key=lambda remark: (not remark.is_blocking, remark.start, remark.why.code))


def unknown_in(text: str) -> list[Remark]:
    """Places in braces that nobody fills; a subject is asked only this."""
    found = []
    for match in _BRACES.finditer(text):
        name = match[0].strip("{} ")
        if match[0] != f"{{{name}}}" or not _is_known(name):
            found.append(Remark(Why("clarity.unknown_place", {"place": match[0][:40]}), True, *match.span()))
    return found


def _is_known(name: str) -> bool:
    return name in PLACES


def _places(text: str, about: About) -> Iterator[Remark]:
    yield from unknown_in(text)
    if about.purposes & NEEDS_WAY_OUT and about.channel != "call" and not about.has_way_out:
        yield Remark(Why("clarity.no_way_out"), True)


def _long_sentences(text: str, language: str) -> Iterator[Remark]:
    most = LONGEST_SENTENCE[language]
    for match in _SENTENCE.finditer(text):
        words = len(_WORD.findall(match[0]))
        if words > most:
            yield Remark(Why("clarity.long_sentence", {"words": words, "most": most}), False, *_inner(match))


def _long_words(text: str, language: str) -> Iterator[Remark]:
    most = LONGEST_WORD[language]
    for match in _WORD.finditer(_without_places(text)):
        if max(map(len, match[0].split("-"))) > most:
            yield Remark(Why("clarity.long_word", {"word": match[0], "most": most}), False, *match.span())


def _office_words(text: str, language: str) -> Iterator[Remark]:
    lower = text.lower().replace("ё", "е")
    taken: list[tuple[int, int]] = []
    for phrase, better in sorted(OFFICIALESE[language].items(), key=lambda pair: -len(pair[0])):
        for match in re.finditer(rf"\b{re.escape(phrase.replace('ё', 'е'))}", lower):
            if any(start <= match.start() < end for start, end in taken):
                continue  # a longer phrase has said it
            taken.append(match.span())
            said = {"phrase": text[match.start() : match.end()], "better": better}
            code = "clarity.office_word" if better else "clarity.office_word_needless"
            yield Remark(Why(code, said), False, *match.span())


def _shouting(text: str) -> Iterator[Remark]:
    bare = _without_places(text)
    for match in _SHOUT.finditer(bare):
        if match[0].isupper():
            yield Remark(Why("clarity.shouting", {"word": match[0]}), False, *match.span())
    if text.count("!") > 2:
        yield Remark(Why("clarity.exclamations", {"count": text.count("!")}))


def _actions(text: str, language: str, about: About) -> Iterator[Remark]:
    """A message asks for one thing, a greeting for none; a call ends in a question or it is a speech."""
    if about.channel == "call":
        if "?" not in text:
            yield Remark(Why("clarity.no_question"))
        return
    found: dict[str, tuple[int, int]] = {}
    for match in _WORD.finditer(text):
        if match[0].lower() in ACTIONS[language] and _is_request(text, match.start(), language):
            found.setdefault(match[0].lower(), match.span())
    if about.is_greeting:
        if found:
            yield Remark(Why("clarity.greeting_asks"), False, *next(iter(found.values())))
    elif not found:
        yield Remark(Why("clarity.no_action"))
    elif len(found) > 1:
        second = list(found.values())[1]
        yield Remark(Why("clarity.many_actions", {"count": len(found), "actions": list(found)}), False, *second)


def _is_request(text: str, at: int, language: str) -> bool:
    """Russian says a request by its form; in English it begins a sentence or follows "please", "and", "or"."""
    if language == "ru":
        return True
    before = text[:at].rstrip(" ")
    return not before or before[-1] in ".!?\n:,(" or before.lower().endswith(("please", " and", " or"))


def _price_and_date(text: str, about: About) -> Iterator[Remark]:
    """A price and a date can be said where every kind of the campaign has one."""
    named = set(re.findall(r"\{([a-z_]+)\}", text))
    has_offer = any(name.startswith("offer") for name in named)
    if about.channel == "call":
        return
    if about.kinds and about.kinds <= PRICED and "price" not in named and not has_offer:
        yield Remark(Why("clarity.no_price"))
    if about.kinds and about.kinds <= set(DATED):
        wanted = {place for kind in about.kinds for place in DATED[kind]}
        if not named & wanted and not has_offer:
            yield Remark(Why("clarity.no_date", {"places": sorted(f"{{{place}}}" for place in wanted)}))


def _length(text: str, about: About) -> Iterator[Remark]:
    if not text.strip():
        yield Remark(Why("clarity.empty"))
    elif about.channel == "sms" and (length := length_of(text)).parts > MOST_PARTS:
        yield Remark(Why("clarity.long_sms", {"characters": length.characters, "parts": length.parts}))


def _without_places(text: str) -> str:
    """Places as blanks of the same length, so that positions stay."""
    return _BRACES.sub(lambda match: " " * len(match[0]), text)


def _inner(match: re.Match[str]) -> tuple[int, int]:
    inside = match[0].strip()
    start = match.start() + match[0].index(inside) if inside else match.start()
    return start, start + len(inside)
