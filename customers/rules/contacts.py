"""Phones and emails as people and exports write them, made into the one form that is stored and searched."""

from __future__ import annotations

import re

import phonenumbers

from dealercrm.why import Why

_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
_PHONE_NOTE = re.compile(r"[^\W\d_].*", re.DOTALL)  # from the first letter on: "(mother)", "ext. 12"


def normalise_phone(raw: str, country: str = "RU") -> str | Why:
    """E.164 (+79121234567) of what was typed, or why it is no number that can be dialled.

    `country` (ISO code of the store) reads a number without a country code. Words after the number
    are dropped, an extension with them. Numbers whose form no carrier uses are refused, and so are
    the placeholders of card files (+7 999 999 99 99): they would join strangers into one household.
    """
    text = _PHONE_NOTE.sub("", raw.strip())
    if text.startswith("00"):
        text = "+" + text[2:]
    count = len(re.findall(r"\d", text))
    if not count:
        return Why("contact.phone_without_digits" if raw.strip() else "contact.phone_empty")
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return Why("contact.phone_unreadable", {"digits": count})
    if not phonenumbers.is_possible_number(number):
        return Why("contact.phone_wrong_length", {"digits": count})
    if not phonenumbers.is_valid_number(number) or len(set(str(number.national_number))) == 1:
        return Why("contact.phone_of_nobody", {"digits": count})
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def takes_texts(phone: str) -> bool:
    """May a text message reach this number (E.164)? Landlines of +7 are told by their digits, others are believed."""
    return not phone.startswith("+7") or phone[2:3] == "9" or phone[2:4] in {"70", "74", "77"}


def normalise_email(raw: str) -> str | Why:
    """The address in lower case, or why no mail can be sent to it. A Cyrillic domain becomes its ASCII form."""
    text = raw.strip().removeprefix("mailto:").strip("<>;, ").lower()
    if not text:
        return Why("contact.email_empty")
    local, at, domain = text.rpartition("@")
    if not at:
        return Why("contact.email_without_at")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return Why("contact.email_unreadable")
    address = f"{local}@{domain}"
    if not local.isascii():
        return Why("contact.email_foreign_letters")
    if ".." in address or local.startswith(".") or local.endswith(".") or not _ADDRESS.fullmatch(address):
        return Why("contact.email_unreadable")
    return address


def kind_of(written: str) -> str:
    """phone, email or messenger, by the look of what was typed: @nick is a messenger address."""
    text = written.strip()
    if text.startswith("@") or "://" in text:
        return "messenger"
    return "email" if "@" in text else "phone"


def shown_phone(value: str, country: str = "RU") -> str:
    """A stored number as people read it: +7 912 345-67-89. A value that is no number comes back as it is."""
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
