import pytest

from customers.rules.contacts import normalise_email, normalise_phone, shown_phone
from dealercrm.why import Why


@pytest.mark.parametrize(
    "written",
    ["89121234567", "+79121234567", "9121234567", "79121234567", "8 (912) 123-45-67", "+7 912 123 45 67",
     "8-912-123-45-67 (мама)", "89121234567 доб. 12", "007 912 123 45 67", " 8.912.123.45.67;"],
)  # fmt: skip
def test_every_way_of_writing_a_phone_gives_one_number(written: str) -> None:
    assert normalise_phone(written) == "+79121234567"


def test_a_foreign_number_keeps_its_country() -> None:
    assert normalise_phone("+49 151 23456789") == "+4915123456789"
    assert normalise_phone("151 23456789", "DE") == "+4915123456789"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "contact.phone_empty"),
        ("нет", "contact.phone_without_digits"),
        ("2-37-45", "contact.phone_wrong_length"),
        ("7", "contact.phone_unreadable"),
        ("+7 999 999 99 99", "contact.phone_of_nobody"),
        ("80000000000", "contact.phone_of_nobody"),
    ],
)
def test_what_cannot_be_dialled_says_why(written: str, code: str) -> None:
    found = normalise_phone(written)
    assert isinstance(found, Why)
    assert found.code == code
    assert written not in found.params.values() or not written  # the number itself stays out of reasons


def test_a_stored_phone_is_shown_in_groups() -> None:
    assert shown_phone("+79121234567") == "+7 912 123-45-67"
    assert shown_phone("@nick") == "@nick"


@pytest.mark.parametrize("written", ["Ivanov@Post.TEST", " ivanov@post.test; ", "mailto:ivanov@post.test"])
def test_an_email_is_stored_in_lower_case(written: str) -> None:
    assert normalise_email(written) == "ivanov@post.test"


def test_a_cyrillic_domain_becomes_its_ascii_form() -> None:
    assert normalise_email("info@почта.рф") == "info@xn--80a1acny.xn--p1ai"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("  ", "contact.email_empty"),
        ("нет", "contact.email_without_at"),
        ("иван@post.test", "contact.email_foreign_letters"),
        ("ivan@post", "contact.email_unreadable"),
        ("ivan..ov@post.test", "contact.email_unreadable"),
        ("ivan@post..test", "contact.email_unreadable"),
        ("ivan ov@post.test", "contact.email_unreadable"),
    ],
)
def test_what_no_mail_reaches_says_why(written: str, code: str) -> None:
    found = normalise_email(written)
    assert isinstance(found, Why)
    assert found.code == code
