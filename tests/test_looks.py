"""The colours of app.css, measured: every pair that carries text passes AA, in light and in dark."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

CSS: str = (settings.BASE_DIR / "static" / "dealercrm" / "app.css").read_text()
COLOURS: dict[str, str] = dict(re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\);", CSS))
STAGES = ["prospect", "purchase", "first_service", "retention", "repeat_purchase", "dormant", "lost", "ended"]
GROUNDS = ["ground", "surface", "sunken"]

TEXT = [
    *[(ink, ground) for ink in ("ink", "muted") for ground in GROUNDS],
    *[(ink, ground) for ink in ("accent", "danger", "warn", "good") for ground in ("ground", "surface")],
    *[(f"{name}-ink", f"{name}-ground") for name in (*STAGES, "accent", "danger", "warn", "good")],
    ("on-accent", "accent"),
]
SHAPES = [*[(stage, "surface") for stage in STAGES], ("line-strong", "surface"), ("line-strong", "ground")]


def colour(name: str, scheme: str) -> str:
    light, dark = COLOURS[name].split(", ")
    return light if scheme == "light" else dark


def luminance(hexadecimal: str) -> float:
    parts = [int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_the_known_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(ink: str, ground: str, scheme: str) -> None:
    assert contrast(colour(ink, scheme), colour(ground, scheme)) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_bars_and_borders_of_fields_can_be_told_from_the_ground(shape: str, ground: str, scheme: str) -> None:
    assert contrast(colour(shape, scheme), colour(ground, scheme)) >= 3


def test_every_stage_has_its_own_hue() -> None:
    assert len({COLOURS[stage] for stage in STAGES}) == len(STAGES)


def test_no_other_colour_hides_in_the_sheet() -> None:
    """Colours stand at the top, once; a hexadecimal further down escapes the measure above."""
    body = CSS[CSS.index("/* ---------------------------------------------------------------- ground */") :]
    strays = set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?!-)", re.sub(r"/\*.*?\*/|url\([^)]*\)", "", body, flags=re.S)))
    assert strays <= {"#fff"}, "give the colour a name at the top"
