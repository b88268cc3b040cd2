"""What the demo stores sell: makes with their numbers (DOMAIN section 9), models with prices, and the two stores."""

from __future__ import annotations

from typing import NamedTuple


class Model(NamedTuple):
    name: str
    price: int  # roubles, new, about 2024
    share: float


class Brand(NamedTuple):
    name: str
    price_class: str  # mass | chinese | premium
    vin_prefix: str
    interval_km: int
    interval_months: int
    km_per_year: int
    first_ownership_months: int
    warranty_months: int
    warranty_km: int
    check: int  # average maintenance, roubles
    models: tuple[Model, ...]

    @property
    def is_chinese(self) -> bool:
        return self.price_class == "chinese"


class Store(NamedTuple):
    code: str
    name: str
    city: str
    time_zone: str
    share: float  # of the group's sales
    brands: dict[str, float]  # share of the store's sales over the ten years, before the market's turn
    towns: tuple[tuple[str, float], ...]
    regions: tuple[str, ...]  # of number plates
    advisors: tuple[str, ...]


def _models(*rows: tuple[str, int, float]) -> tuple[Model, ...]:
    return tuple(Model(*row) for row in rows)


BRANDS = {
    brand.name: brand
    for brand in (
        Brand("Lada", "mass", "XTA", 15000, 12, 17500, 58, 36, 100_000, 11_000, _models(
            ("Granta", 850_000, .38), ("Vesta", 1_450_000, .34), ("Largus", 1_400_000, .15),
            ("Niva Travel", 1_350_000, .13))),
        Brand("Kia", "mass", "XWE", 15000, 12, 17800, 77, 60, 150_000, 15_500, _models(
            ("Rio", 1_700_000, .45), ("Ceed", 2_300_000, .22), ("Sportage", 3_400_000, .33))),
        Brand("Hyundai", "mass", "Z94", 15000, 12, 17600, 78, 60, 150_000, 15_500, _models(
            ("Solaris", 1_750_000, .42), ("Creta", 2_500_000, .40), ("Tucson", 3_500_000, .18))),
        Brand("Toyota", "mass", "XW7", 10000, 12, 17200, 85, 36, 100_000, 19_500, _models(
            ("Camry", 3_900_000, .45), ("RAV4", 4_100_000, .45), ("Land Cruiser 300", 11_500_000, .10))),
        Brand("Skoda", "mass", "XW8", 15000, 12, 20700, 69, 24, 100_000, 15_000, _models(
            ("Rapid", 1_600_000, .45), ("Octavia", 2_500_000, .35), ("Kodiaq", 3_700_000, .20))),
        Brand("VW", "mass", "XW8", 15000, 12, 19400, 69, 24, 100_000, 15_500, _models(
            ("Polo", 1_600_000, .50), ("Tiguan", 3_600_000, .32), ("Taos", 2_900_000, .18))),
        Brand("Haval", "chinese", "XZG", 10000, 12, 17500, 32, 36, 150_000, 18_500, _models(
            ("Jolion", 2_350_000, .50), ("F7", 2_900_000, .20), ("Dargo", 3_200_000, .17), ("M6", 2_250_000, .13))),
        Brand("Chery", "chinese", "LVV", 10000, 12, 13800, 32, 36, 100_000, 18_500, _models(
            ("Tiggo 4", 2_100_000, .35), ("Tiggo 7 Pro", 2_700_000, .38), ("Tiggo 8 Pro", 3_500_000, .20),
            ("Arrizo 8", 2_600_000, .07))),
        Brand("Geely", "chinese", "Y4K", 10000, 12, 17000, 32, 60, 150_000, 19_000, _models(
            ("Coolray", 2_500_000, .40), ("Atlas", 3_100_000, .25), ("Monjaro", 4_400_000, .35))),
        Brand("BMW", "premium", "X4X", 15000, 12, 17500, 63, 24, 200_000, 33_000, _models(
            ("320d", 4_900_000, .30), ("X3", 6_900_000, .40), ("X5", 10_500_000, .30))),
    )
}  # fmt: skip

STORES = (
    Store(
        "sever", "Север-Авто", "Казань", "Europe/Moscow", 0.55,
        {"Lada": .24, "Kia": .20, "Hyundai": .15, "Toyota": .11, "Haval": .22, "BMW": .08},
        (("Казань", .66), ("Набережные Челны", .12), ("Чебоксары", .08), ("Ульяновск", .06), ("", .08)),
        ("16", "116", "716"),
        ("Гришин А.", "Белова К.", "Юсупов Р.", "Тарасов И.", "Мельник О."),
    ),
    Store(
        "yug", "Юг-Авто", "Самара", "Europe/Samara", 0.45,
        {"Lada": .36, "Skoda": .15, "VW": .12, "Chery": .22, "Geely": .15},
        (("Самара", .58), ("Тольятти", .22), ("Ульяновск", .05), ("Уфа", .06), ("", .09)),
        ("63", "163", "763"),
        ("Кравцов Д.", "Лаптева Н.", "Сафин М.", "Широков В."),
    ),
)  # fmt: skip
