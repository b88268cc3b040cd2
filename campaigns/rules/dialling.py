"""What a click on a number opens: the phone of this computer (`tel:`), or the address of the telephony system."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

SCHEMES = frozenset({"tel", "sip", "callto", "http", "https"})
PLACE = "{number}"


def is_dialling(template: str) -> bool:
    """Does this name one place for the number, and an address that dials? (`javascript:` does not.)"""
    return template.count(PLACE) == 1 and urlsplit(template).scheme in SCHEMES


def dialling(template: str, number: str) -> str:
    """The address for a number in E.164; nothing else of the customer is ever put into it."""
    is_web = urlsplit(template).scheme in {"http", "https"}
    return template.replace(PLACE, quote(number, safe="") if is_web else number)
