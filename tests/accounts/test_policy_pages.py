"""A manager changes the numbers of the store, each with a plain sentence; nights see a new version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from django.test import Client

from campaigns.models import ContactPolicy
from campaigns.rules.policy import ContactValues
from campaigns.views.policy import SECTIONS as CONTACT_SECTIONS
from dealercrm.accounts.models import Dealership, User
from lifecycle.models import LifecyclePolicy
from lifecycle.rules.policy import LifecycleValues
from lifecycle.views.policy import CATEGORY_SECTIONS
from lifecycle.views.policy import SECTIONS as LIFECYCLE_SECTIONS
from vehicles.models import LoyaltyPolicy
from vehicles.rules.policy import LoyaltyValues
from vehicles.views.loyalty_policy import SECTIONS as LOYALTY_SECTIONS

AsUser = Callable[[User], Client]
LIFECYCLE, CONTACTS = "/policy/lifecycle/", "/policy/contacts/"


def form_of(values: Any, **changes: Any) -> dict[str, Any]:
    """What a browser posts for these values: no limit is an empty field, no is no field."""
    filled = {field.name: getattr(values, field.name) for field in fields(values)} | changes
    lists = {name: ", ".join(map(str, value)) for name, value in filled.items() if isinstance(value, tuple)}
    return {n: "" if value is None else value for n, value in (filled | lists).items() if value is not False}


@pytest.mark.parametrize(
    ("values", "sections"),
    [(LifecycleValues, LIFECYCLE_SECTIONS), (ContactValues, CONTACT_SECTIONS), (LoyaltyValues, LOYALTY_SECTIONS)],
)
def test_every_value_has_its_field_and_every_field_its_value(values: Any, sections: Any) -> None:
    named = [name for section in sections for name in section.words]
    assert sorted(named) == sorted(field.name for field in fields(values))


def test_a_change_is_stored_over_the_defaults_and_raises_the_version(
    boris: User, north: Dealership, as_user: AsUser
) -> None:
    as_user(boris).post(LIFECYCLE, form_of(LifecycleValues(), purchase_days=45))
    policy = LifecyclePolicy.of(north)
    assert policy.overrides == {"purchase_days": 45}
    assert policy.version == 2
    assert policy.values().purchase_days == 45


def test_a_window_is_three_numbers_of_days(boris: User, north: Dealership, as_user: AsUser) -> None:
    as_user(boris).post(LIFECYCLE, form_of(LifecycleValues(), window_maintenance="-21, -10, 45"))
    assert LifecyclePolicy.of(north).overrides == {"window_maintenance": [-21, -10, 45]}
    assert LifecyclePolicy.of(north).values().window_maintenance == (-21, -10, 45)


def test_saving_what_is_there_changes_nothing(boris: User, north: Dealership, as_user: AsUser) -> None:
    as_user(boris).post(LIFECYCLE, form_of(LifecycleValues()))
    assert LifecyclePolicy.of(north).version == 1


def test_back_to_the_defaults_is_a_new_version(boris: User, north: Dealership, as_user: AsUser) -> None:
    browser = as_user(boris)
    browser.post(LIFECYCLE, form_of(LifecycleValues(), purchase_days=45))
    browser.post(LIFECYCLE, {"defaults": "1"})
    assert LifecyclePolicy.of(north).overrides == {}
    assert LifecyclePolicy.of(north).version == 3


@pytest.mark.parametrize(("given", "meant"), [("", None), ("0", 0), ("5", 5)])
def test_empty_is_no_limit_and_zero_is_none(
    given: str, meant: int | None, boris: User, north: Dealership, as_user: AsUser
) -> None:
    as_user(boris).post(CONTACTS, form_of(ContactValues(), marketing_touches=given))
    assert ContactPolicy.of(north).values().marketing_touches == meant


def test_the_page_says_so_in_words(boris: User, as_user: AsUser) -> None:
    page = as_user(boris).get(CONTACTS).content.decode()
    assert "Empty: no limit. 0: none at all." in page
    assert "Default: 2." in page


@pytest.mark.parametrize(
    ("url", "form", "field"),
    [
        (LIFECYCLE, form_of(LifecycleValues(), ratio_dormant="1.1"), "ratio_dormant"),
        (LIFECYCLE, form_of(LifecycleValues(), purchase_days="-1"), "purchase_days"),
        (LIFECYCLE, form_of(LifecycleValues(), interval_km="0"), "interval_km"),
        (LIFECYCLE, form_of(LifecycleValues(), purchase_days=""), "purchase_days"),
        (LIFECYCLE, form_of(LifecycleValues(), window_maintenance="-7, -14, 60"), "window_maintenance"),
        (LIFECYCLE, form_of(LifecycleValues(), window_maintenance="soon"), "window_maintenance"),
        (CONTACTS, form_of(ContactValues(), quiet_from_hour="9"), "quiet_from_hour"),
        (CONTACTS, form_of(ContactValues(), quiet_until_hour="25"), "quiet_until_hour"),
        (CONTACTS, form_of(ContactValues(), dials="many"), "dials"),
    ],
)
def test_values_that_cannot_work_are_told_at_the_field(
    url: str, form: dict[str, Any], field: str, boris: User, north: Dealership, as_user: AsUser
) -> None:
    response = as_user(boris).post(url, form)
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in response.content.decode()
    assert LifecyclePolicy.of(north).version == ContactPolicy.of(north).version == 1


def test_one_store_does_not_change_the_other(
    boris: User, north: Dealership, south: Dealership, as_user: AsUser
) -> None:
    as_user(boris).post(LIFECYCLE, form_of(LifecycleValues(), purchase_days=45))
    assert LifecyclePolicy.of(south).overrides == {}


def test_an_operator_does_not_own_the_policy(anna: User, as_user: AsUser) -> None:
    assert as_user(anna).get(LIFECYCLE).status_code == 403
    assert as_user(anna).post(CONTACTS, form_of(ContactValues(), dials=9)).status_code == 403


CORPORATE = f"{LIFECYCLE}?category=corporate"


def category_form(values: LifecycleValues, **changes: Any) -> dict[str, Any]:
    """What a browser posts from the page of a category: only the numbers that may differ."""
    names = {name for section in CATEGORY_SECTIONS for name in section.words}
    return {name: value for name, value in form_of(values, **changes).items() if name in names}


def test_a_number_may_differ_for_a_category_and_the_others_keep_the_stores(
    boris: User, north: Dealership, as_user: AsUser
) -> None:
    browser = as_user(boris)
    browser.post(LIFECYCLE, form_of(LifecycleValues(), purchase_days=45))
    changed = category_form(LifecyclePolicy.of(north).values(), window_maintenance="-30, -20, 90")
    browser.post(CORPORATE, changed)
    policy = LifecyclePolicy.of(north)
    assert policy.overrides == {"purchase_days": 45}
    assert policy.categories == {"corporate": {"window_maintenance": [-30, -20, 90]}}
    assert policy.version == 3
    assert policy.values_of("corporate").window_maintenance == (-30, -20, 90)
    assert policy.values_of("corporate").purchase_days == 45
    assert policy.values_of("premium") == policy.values()


def test_a_category_put_back_follows_the_store_again(boris: User, north: Dealership, as_user: AsUser) -> None:
    browser = as_user(boris)
    browser.post(CORPORATE, category_form(LifecycleValues(), ratio_lost="3"))
    browser.post(CORPORATE, category_form(LifecycleValues(), ratio_lost="3"))
    assert LifecyclePolicy.of(north).version == 2, "saving what is there changes nothing"
    browser.post(CORPORATE, {"defaults": "1"})
    assert LifecyclePolicy.of(north).categories == {}


def test_numbers_of_a_category_are_checked_with_those_of_the_store(
    boris: User, north: Dealership, as_user: AsUser
) -> None:
    answer = as_user(boris).post(CORPORATE, category_form(LifecycleValues(), ratio_dormant="1.1"))
    assert answer.status_code == 422
    assert 'id="id_ratio_dormant_error"' in answer.content.decode()
    assert as_user(boris).get(f"{LIFECYCLE}?category=martians").status_code == 404


def test_the_page_of_a_category_leaves_out_what_belongs_to_the_store(boris: User, as_user: AsUser) -> None:
    page = as_user(boris).get(CORPORATE).content.decode()
    assert "id_window_maintenance" in page
    assert "id_tyres_spring" not in page
    assert "id_repurchase_months_mass" not in page


def test_switching_the_loyalty_programme_on_keeps_the_day_and_off_forgets_it(
    boris: User, north: Dealership, as_user: AsUser, time_machine_at: Callable[[str], None]
) -> None:
    address = "/policy/loyalty/"
    time_machine_at("2026-03-16T11:00:00+03:00")
    as_user(boris).post(address, form_of(LoyaltyValues(), is_on=True))
    time_machine_at("2026-03-20T11:00:00+03:00")
    as_user(boris).post(address, form_of(LoyaltyValues(), is_on=True, points_per_hundred=7))
    policy = LoyaltyPolicy.of(north)
    assert (policy.values().points_per_hundred, str(policy.runs_since)) == (7, "2026-03-16")
    response = as_user(boris).post(address, form_of(LoyaltyValues(), is_on=True, expiry_months=0))
    assert response.status_code == 422
    as_user(boris).post(address, {"defaults": "1"})
    assert LoyaltyPolicy.of(north).runs_since is None
