"""What a person typed into the search box: a phone, the end of one, a plate, a VIN or a name."""

from __future__ import annotations

import re
from typing import NamedTuple

from customers.rules.contacts import normalise_phone
from customers.rules.names import digits, plate_key, search_key
from dealercrm.why import Why

_PHONE = re.compile(r"[\d\s()+.\-]+")
_PLATE = re.compile(r"(?=.*[^\d])(?=(.*\d){2})\w{5,12}")  # any country's: letters and digits; an index answers
_VIN = re.compile(r"[A-Z0-9]{17}")
_VIN_TAIL = re.compile(r"(?=.*\d)[A-Z0-9]{8}")
# In a VIN the letters O, Q and I do not occur: people who type them mean the digits.
_VIN_SLIPS = str.maketrans("OQI", "001")
TAIL_DIGITS = 4


class Asked(NamedTuple):
    """Every reading of the text that makes sense, each ready for its index; empty means it is none of that."""

    phone: str = ""
    phone_tail: str = ""
    plate: str = ""
    vin: str = ""
    vin_tail: str = ""
    name: str = ""

    @property
    def is_nothing(self) -> bool:
        return not any(self)


def read(typed: str, country: str = "RU") -> Asked:
    """The readings of `typed`. "А123ВС" is a plate, "4567" the end of a phone, "99054321" that or the end of a VIN.

    A name needs two letters: one letter would list half of the base.
    """
    text = typed.strip()[:120]
    key = plate_key(text)
    vin = key.translate(_VIN_SLIPS)
    phone = phone_tail = ""
    if _PHONE.fullmatch(text):
        number = normalise_phone(text, country)
        if not isinstance(number, Why):
            phone = number
        elif TAIL_DIGITS <= len(digits(text)) <= 10:
            phone_tail = digits(text)
    name = search_key(text)
    return Asked(
        phone=phone,
        phone_tail=phone_tail,
        plate=key if _PLATE.fullmatch(key) else "",
        vin=vin if _VIN.fullmatch(vin) else "",
        vin_tail=vin if _VIN_TAIL.fullmatch(vin) else "",
        name=name if len(re.findall(r"[^\W\d_]", name)) >= 2 and not phone else "",
    )
