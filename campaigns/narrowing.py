"""Which part of today's list an operator works: a kind, a language, the calls they promised. Kept in the address.

The same words narrow the list on the screen and the next call that is taken, so that `n` gives what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q

from campaigns.wording import default_language
from dealercrm.accounts.models import Dealership, User
from lifecycle.rules.kinds import KINDS

LANGUAGES = ("ru", "en")


@dataclass(frozen=True, slots=True)
class Part:
    """Empty means everything. No personal data: codes only."""

    kind: str = ""
    language: str = ""
    is_mine: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Part:
        """Out of an address or a form; what is not known narrows nothing."""
        kind, language = str(asked.get("kind", "")), str(asked.get("language", ""))
        return cls(
            kind=kind if kind in KINDS else "",
            language=language if language in LANGUAGES else "",
            is_mine=asked.get("mine") == "1",
        )

    def __bool__(self) -> bool:
        return bool(self.kind or self.language or self.is_mine)

    @property
    def fields(self) -> dict[str, str]:
        """As an address or a form says it."""
        said = {"kind": self.kind, "language": self.language, "mine": "1" if self.is_mine else ""}
        return {name: value for name, value in said.items() if value}

    def but(self, **other: Any) -> str:
        """The address of the list with one word changed: `?kind=...&language=...`."""
        return f"?{urlencode(replace(self, **other).fields)}"

    def condition(self, user: User, store: Dealership) -> Q:
        """On contact tasks."""
        found = Q()
        if self.kind:
            found &= Q(kind=self.kind)
        if self.is_mine:
            found &= Q(assigned_to=user, promised_at__isnull=False)
        if self.language:
            is_russian = Q(customer__language__startswith="ru")
            if default_language(store) == "ru":
                is_russian |= Q(customer__language="")
            found &= is_russian if self.language == "ru" else ~is_russian
        return found

    def sql(self, user: User, store: Dealership) -> tuple[str, list[Any]]:
        """The same as a condition on the table `t` of the statement that takes a call, and its parameters."""
        said, params = "", list[Any]()
        if self.kind:
            said += " AND t.kind = %s"
            params.append(self.kind)
        if self.is_mine:
            said += " AND t.assigned_to_id = %s AND t.promised_at IS NOT NULL"
            params.append(user.pk)
        if self.language:
            is_russian = "c.language LIKE 'ru%%'"
            if default_language(store) == "ru":
                is_russian += " OR c.language = ''"
            if self.language != "ru":
                is_russian = f"NOT ({is_russian})"
            speaks = "SELECT 1 FROM customers_customer c WHERE c.id = t.customer_id AND"
            said += f" AND EXISTS ({speaks} ({is_russian}))"
        return said, params


EVERYTHING = Part()
