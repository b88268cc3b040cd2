"""The plan of a merge as data: which rows get which values, in which order. Nothing is deleted, so it can be undone.

A plan is made by reading only; the page shows it, the merge carries it out, its journal keeps it, and the undo walks
it backwards. Every step is a conditional UPDATE: it changes only rows that still hold what the plan read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.apps import apps
from django.db import models

from dealercrm.why import Why

Row = TypeVar("Row", bound=models.Model)
Label = str


class StaleError(Exception):
    """Somebody changed a row between the plan and the merge; nothing was written, plan again."""


class Step(NamedTuple):
    """Rows of one model that change alike: {field: (before, after)}, values as the journal keeps them."""

    model: Label
    pks: tuple[int, ...]
    values: Mapping[str, tuple[Any, Any]]

    def as_json(self) -> list[Any]:
        return [self.model, list(self.pks), {name: list(pair) for name, pair in self.values.items()}]

    @classmethod
    def from_json(cls, written: list[Any]) -> Step:
        model, pks, values = written
        return cls(model, tuple(pks), {name: (pair[0], pair[1]) for name, pair in values.items()})

    def apply(self) -> None:
        """Write the new values; StaleError where a row is not what the plan read."""
        if self._update(1) != len(self.pks):
            raise StaleError(self.model)

    def revert(self) -> int:
        """Write the old values where the new ones still stand; how many rows went back."""
        return self._update(0)

    def _update(self, side: int) -> int:
        model = apps.get_model(self.model)
        fields = {name: model._meta.get_field(name) for name in self.values}
        rows = model._base_manager.filter(pk__in=self.pks)
        for name, pair in self.values.items():
            rows = rows.filter(**_equals(name, _read(fields[name], pair[1 - side])))
        after = {fields[name].attname: _read(fields[name], pair[side]) for name, pair in self.values.items()}
        return int(rows.update(**after))


class New(NamedTuple):
    """A row that the merge adds; the undo takes it away again."""

    model: Label
    values: Mapping[str, Any]

    def create(self) -> int:
        model = apps.get_model(self.model)
        fields = {name: model._meta.get_field(name) for name in self.values}
        row = model._base_manager.create(
            **{_column(fields[name]): _read(fields[name], value) for name, value in self.values.items()}
        )
        return int(row.pk)

    def take_back(self, pk: int) -> None:
        apps.get_model(self.model)._base_manager.filter(pk=pk).delete()


class Plan:
    """What a merge is going to do: filled by merging.py and the `Belonging` of each model."""

    def __init__(self, survivor: int, merged: int, *, at: datetime) -> None:
        self.survivor, self.merged, self.at = survivor, merged, at
        self.steps: list[Step] = []
        self.new: list[New] = []
        self.notes: list[Why] = []
        self.moved: dict[Label, int] = {}
        self._now: dict[tuple[Label, int, str], Any] = {}

    def value(self, row: models.Model, field: str) -> Any:
        """A field of a row as it will be after the plan so far."""
        return self._now.get((_label(row), int(row.pk), field), _written(row, field))

    def set(self, row: models.Model, **values: Any) -> None:
        """This row takes these values (field names; a relation by its id)."""
        label, pk = _label(row), int(row.pk)
        changes = {}
        for name, value in values.items():
            before, after = self.value(row, name), _as_written(row._meta.get_field(name), value)
            if before != after:
                changes[name] = (before, after)
                self._now[label, pk, name] = after
        if not changes:
            return
        last = self.steps[-1] if self.steps else None
        if last is not None and last.model == label and last.values == changes and pk not in last.pks:
            self.steps[-1] = last._replace(pks=(*last.pks, pk))
        else:
            self.steps.append(Step(label, (pk,), changes))

    def create(self, model: type[models.Model], **values: Any) -> None:
        """A row that the survivor gets besides."""
        meta = model._meta
        self.new.append(
            New(meta.label, {name: _as_written(meta.get_field(name), value) for name, value in values.items()})
        )

    def move(self, row: models.Model, field: str) -> None:
        """The row hangs on the survivor from now on."""
        self.set(row, **{field: self.survivor})
        label = _label(row)
        self.moved[label] = self.moved.get(label, 0) + 1

    def repoint(self, gone: models.Model, kept: models.Model) -> None:
        """Whatever points at `gone` points at `kept`, but for rows that `kept` has its own of. A query a relation."""
        for relation in relations_to(type(gone)):
            model, name = relation.related_model, relation.field.name
            if relation.field.primary_key or relation.field.unique:
                continue
            own = list(model._base_manager.filter(**{name: kept.pk}))
            for row in model._base_manager.filter(**{name: gone.pk}).order_by("pk"):
                if not any(_clashes(row, other, name) for other in own):
                    self.set(row, **{name: kept.pk})


def relations_to(model: type[models.Model]) -> Iterator[Any]:
    """Every foreign key of another row to this model, those without a name on this side included."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation


def _clashes(row: models.Model, other: models.Model, name: str) -> bool:
    """Would both hang on one parent against a unique constraint?"""
    for constraint in row._meta.constraints:
        fields: Iterable[str] = getattr(constraint, "fields", ())
        if name in fields and getattr(constraint, "condition", None) is None:
            rest = [one for one in fields if one != name]
            if all(_written(row, one) == _written(other, one) for one in rest):
                return True
    return False


def _label(row: models.Model) -> Label:
    return row._meta.label


def _column(field: Any) -> str:
    return str(field.attname)


def _written(row: models.Model, name: str) -> Any:
    field: Any = row._meta.get_field(name)
    return _as_written(field, getattr(row, field.attname))


def _as_written(field: Any, value: Any) -> Any:
    """A value as JSON can keep it; `_read` brings it back."""
    if isinstance(value, models.Model):
        value = value.pk
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(field, models.ForeignKey | models.JSONField):
        return value
    return field.value_to_string(field.model(**{field.attname: field.to_python(value)}))


def _read(field: Any, value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    return field.target_field.to_python(value) if isinstance(field, models.ForeignKey) else field.to_python(value)


def _equals(name: str, value: Any) -> dict[str, Any]:
    return {f"{name}__isnull": True} if value is None else {name: value}
