"""The form of an import profile: a field per column, choice and code, made from what a profile can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vehicles.labels import CODE_LISTS as CODE_LIST_LABELS
from vehicles.labels import CODES, KINDS
from vehicles.labels import FIELDS as FIELD_LABELS
from vehicles.models import ImportProfile, WorkGroup
from vehicles.rules.columns import CODE_LISTS, FIELDS, ORDERS
from vehicles.rules.profiles import DATE_FORMATS, DELIMITERS, ENCODINGS, NO, TOTALS, YES, problems_of
from vehicles.rules.suggesting import missing_of

SPARE_WORDS = 3
DATE_LABELS = {
    "%d.%m.%Y": "31.12.2026", "%d.%m.%y": "31.12.26", "%Y-%m-%d": "2026-12-31", "%m/%d/%Y": "12/31/2026",
    "%d/%m/%Y": "31/12/2026", "%d-%m-%Y": "31-12-2026", "%Y%m%d": "20261231",
    "%d.%m.%Y %H:%M:%S": "31.12.2026 14:30:00",
}  # fmt: skip
DELIMITER_LABELS = {"auto": _("find out"), ";": ";", ",": ",", "\t": _("tab"), "|": "|"}


if TYPE_CHECKING:
    ProfileModelForm = forms.ModelForm[ImportProfile]
else:
    ProfileModelForm = forms.ModelForm


class ImportProfileForm(ProfileModelForm):
    """`headers` are those of an upload at hand: they are offered while a column is filled in."""

    encoding = forms.ChoiceField(
        label=_("Encoding"), choices=[("auto", _("find out")), *((x, x) for x in ENCODINGS[1:])]
    )
    delimiter = forms.ChoiceField(label=_("Sign between cells"), choices=list(DELIMITER_LABELS.items()))
    decimal = forms.ChoiceField(label=_("Decimal sign"), choices=[(",", "1 234,50"), (".", "1,234.50")])
    odometer_unit = forms.ChoiceField(label=_("Odometer in"), choices=[("km", _("kilometres")), ("miles", _("miles"))])
    date_formats = forms.MultipleChoiceField(
        label=_("Dates look like"), choices=list(DATE_LABELS.items()), widget=forms.CheckboxSelectMultiple
    )
    yes_words = forms.CharField(label=_("Words for yes"), help_text=_("with commas between them"), required=False)
    no_words = forms.CharField(label=_("Words for no"), required=False)
    totals_words = forms.CharField(label=_("Words of a totals row"), required=False)
    is_complete = forms.BooleanField(
        label=_("The file of repair orders is complete"),
        help_text=_("An order that is no longer in it was deleted in the DMS and is voided here."),
        required=False,
    )

    class Meta:
        model = ImportProfile
        fields = ["name", "source"]

    def __init__(self, *args: Any, headers: Mapping[str, Sequence[str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mapping: dict[str, Any] = self.instance.mapping
        self.headers = headers or {}
        self._initial()
        self.columns: dict[str, list[str]] = {kind: self._add_columns(kind) for kind in FIELDS}
        self.code_rows: dict[str, list[tuple[str, str]]] = {name: self._add_codes(name) for name in CODE_LISTS}

    def _initial(self) -> None:
        for name, default in (("encoding", "auto"), ("delimiter", "auto"), ("decimal", ","), ("odometer_unit", "km")):
            self.fields[name].initial = self.mapping.get(name, default)
        self.fields["date_formats"].initial = self.mapping.get("date_formats") or ["%d.%m.%Y"]
        for name, words in (("yes_words", YES), ("no_words", NO), ("totals_words", TOTALS)):
            self.fields[name].initial = ", ".join(self.mapping.get(name) or words)
        shape = self.mapping.get("files", {}).get(ORDERS, {})
        self.fields["is_complete"].initial = bool(shape.get("complete"))

    def _add_columns(self, kind: str) -> list[str]:
        columns = self.mapping.get("files", {}).get(kind, {}).get("columns", {})
        names = []
        for one in FIELDS[kind]:
            name = f"column.{kind}.{one.name}"
            widget = forms.TextInput(attrs={"list": f"headers-{kind}", "autocomplete": "off"})
            self.fields[name] = forms.CharField(
                label=FIELD_LABELS[one.name], required=False, max_length=120, initial=columns.get(one.name, ""),
                widget=widget, help_text=_("needed") if one.is_required else "",
            )  # fmt: skip
            names.append(name)
        return names

    def _add_codes(self, code_list: str) -> list[tuple[str, str]]:
        words = list(self.mapping.get("codes", {}).get(code_list, {}).items())
        rows = []
        for index, (word, code) in enumerate([*words, *[("", "")] * SPARE_WORDS]):
            names = (f"word.{code_list}.{index}", f"code.{code_list}.{index}")
            self.fields[names[0]] = forms.CharField(
                label=_("Word of the DMS"), required=False, max_length=120, initial=word,
                widget=forms.TextInput(attrs={"aria-label": _("Word of the DMS")}),
            )  # fmt: skip
            self.fields[names[1]] = forms.ChoiceField(
                label=_("means"), required=False, choices=[("", "—"), *self._meanings(code_list)], initial=code,
                widget=forms.Select(attrs={"aria-label": _("means")}),
            )  # fmt: skip
            rows.append(names)
        return rows

    def _meanings(self, code_list: str) -> list[tuple[str, Any]]:
        if CODE_LISTS[code_list]:
            return [(code, CODES[code]) for code in CODE_LISTS[code_list]]
        if not hasattr(self, "_groups"):
            self._groups: list[tuple[str, Any]] = [(one.code, one.name) for one in WorkGroup.objects.all()]
        return self._groups

    def sections(self) -> list[dict[str, Any]]:
        """Per kind of file: its label, its column fields, and the headers offered for them."""
        return [
            {
                "kind": kind,
                "label": KINDS[kind],
                "fields": [self[name] for name in names],
                "headers": self.headers.get(kind, ()),
            }
            for kind, names in self.columns.items()
        ]

    def code_sections(self) -> list[dict[str, Any]]:
        return [
            {"label": CODE_LIST_LABELS[name], "rows": [(self[word], self[code]) for word, code in rows]}
            for name, rows in self.code_rows.items()
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.built = self._mapping(data)
        for kind, lost in missing_of(self.built).items():
            for name in lost:
                self.add_error(f"column.{kind}.{name}", _("A file of this kind needs this column."))
        if not self.errors:
            for problem in problems_of(self.built):
                self.add_error(None, problem)
        return data

    def _mapping(self, data: Mapping[str, Any]) -> dict[str, Any]:
        files: dict[str, Any] = {}
        for kind, names in self.columns.items():
            columns = {name.rsplit(".", 1)[1]: data.get(name, "").strip() for name in names}
            columns = {name: header for name, header in columns.items() if header}
            if columns:
                files[kind] = {"columns": columns}
        if ORDERS in files and data.get("is_complete"):
            files[ORDERS]["complete"] = True
        codes: dict[str, dict[str, str]] = {}
        for code_list, rows in self.code_rows.items():
            for word, code in rows:
                if data.get(word):
                    codes.setdefault(code_list, {})[data[word].strip()] = data.get(code, "")
        plain = {name: data.get(name) for name in ("encoding", "delimiter", "decimal", "odometer_unit", "date_formats")}
        words = {name: _words(data.get(name, "")) for name in ("yes_words", "no_words", "totals_words")}
        return {**plain, **words, "files": files, "codes": codes}

    def save(self, commit: bool = True) -> ImportProfile:
        self.instance.mapping = self.built
        return super().save(commit)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


assert set(DATE_LABELS) == set(DATE_FORMATS)
assert set(DELIMITER_LABELS) == set(DELIMITERS)
