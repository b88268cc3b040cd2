"""A person's name from one cell: which part is the surname, whatever order it was typed in."""

from __future__ import annotations

import re
from typing import NamedTuple

_PATRONYMIC = re.compile(r"(ович|евич|ич|овна|евна|ична|инична|оглы|кызы)$", re.IGNORECASE)
_COMPANY = re.compile(r"(^|\s)(ооо|оао|зао|пао|ао|ип|гуп|муп|llc|ltd|inc|gmbh|jsc)(\s|\.|$|\")|[«»\"]", re.IGNORECASE)
# Given names that dealers' bases hold most: they tell "Максим Смирнов" from "Смирнов Максим".
_COMMON_NAMES = """
    александр александра алексей алина алла альберт анастасия анатолий андрей анна антон артем артур борис вадим
    валентин валентина валерий валерия василий вера вероника виктор виктория виталий владимир владислав вячеслав
    галина георгий григорий данил даниил дарья денис дмитрий евгений евгения екатерина елена елизавета иван игорь
    ильдар илья инна ирина кирилл константин кристина ксения лариса лев лидия людмила любовь максим марат
    маргарита марина мария михаил надежда наталья никита николай нина оксана олег ольга павел петр полина раиса
    рамиль ринат роман руслан светлана семен сергей снежана софия станислав степан тамара тарас татьяна тимур
    ульяна федор юлия юрий яна ярослав
"""
_PARTICLES = frozenset(("оглы", "кызы", "углы", "заде"))
_GIVEN = frozenset(_COMMON_NAMES.split())


class PersonName(NamedTuple):
    last: str
    first: str
    middle: str


def split_name(text: str) -> PersonName:
    """Surname, given name, patronymic. "Surname Name Patronymic" is the usual order; the two other orders are known
    by the patronymic ("Ольга Викторовна Козлова") or by a common given name ("Максим Смирнов")."""
    parts = [_cased(part, text.islower()) for part in text.split()]
    if not parts:
        return PersonName("", "", "")
    if len(parts) == 1:
        return PersonName(parts[0], "", "")
    if len(parts) == 2:
        return _of_two(*parts)
    if _PATRONYMIC.search(parts[1]) and not _PATRONYMIC.search(parts[2]):
        return PersonName(" ".join(parts[2:]), parts[0], parts[1])
    return PersonName(parts[0], parts[1], " ".join(parts[2:]))


def _of_two(one: str, two: str) -> PersonName:
    if _is_given(one) and not _is_given(two):
        if _PATRONYMIC.search(two):
            return PersonName("", one, two)
        return PersonName(two, one, "")
    return PersonName(one, two, "")


def _is_given(part: str) -> bool:
    return part.casefold().replace("ё", "е") in _GIVEN


def _cased(part: str, is_all_small: bool) -> str:
    """A name typed all in capitals (or all small) as names are written; anything else as it was typed."""
    if part.casefold() in _PARTICLES:
        return part.lower()
    if len(part) > 1 and (part.isupper() or is_all_small):
        return "-".join(piece.capitalize() for piece in part.split("-"))
    return part


def looks_like_a_company(text: str) -> bool:
    """A legal form or quotation marks in the name: for exports that have no column for it."""
    return bool(_COMPANY.search(text))
