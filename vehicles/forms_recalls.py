"""Recalls as an administrator enters them: what the maker published, and the list of VINs."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealercrm.accounts.models import Dealership
from dealercrm.sentences import sentence
from vehicles.exports import parent
from vehicles.exports.sources import SUFFIXES, UnreadableExportError
from vehicles.forms import DayInput
from vehicles.models import RecallCampaign
from vehicles.rules.recalls import Rows

if TYPE_CHECKING:
    RecallModelForm = forms.ModelForm[RecallCampaign]  # generic for the type checker only
else:
    RecallModelForm = forms.ModelForm

MOST_LINES = 200_000


class RecallForm(RecallModelForm):
    works = forms.CharField(
        label=gettext_lazy("Codes of its works"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("Separated by commas. A repair order with one of them, or with the code, settles it."),
    )

    class Meta:
        model = RecallCampaign
        fields = ("code", "title", "make", "published_on", "works")
        widgets = {"published_on": DayInput()}

    def __init__(self, data: Any = None, *, store: Dealership, instance: RecallCampaign | None = None) -> None:
        self.store = store
        initial = {"works": ", ".join(instance.works)} if instance else {}
        super().__init__(data, instance=instance or RecallCampaign(dealership=store), initial=initial)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        others = RecallCampaign.objects.filter(dealership=self.instance.dealership, code=code)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This recall is entered already; add the list to it."))
        return code

    def clean_works(self) -> list[str]:
        return [code.strip() for code in self.cleaned_data["works"].split(",") if code.strip()]


class VinListForm(forms.Form):
    """A file, or VINs pasted from a letter of the maker."""

    file = forms.FileField(
        label=gettext_lazy("File with the VINs: CSV or XLSX"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ",".join(sorted(SUFFIXES))}),
    )
    pasted = forms.CharField(
        label=gettext_lazy("or paste them, one to a line"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )

    rows: Rows = ()
    name = ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        file, pasted = cleaned.get("file"), cleaned.get("pasted")
        if file:
            self.name = file.name
            try:
                self.rows = _rows_of(file)
            except UnreadableExportError as error:
                self.add_error("file", sentence(error.why.as_json()))
        elif pasted:
            self.name = _("pasted")
            self.rows = [(line, re.split(r"[;,\t]", text)) for line, text in enumerate(pasted.splitlines(), start=1)]
        else:
            self.add_error("pasted", _("Choose a file or paste the VINs."))
        return cleaned


def _rows_of(file: Any) -> Rows:
    """Read in the limited child process, like every stranger's file."""
    suffix = PurePosixPath(file.name).suffix.lower()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list{suffix if suffix in SUFFIXES else ''}"
        with path.open("wb") as target:
            for piece in file.chunks(1024 * 1024):
                target.write(piece)
        return parent.lines(path, MOST_LINES)
