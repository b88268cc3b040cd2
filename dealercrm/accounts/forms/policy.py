"""One form for every policy: a field per number, made from the room's frozen dataclass and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, slots=True)
class Word:
    """How a value is shown: its label, a plain sentence on what it does, and what it may be at most."""

    label: str | StrPromise
    sentence: str | StrPromise
    most: int | None = None
    misfit: str | StrPromise = ""  # what to say where its parts do not fit together


@dataclass(frozen=True, slots=True)
class Section:
    title: str | StrPromise
    words: Mapping[str, Word]
    is_folded: bool = False  # numbers that few people ever touch


# Returns {field: message} for values that fit one by one and not together.
Check = Callable[[Any], Mapping[str, str]]


class Numbers(Protocol):
    """What the form shows and changes: a store's policy, or a part of it."""

    values_class: ClassVar[Any]

    @property
    def overrides(self) -> dict[str, Any]: ...
    @property
    def version(self) -> int: ...
    def defaults(self) -> Any: ...
    def values(self) -> Any: ...
    def fitted(self, values: Mapping[str, Any], /) -> Any: ...
    def change(self, values: Mapping[str, Any], /) -> bool: ...


class DaysField(forms.CharField):
    """A few whole numbers of days, as in `-14, -7, 60`."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(day) for day in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        parts = [part for part in str(value or "").replace("\u2212", "-").replace(";", ",").split(",") if part.strip()]
        try:
            return tuple(int(part) for part in parts)
        except ValueError:
            raise forms.ValidationError(_("Whole numbers are needed, separated by commas.")) from None


class PolicyForm(forms.Form):
    """Values of one store over the defaults. A value that may be missing is empty for "no limit"."""

    def __init__(self, *args: Any, policy: Numbers, sections: Sequence[Section], check: Check, **kwargs: Any) -> None:
        self.policy, self.sections, self.check = policy, sections, check
        current, self.defaults = asdict(policy.values()), asdict(policy.defaults())
        self.optional = {field.name for field in fields(policy.values_class) if "None" in str(field.type)}
        kwargs["initial"] = current
        super().__init__(*args, **kwargs)
        for section in sections:
            for name, word in section.words.items():
                self.fields[name] = self._field(name, word)

    def _field(self, name: str, word: Word) -> forms.Field:
        default = self.defaults[name]
        help_text = f"{word.sentence} {self._default_in_words(name)}"
        if isinstance(default, bool):
            return forms.BooleanField(label=word.label, help_text=help_text, required=False)
        if isinstance(default, tuple):
            return DaysField(label=word.label, help_text=help_text)
        if isinstance(default, str):
            return forms.CharField(label=word.label, help_text=help_text, max_length=word.most, required=bool(default))
        kind = forms.FloatField if isinstance(default, float) else forms.IntegerField
        if name in self.optional:
            help_text = " ".join((str(help_text), _("Empty: no limit. 0: none at all.")))
        widget = forms.NumberInput(attrs={"step": "any" if kind is forms.FloatField else 1})
        return kind(
            label=word.label,
            help_text=help_text,
            required=name not in self.optional,
            min_value=0,
            max_value=word.most,
            widget=widget,
        )

    def _default_in_words(self, name: str) -> str:
        default = self.defaults[name]
        if isinstance(default, bool):
            return _("Default: yes.") if default else _("Default: no.")
        if default is None:
            return _("Default: no limit.")
        if default == "":
            return _("Default: none.")
        if isinstance(default, tuple):
            return _("Default: %(value)s.") % {"value": ", ".join(str(day) for day in default)}
        return _("Default: %(value)s.") % {"value": formats.localize(default)}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            values = self.policy.fitted(cleaned)
        except ValueError as error:
            name = next((name for name in self.fields if str(error).startswith(f"{name}:")), None)
            words = next((section.words for section in self.sections if name in section.words), {})
            misfit = str(words[name].misfit) if name and words else ""
            usual = _("These numbers do not fit together: each must be at least the one before it.")
            self.add_error(name, misfit or usual)
        else:
            for name, message in self.check(values).items():
                self.add_error(name, message)
        return cleaned

    def groups(self) -> list[dict[str, Any]]:
        """Sections with their fields; a field that the store changed says so."""
        return [
            {
                "title": section.title,
                "is_folded": section.is_folded,
                "has_errors": any(name in self.errors for name in section.words),
                "fields": [
                    {"field": self[name], "is_changed": name in self.policy.overrides} for name in section.words
                ],
            }
            for section in self.sections
        ]

    def save(self) -> bool:
        """True where something changed."""
        return self.policy.change(self.cleaned_data)
