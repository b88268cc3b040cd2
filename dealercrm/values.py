"""Business values as frozen dataclasses: defaults in code, a store's changes as plain JSON. No Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Values:
    """Base of every policy dataclass; each field's default is the documented default of DOMAIN."""

    @classmethod
    def from_overrides(cls, overrides: Mapping[str, Any]) -> Self:
        """Defaults with `overrides`; raises ValueError that names the field and what fits there."""
        known = {field.name: field for field in fields(cls)}
        unknown = sorted(set(overrides) - set(known))
        if unknown:
            raise ValueError(f"Unknown setting {unknown[0]!r}; known are: {', '.join(sorted(known))}.")
        defaults = cls()
        values = {name: _fit(name, getattr(defaults, name), value) for name, value in overrides.items()}
        return cls(**values)


def _fit(name: str, default: Any, value: Any) -> Any:
    """`value` as the type of `default`, or ValueError. None passes where it means "no limit"."""
    if value is None or default is None:
        return value
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise ValueError(f"{name}: true or false is needed, not {value!r}.")
    if isinstance(default, int | float):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return type(default)(value)
        raise ValueError(f"{name}: a number is needed, not {value!r}.")
    if isinstance(default, tuple):
        if isinstance(value, list | tuple):
            return tuple(value)
        raise ValueError(f"{name}: a list is needed, not {value!r}.")
    if not isinstance(value, type(default)):
        raise ValueError(f"{name}: {type(default).__name__} is needed, not {value!r}.")
    return value
