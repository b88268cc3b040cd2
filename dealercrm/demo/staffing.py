"""Who works at the demo stores. The password is the same for everybody and printed: a demo, not a secret."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from campaigns.models import ContactPolicy
from campaigns.ready_made import install
from dealercrm.accounts.models import Dealership, Membership, Role, User
from dealercrm.demo.world.brands import STORES

DEMO_PASSWORD = "demo-drive-2026"  # noqa: S105 - documented on purpose


@dataclass(frozen=True)
class Login:
    username: str
    first_name: str
    last_name: str
    role: str  # empty: of the group, not of a store


LOGINS = (
    Login("anna", "Анна", "Орлова", Role.OPERATOR),
    Login("ivan", "Иван", "Крылов", Role.OPERATOR),
    Login("boris", "Борис", "Власов", Role.MANAGER),
    Login("vera", "Вера", "Титова", Role.ADMINISTRATOR),
    Login("galina", "Галина", "Маркова", ""),
    Login("dms", "", "1С:Альфа-Авто", Role.INTEGRATION),
)


# A newcomer looks at the demo at any hour of any day and must find calls that can be taken.
WITHOUT_QUIET_HOURS = {
    "quiet_until_hour": 0,
    "quiet_from_hour": 24,
    "weekend_quiet_until_hour": 0,
    "weekend_quiet_from_hour": 24,
    "are_holidays_quiet": False,
}


def open_stores() -> list[Dealership]:
    """The two stores in the order of the world's numbers, with the ready-made campaigns and no quiet hours."""
    stores = [
        Dealership.objects.create(code=store.code, name=store.name, city=store.city, time_zone=store.time_zone)
        for store in STORES
    ]
    ContactPolicy.objects.bulk_create(
        ContactPolicy(dealership=store, overrides=WITHOUT_QUIET_HOURS) for store in stores
    )
    for store in stores:
        install(store)
    return stores


def hire(stores: list[Dealership]) -> dict[str, User]:
    """The demo logins, each at both stores; one hash for all, because a slow hash six times is a slow start."""
    hashed = make_password(DEMO_PASSWORD)
    users = {}
    for login in LOGINS:
        user = User.objects.create(
            username=login.username,
            first_name=login.first_name,
            last_name=login.last_name,
            password=hashed,
            is_group_manager=not login.role,
        )
        if login.role:
            Membership.objects.bulk_create(Membership(user=user, dealership=store, role=login.role) for store in stores)
        users[login.username] = user
    return users
