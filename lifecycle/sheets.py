"""Facts that a night judges from: read once, kept packed, and read anew as soon as somebody notes a new one.

Loading the history of a car costs more than judging it, and most cars that are due tonight have no new
fact: their day has come, that is all. Every writer of a fact raises the ownership's `facts_version`
anyway, so a sheet with that version holds what loading would find. Nobody but the night writes sheets,
and each night reads a thirtieth of them afresh, so a writer that forgot its note is found out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from dealercrm.accounts.writing import replace_keyed
from lifecycle.library import Library
from lifecycle.loading import Loaded, load_facts
from lifecycle.models import FactSheet
from lifecycle.rules.judging import RULES_VERSION
from lifecycle.rules.packing import LAYOUT, pack, unpack

# A release that changes rules reads facts anew too: what a fact means may have changed with them.
FORM = f"{RULES_VERSION}.{LAYOUT}"
_READ = (
    "pk", "facts_version", "layout", "packed", "store_zone", "make_id", "model_id",
    "ownership__customer_id", "ownership__home_store_id", "ownership__facts_version", "ownership__customer__birth_on",
)  # fmt: skip


class Sheets(NamedTuple):
    """Facts of a chunk in order of id. `unnoted`: ownerships whose facts had changed while nobody noted it."""

    rows: list[Loaded]
    unnoted: set[int]


def read_facts(ids: Collection[int], library: Library, *, afresh: Collection[int] = ()) -> Sheets:
    """The facts of these ownerships; `afresh` names those whose sheet is not trusted.

    One query where all sheets speak; else those of `load_facts` and the writing besides.
    """
    rows: list[Loaded] = []
    kept: dict[int, tuple[bool, str]] = {}
    for pk, version, form, packed, zone, make, model, customer, store, current, birth_on in FactSheet.objects.filter(
        pk__among=ids
    ).values_list(*_READ):
        speaks = version == current and form == FORM and zone == library.zone(store).key
        kept[pk] = speaks, packed
        if speaks and pk not in afresh:
            facts = unpack(packed, {**library.shared(store, make, model), "birth_on": birth_on})
            rows.append(Loaded(pk, customer, store, make, model, current, facts))
    known = {row.ownership_id for row in rows}
    read = load_facts([pk for pk in ids if pk not in known], library) if len(known) < len(ids) else []
    return Sheets(sorted([*rows, *read]), _keep(read, kept, library))


def _keep(rows: Sequence[Loaded], kept: dict[int, tuple[bool, str]], library: Library) -> set[int]:
    """Write what was read where the sheet says something else; whose sheet should have said it."""
    written, unnoted = [], set()
    for row in rows:
        packed = pack(row.facts)
        spoke, before = kept.get(row.ownership_id, (False, None))
        if spoke and before == packed:
            continue
        if spoke:
            unnoted.add(row.ownership_id)
        zone = library.zone(row.dealership_id).key
        written.append((row.ownership_id, row.facts_version, FORM, packed, zone, row.make_id, row.model_id))
    replace_keyed(FactSheet, _WRITTEN, written)
    return unnoted


_WRITTEN = ("ownership_id", "facts_version", "layout", "packed", "store_zone", "make_id", "model_id")
