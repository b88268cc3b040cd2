"""A segment as pages show it: one that people saved, or one that ships with the product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import Http404

from dealercrm.accounts.models import Dealership, User
from lifecycle.models import Segment, Standing
from lifecycle.models.standing import StandingQuerySet
from lifecycle.rules.segments import Definition, UnreadableSegmentError, read
from lifecycle.segments.narrowing import narrow
from lifecycle.segments.ready_made import LACKS, READY_MADE, ReadyMade
from lifecycle.segments.registry import SHAPES
from lifecycle.segments.words import Namer, spoken


@dataclass(frozen=True, slots=True)
class Shown:
    """`key` stands in addresses: the number of a saved segment, the code of a ready-made one.

    `meaning` is None where a field of the definition is gone; such a segment counts nobody and says so.
    """

    key: str
    name: str
    meaning: Definition | None
    sentence: str
    use: str = ""
    saved: Segment | None = None

    def members(self, user: User, stores: Sequence[Dealership], today: date) -> StandingQuerySet:
        """Standings of the segment at these stores that the user may see; nobody where it cannot be read."""
        rows = Standing.objects.for_user(user)
        return rows.none() if self.meaning is None else narrow(rows, self.meaning, stores=stores, today=today)


def saved_ones(rows: Iterable[Segment], store: Dealership | None, namer: Namer | None = None) -> list[Shown]:
    """Saved segments with their sentences; a fixed number of queries however many there are."""
    name = namer or Namer()
    found = []
    for segment in rows:
        meaning: Definition | None
        try:
            meaning = segment.meaning
        except UnreadableSegmentError:
            meaning = None
        sentence = spoken(meaning, store, name) if meaning else ""
        found.append(Shown(str(segment.pk), segment.name, meaning, sentence, saved=segment))
    return found


def ready_made_ones(store: Dealership | None, namer: Namer | None = None) -> list[Shown]:
    name = namer or Namer()
    return [_ready_made(one, store, name) for one in READY_MADE.values()]


def shown_or_404(user: User, key: str, store: Dealership | None) -> Shown:
    """The segment that an address names, among those the user may see. At most one query and the names."""
    if key.isdecimal() and len(key) < 19:
        segment = Segment.objects.for_user(user).select_related("dealership", "created_by").filter(pk=int(key)).first()
        if segment is not None:
            return saved_ones([segment], store)[0]
    elif ready := READY_MADE.get(key) or LACKS.get(key):
        return _ready_made(ready, store, Namer())
    raise Http404


def _ready_made(one: ReadyMade, store: Dealership | None, namer: Namer) -> Shown:
    meaning = read(one.definition, SHAPES, is_stored=True)
    return Shown(one.code, str(one.name), meaning, spoken(meaning, store, namer), use=str(one.use))
