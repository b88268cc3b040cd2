import pytest
from django.db import connection

from customers.models import Customer
from dealercrm.accounts.models import Dealership
from tests.factories import make_customer


@pytest.mark.parametrize("typed", ["семён", "СЕМЕНОВ АРТ", "артём семёнов", "Олегович сем"])
def test_a_name_is_found_by_the_beginnings_of_its_words(north: Dealership, typed: str) -> None:
    semyonov = make_customer(north, name="Семёнов Артём Олегович")
    make_customer(north, name="Артемьев Семен Семенович" if typed != "семён" else "Артемьев Олег Петрович")
    assert semyonov in Customer.objects.named_like(typed)


@pytest.mark.parametrize("typed", ["менов", "семен иван", "", "%"])
def test_the_middle_of_a_word_and_other_words_find_nobody(north: Dealership, typed: str) -> None:
    make_customer(north, name="Семёнов Артём Олегович")
    assert not Customer.objects.named_like(typed).exists()


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_name_is_found_by_index() -> None:
    Customer.objects.bulk_create(
        Customer(last_name=f"Фамилия{number}", search_key=f"фамилия{number} иван") for number in range(2000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
        cursor.execute("SET LOCAL enable_seqscan = off")  # 2,000 rows are cheaper to read than to look up
        sql, params = Customer.objects.named_like("фамилия77 иван").values("pk").query.sql_with_params()
        cursor.execute(f"EXPLAIN ANALYZE {sql}", params)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "customer_name_words" in plan, plan
    assert "Seq Scan" not in plan, plan
