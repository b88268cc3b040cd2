"""What another system says about a customer, in our canonical values; and what became of each record.

A record is the same whether it came from a file or over the API. Fields that the source does not
have at all (no such column, not sent) are left out of `given`, so that they blank nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from dealercrm.why import Why

CREATED, UPDATED, UNCHANGED, REJECTED = "created", "updated", "unchanged", "rejected"


class RowResult(NamedTuple):
    """What became of one record: `status` is created, updated, unchanged or rejected."""

    status: str
    object_id: int | None = None
    field: str = ""
    reason: Why | None = None


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A person or company of the source, `code` being its code there.

    Phones are E.164, emails in lower case, each list in the order they should be tried.
    `consent` True with `consent_on` allows every channel; True without a date proves nothing;
    False is a withdrawal. `given=None` means every field was given.
    """

    code: str
    kind: str = "person"
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    company_name: str = ""
    inn: str = ""
    birth_on: date | None = None
    sex: str = ""
    occupation: str = ""
    family: str = ""
    city: str = ""
    is_premium: bool = False
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    consent: bool | None = None
    consent_on: date | None = None
    given: frozenset[str] | None = None

    def has(self, field: str) -> bool:
        return self.given is None or field in self.given

    def source_values(self) -> dict[str, Any]:
        """The given fields as plain JSON: what is kept to tell a change there from a change here."""
        values = {name: getattr(self, name) for name in (*COLUMNS, "consent") if self.has(name)}
        if self.has("birth_on"):
            values["birth_on"] = self.birth_on.isoformat() if self.birth_on else None
        if self.has("consent"):
            values["consent_on"] = self.consent_on.isoformat() if self.consent_on else None
        for name in ("phones", "emails"):
            if self.has(name):
                values[name] = list(getattr(self, name))
        return values


# Fields of a record that are columns of Customer under the same name.
COLUMNS = (
    "kind", "last_name", "first_name", "middle_name", "company_name", "inn", "birth_on", "sex",
    "occupation", "family", "city", "is_premium",
)  # fmt: skip
LENGTHS = {
    "last_name": 100, "first_name": 100, "middle_name": 100, "company_name": 200, "inn": 12,
    "occupation": 120, "city": 80,
}  # fmt: skip
