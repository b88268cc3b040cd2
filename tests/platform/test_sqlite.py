"""SQLite finds Russian names whatever their case, as PostgreSQL does."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models.functions import Lower, Upper

from dealercrm.accounts.models import Dealership
from dealercrm.sqlite import like
from tests.factories import make_dealership


@pytest.mark.django_db
def test_case_of_russian_letters_makes_no_difference_where_asked() -> None:
    make_dealership("kazan", name="Казань Юг")
    assert Dealership.objects.filter(name__icontains="юг").exists()
    assert Dealership.objects.filter(name__iexact="КАЗАНЬ ЮГ").exists()
    assert Dealership.objects.filter(name__istartswith="казань").exists()
    assert not Dealership.objects.filter(name__icontains="север").exists()
    assert Dealership.objects.values_list(Lower("name"), Upper("name")).get() == ("казань юг", "КАЗАНЬ ЮГ")


@pytest.mark.django_db
def test_percent_and_underscore_in_a_question_are_letters() -> None:
    make_dealership("sale", name="100% ТО")
    assert Dealership.objects.filter(name__icontains="0% т").exists()
    assert not Dealership.objects.filter(name__icontains="0_ т").exists()


@pytest.mark.django_db
def test_null_stays_null() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT UPPER(NULL), LOWER(NULL), NULL LIKE 'a', 'Я' LIKE NULL")
        assert cursor.fetchone() == (None, None, None, None)


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [("%ов", "ИВАНОВ", True), ("и_анов", "Иванов", True), ("а.б", "а-б", False), ("а%", "б\nа", False)],
)
def test_like_reads_its_own_pattern_language_only(pattern: str, value: str, expected: bool) -> None:
    assert like(pattern, value) is expected
    assert like("100\\%", "100%", "\\") is True
    assert like("100\\%", "100 км", "\\") is False
