"""Names, plates and cities as keys to search and compare by."""

from __future__ import annotations

import re
from typing import Protocol

# Plate letters that look alike in Cyrillic and Latin; the plate key is Latin.
_PLATE_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")

# Cities of dealers' customers outside Moscow time; extended by setting the customer's zone by hand.
_CITY_ZONES = {
    "калининград": "Europe/Kaliningrad",
    "самара": "Europe/Samara", "тольятти": "Europe/Samara", "ижевск": "Europe/Samara",
    "саратов": "Europe/Saratov", "ульяновск": "Europe/Ulyanovsk", "астрахань": "Europe/Astrakhan",
    "уфа": "Asia/Yekaterinburg", "екатеринбург": "Asia/Yekaterinburg", "пермь": "Asia/Yekaterinburg",
    "челябинск": "Asia/Yekaterinburg", "тюмень": "Asia/Yekaterinburg", "оренбург": "Asia/Yekaterinburg",
    "омск": "Asia/Omsk", "новосибирск": "Asia/Novosibirsk", "томск": "Asia/Tomsk", "барнаул": "Asia/Barnaul",
    "красноярск": "Asia/Krasnoyarsk", "иркутск": "Asia/Irkutsk", "якутск": "Asia/Yakutsk",
    "хабаровск": "Asia/Vladivostok", "владивосток": "Asia/Vladivostok",
    "москва": "Europe/Moscow", "санкт-петербург": "Europe/Moscow", "казань": "Europe/Moscow",
    "набережные челны": "Europe/Moscow", "нижний новгород": "Europe/Moscow", "чебоксары": "Europe/Moscow",
}  # fmt: skip


def fold(text: str) -> str:
    """Casefolded, yo = ye, single spaces: two spellings of one name become equal."""
    return re.sub(r"\s+", " ", text.casefold().replace("ё", "е")).strip()


def search_key(*parts: str) -> str:
    """The stored key that name search looks into; the same fold is applied to what a person types.

    Quotes and hyphens become spaces, so that each word of «Альянс Транс» or Петров-Водкин begins a word here.
    """
    return re.sub(r"[\W_]+", " ", fold(" ".join(part for part in parts if part))).strip()


def plate_key(plate: str) -> str:
    """A plate without spaces, in capitals, look-alike Cyrillic letters as Latin."""
    return re.sub(r"[^0-9A-ZА-Я]", "", plate.upper()).translate(_PLATE_LOOK_ALIKES)


class Named(Protocol):
    """A customer, or the columns of one."""

    @property
    def kind(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def middle_name(self) -> str: ...
    @property
    def company_name(self) -> str: ...


def full_name(of: Named) -> str:
    """As it is filed: last, first, patronymic, or the company's name."""
    if of.kind == "company" and of.company_name:
        return of.company_name
    return " ".join(part for part in (of.last_name, of.first_name, of.middle_name) if part) or of.company_name or "—"


def time_zone_of_city(city: str) -> str:
    """IANA zone of a known city, or an empty string: an unknown city is not guessed."""
    return _CITY_ZONES.get(fold(city), "")


def known_zones() -> list[str]:
    """The zones of the cities we know, once each: what a person chooses from when setting one by hand."""
    return sorted(set(_CITY_ZONES.values()))


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)
