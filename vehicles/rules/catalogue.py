"""Makes by the names people type: "VW" and "Фольксваген" are one make."""

from __future__ import annotations

import re

_ALIASES = {
    "vw": "volkswagen", "фольксваген": "volkswagen", "lada (ваз)": "lada", "ваз": "lada", "лада": "lada", "vaz": "lada",
    "шкода": "skoda", "škoda": "skoda", "киа": "kia", "хендай": "hyundai", "хендэ": "hyundai", "хёндай": "hyundai",
    "тойота": "toyota", "мерседес": "mercedes-benz", "mercedes": "mercedes-benz", "мерседес-бенц": "mercedes-benz",
    "бмв": "bmw", "ауди": "audi", "рено": "renault", "ниссан": "nissan", "мазда": "mazda", "сузуки": "suzuki",
    "пежо": "peugeot", "порше": "porsche", "хавал": "haval", "чери": "chery", "черри": "chery", "джили": "geely",
    "омода": "omoda", "эксид": "exeed", "чанган": "changan", "шевроле": "chevrolet", "форд": "ford", "опель": "opel",
    "митсубиси": "mitsubishi", "мицубиси": "mitsubishi", "лексус": "lexus", "хонда": "honda",
}  # fmt: skip


def make_key(name: str) -> str:
    """The folded name that makes are matched by."""
    folded = re.sub(r"\s+", " ", name.casefold().replace("ё", "е")).strip()
    return _ALIASES.get(folded, folded)[:60]


def model_key(name: str) -> str:
    return re.sub(r"\s+", " ", name.casefold().replace("ё", "е")).strip()[:60]


def car_title(model: object | None, make: object | None, vin: str) -> str:
    """What a car is called: its model (which names its make), else its make, else its VIN."""
    return str(model or make or vin)
