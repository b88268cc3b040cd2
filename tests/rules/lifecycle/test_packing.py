"""Facts come back from their packed form as they were, whatever facts there are."""

from __future__ import annotations

from datetime import date
from typing import get_type_hints

from lifecycle.rules import facts as shapes
from lifecycle.rules.facts import PERSONAL, SHARED, Facts, Market
from lifecycle.rules.packing import pack, unpack


def filled(kind: object) -> object:
    """A value of an annotation that differs from every default."""
    text = str(kind)
    if hasattr(kind, "_fields"):
        return kind(*[filled(hint) for hint in get_type_hints(kind).values()])  # type: ignore[operator]
    if "tuple[" in text:
        inner = kind.__args__[0]  # type: ignore[attr-defined]
        return (filled(inner), filled(inner))
    if "date" in text:
        return date(2024, 2, 29)
    if "bool" in text:
        return True
    if "float" in text:
        return 0.25
    return 7 if "int" in text else "ТО «Kia», 15 000 км"


def every_fact() -> Facts:
    shared = {"market": Market("premium"), "lines": (), "safety_groups": frozenset({"brakes"}), "holidays": ()}
    own = {name: filled(hint) for name, hint in get_type_hints(Facts).items() if name not in SHARED}
    return Facts(**own, **shared)  # type: ignore[arg-type]


def given(facts: Facts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in SHARED + PERSONAL}


def test_every_fact_survives_packing() -> None:
    facts = every_fact()
    again = unpack(pack(facts), given(facts))
    assert again == facts
    for name in Facts._fields:
        assert type(getattr(again, name)) is type(getattr(facts, name)), name
    assert isinstance(again.visits[0], shapes.Visit)
    assert again.visits[0].on == date(2024, 2, 29)


def test_an_ownership_of_which_little_is_known_survives_too() -> None:
    facts = Facts(1, "elsewhere", date(2025, 1, 1))
    assert unpack(pack(facts), given(facts)) == facts


def test_nothing_that_says_who_it_is_is_packed() -> None:
    born = Facts(1, "new", date(2025, 1, 1), birth_on=date(1980, 3, 5))
    assert pack(born) == pack(born._replace(birth_on=None))


def test_what_cars_of_a_model_share_is_not_packed() -> None:
    facts = Facts(1, "new", date(2025, 1, 1), market=Market("chinese"))
    assert "chinese" not in pack(facts)
    assert unpack(pack(facts), given(facts) | {"market": Market("mass")}).market.price_class == "mass"
