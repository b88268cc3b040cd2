"""A reason as data: what a rule says, before a language is chosen.

Rules know no Django and no language. They return a `Why`: a code and the numbers, dates and
names of the sentence. It is stored as JSON beside the row it explains, and the room's
`sentences.py` turns it into one sentence in the reader's language.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple


class Why(NamedTuple):
    """One sentence waiting for its language: `code` names the template, `params` fill it."""

    code: str
    params: Mapping[str, Any] = {}

    def as_json(self) -> dict[str, Any]:
        """Plain JSON: dates as ISO text, money as text, so that equal reasons are equal bytes."""
        params = self.params
        return {"code": self.code, "params": {key: _plain(params[key]) for key in sorted(params)} if params else {}}


_AS_IT_IS = frozenset({str, int, bool, float})


def _plain(value: Any) -> Any:
    if value is None or type(value) in _AS_IT_IS:
        return value
    if isinstance(value, date):  # a moment is one, too
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value
