"""Names as they sound: one spelling for Cyrillic and Latin, letter case, yo and ye, word order, legal forms."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein

# Cyrillic to the coarse Latin in which names are compared; only what tells two names apart survives.
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
}  # fmt: skip
# What clerks and passports write for one sound, made the same. Applied in this order.
_SAME = (
    ("shch", "sh"), ("sch", "sh"), ("kh", "h"), ("tc", "ts"), ("ph", "f"), ("y", "i"), ("j", "i"), ("w", "v"),
    ("x", "ks"), ("io", "e"), ("ie", "e"),
)  # fmt: skip
_PATRONYMIC = re.compile(r"(vich|ich|ovna|evna|ichna)$")
_PATRONYMIC_PARTICLES = frozenset(("ogli", "oglu", "kizi", "ugli"))
_FORMS = """
    ооо оао зао пао ао ип гуп муп фгуп тоо нко ано чуп llc ltd inc gmbh jsc ojsc cjsc oao ooo zao pao ip co
"""
_LEGAL_FORM = frozenset(_FORMS.split())
_LONG_FORMS = (
    ("общество с ограниченной ответственностью", ""),
    ("публичное акционерное общество", ""),
    ("закрытое акционерное общество", ""),
    ("открытое акционерное общество", ""),
    ("акционерное общество", ""),
    ("индивидуальный предприниматель", ""),
)
SHORTEST, LONG = 6, 11  # letters: no slip in a shorter word (Марина, Мария are two names), two in a longer one


@lru_cache(maxsize=65536)
def canonical(word: str) -> str:
    """One word of a name in the coarse Latin: Юлия, YULIYA and Iuliia are all "iulia"."""
    text = "".join(_LATIN.get(letter, letter) for letter in word.casefold())
    text = re.sub(r"[^a-z0-9]", "", text)
    for written, same in _SAME:
        text = text.replace(written, same)
    return re.sub(r"(.)\1+", r"\1", text)


class Name(NamedTuple):
    """A person's name for comparing: surname and given name in any order, and the patronymic."""

    words: tuple[str, ...]  # sorted: "Иванов Пётр" and "Пётр Иванов" are one
    middle: str

    @property
    def is_whole(self) -> bool:
        return len(self.words) >= 2 and all(len(word) > 1 for word in self.words)


@lru_cache(maxsize=8192)
def person_name(last: str, first: str, middle: str) -> Name:
    """Words that end like a patronymic are the patronymic, in whichever field they were typed."""
    words: list[str] = []
    middles: list[str] = []
    for field, is_middle in ((last, False), (first, False), (middle, True)):
        for word in re.split(r"[\s.,\-]+", field):
            key = canonical(word)
            if not key:
                continue
            if key in _PATRONYMIC_PARTICLES or (is_middle and not _is_swapped(key, middle)):
                middles.append(key)
            else:
                words.append(key)
    if not middles:  # a patronymic may stand in another field; a surname like Зелинич alone stays a surname
        found = [word for word in words if _PATRONYMIC.search(word)]
        if found and len(words) > 2:
            middles = found[-1:]
            words.remove(found[-1])
    return Name(tuple(sorted(words)), "".join(middles[:1]))


def _is_swapped(key: str, middle: str) -> bool:
    """A surname of several words may run over into the patronymic's field; one word there is what it says it is."""
    return len(middle.split()) > 1 and not _PATRONYMIC.search(key) and len(key) > 1


@lru_cache(maxsize=8192)
def firm_name(written: str) -> str:
    """A company's name without legal form, quotes and word order: ООО «Вектор Групп» and "Vektor-Grupp" LLC."""
    text = written.casefold().replace("ё", "е")
    for form, nothing in _LONG_FORMS:
        text = text.replace(form, nothing)
    words = [word for word in re.split(r"[\W_]+", text) if word and word not in _LEGAL_FORM]
    return " ".join(sorted(filter(None, map(canonical, words))))


@lru_cache(maxsize=65536)
def is_close(one: str, two: str) -> bool:
    """Equal but for a slip of the pen: letters swapped, lost, doubled or mistaken. Александр, Александра are two."""
    if one == two:
        return True
    shorter, longer = sorted((one, two), key=len)
    if len(shorter) < SHORTEST or longer == shorter + "a":
        return False
    most = 1 if len(longer) < LONG else 2
    return DamerauLevenshtein.distance(one, two, score_cutoff=most) <= most


def is_initial_of(one: str, two: str) -> bool:
    """One of them is the first letter of the other."""
    return min(len(one), len(two)) == 1 and one[:1] == two[:1]


def sound_key(word: str) -> str:
    """The consonants of a word: a blocking key that most misspellings share."""
    return word[:1] + re.sub(r"[aeiou]", "", word[1:])
