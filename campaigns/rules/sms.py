"""How long a text message is: what is sent and paid in parts (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

from typing import NamedTuple

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # two places each


class Length(NamedTuple):
    """`left`: characters that still fit into the last part."""

    characters: int
    parts: int
    left: int


def length_of(text: str) -> Length:
    """A text of Latin letters has 160 places, one with a single Cyrillic letter 70; parts of a longer one have less."""
    if set(text) <= _BASIC | _EXTENDED:
        size, alone, together = sum(2 if letter in _EXTENDED else 1 for letter in text), 160, 153
    else:
        size, alone, together = len(text.encode("utf-16-be")) // 2, 70, 67
    if size <= alone:
        return Length(size, 1, alone - size)
    parts = -(-size // together)
    return Length(size, parts, parts * together - size)
