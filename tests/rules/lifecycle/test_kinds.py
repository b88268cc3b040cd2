from customers.models import Purpose as CustomerPurpose
from lifecycle.rules.kinds import KINDS, Purpose
from lifecycle.sentences import KIND_LABELS


def test_purpose_classes_are_the_ones_that_consent_knows() -> None:
    assert {purpose.value for purpose in Purpose} == set(CustomerPurpose.values)


def test_every_kind_has_a_label() -> None:
    assert set(KIND_LABELS) == set(KINDS)


def test_safety_complaints_confirmations_and_no_shows_are_never_held_out() -> None:
    for code in ("recall", "complaint_follow_up", "appointment_confirmation", "no_show"):
        assert not KINDS[code].may_be_held_out(in_warranty=False, is_safety_work=False)


def test_a_service_inside_warranty_is_not_held_out_and_outside_it_may_be() -> None:
    for code in ("first_service", "maintenance"):
        assert not KINDS[code].may_be_held_out(in_warranty=True, is_safety_work=False)
        assert KINDS[code].may_be_held_out(in_warranty=False, is_safety_work=False)


def test_declined_brakes_are_never_held_out() -> None:
    assert not KINDS["declined_work"].may_be_held_out(in_warranty=False, is_safety_work=True)
    assert KINDS["declined_work"].may_be_held_out(in_warranty=False, is_safety_work=False)


def test_greetings_are_messages_and_never_calls() -> None:
    assert {code for code, kind in KINDS.items() if kind.is_message_only} == {"birthday", "public_holiday"}
