from customers.models import Customer
from dealercrm.accounts.models import Dealership, User
from tests.factories import make_customer, make_ownership
from vehicles.models import Vehicle


def test_an_operator_sees_customers_of_her_store_and_none_of_another(
    north: Dealership, south: Dealership, anna: User, clara: User
) -> None:
    ours = make_customer(north)
    theirs = make_customer(south)
    assert set(Customer.objects.for_user(anna)) == {ours}
    assert set(Customer.objects.for_user(clara)) == {theirs}


def test_a_group_manager_sees_every_store(north: Dealership, south: Dealership, anna: User) -> None:
    make_customer(north)
    make_customer(south)
    anna.is_group_manager = True
    assert Customer.objects.for_user(anna).count() == 2


def test_a_car_is_seen_through_its_owner(north: Dealership, anna: User, clara: User) -> None:
    ownership = make_ownership(make_customer(north), north)
    assert list(Vehicle.objects.for_user(anna)) == [ownership.vehicle]
    assert not Vehicle.objects.for_user(clara).exists()
