"""Vehicle identification numbers as people type them."""

from __future__ import annotations

import re
from typing import NamedTuple

# Letters a VIN never has are the digits they look like; Cyrillic look-alikes are the Latin letters.
_DIGITS = str.maketrans("OIQ", "010")
_LATIN = str.maketrans("АВЕКМНОРСТУХЗ", "ABEKMHOPCTYX3")
_JUNK = re.compile(r"[\s.*_/\\]+")


class CanonicalVin(NamedTuple):
    """`vin` is what the car is known by; `typed` holds the original where it had to be mended."""

    vin: str
    typed: str


def canonical_vin(text: str) -> CanonicalVin | None:
    """Capitals, Latin, O as 0, I as 1, Q as 0; None where it cannot name a car.

    A chassis number of a car without a VIN (Japanese imports, 6 to 16 characters, O and I allowed)
    is taken as it is: O and I are mended only where all 17 characters are there.
    """
    typed = text.strip().upper()
    vin = _JUNK.sub("", typed).translate(_LATIN)
    if len(vin) == 17:
        vin = vin.replace("-", "").translate(_DIGITS)
    if not re.fullmatch(r"[A-Z0-9-]{6,17}", vin) or not re.search(r"\d", vin):
        return None
    return CanonicalVin(vin, typed if vin != typed else "")
