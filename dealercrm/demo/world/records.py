"""The nouns of the demo world as plain tuples. Dates are dates, money whole roubles, km whole km.

An index (`customer`, `car`, `spell`) is a position in the world's list of that noun.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple


class Person(NamedTuple):
    """A customer card as the store filed it; a card that names somebody filed before is `duplicate_of` that one."""

    code: str
    store: int
    kind: str  # person | company
    last: str
    first: str
    middle: str
    company: str
    inn: str
    sex: str
    birth_on: date | None
    city: str
    occupation: str
    family: str
    phones: tuple[str, ...]  # E.164, the first is tried first
    email: str
    consent_on: date | None
    no_calls_on: date | None
    known_since: date
    duplicate_of: int | None

    @property
    def filed_name(self) -> str:
        return self.company or " ".join(part for part in (self.last, self.first, self.middle) if part)


class Car(NamedTuple):
    vin: str
    vin_typed: str  # as somebody typed it: O for 0, I for 1
    plate: str
    brand: str
    model: str
    year: int


class Spell(NamedTuple):
    """One ownership as the store knows it: an end that nobody told us stands only in the truth."""

    car: int
    customer: int
    store: int
    acquired: str  # new | used | elsewhere
    started_on: date
    ended_on: date | None
    end_reason: str
    price: int | None


class Line(NamedTuple):
    code: str
    name: str
    group: str  # code of a work group
    amount: int
    is_part: bool = False
    is_declined: bool = False


class Visit(NamedTuple):
    number: str
    spell: int
    customer: int  # who brought it: the owner, or the owner's second card
    store: int
    on: date
    pay_type: str
    advisor: str
    km: int | None  # as written down: may be wrong
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines if not line.is_declined)


class Cover(NamedTuple):
    spell: int
    kind: str  # insurance | warranty | service_contract | finance
    product: str
    number: str
    starts_on: date
    ends_on: date
    limit_km: int | None = None


class Booking(NamedTuple):
    """An appointment; times are wall-clock times of the store."""

    spell: int
    customer: int
    store: int
    starts_at: datetime
    minutes: int
    status: str
    group: str
    purpose: str = "service"
    note: str = ""


class Contact(NamedTuple):
    """A touch of the past; times are wall-clock times of the store."""

    spell: int
    customer: int
    store: int
    at: datetime
    channel: str
    direction: str
    purpose: str
    topic: str
    outcome: str
    was_reached: bool
    by: int | None  # the store's first or second operator
    note: str = ""


class Complaint(NamedTuple):
    spell: int
    customer: int
    store: int
    opened_at: datetime
    text: str
    due_on: date
    resolved_at: datetime | None
    solution: str


class Refusal(NamedTuple):
    spell: int
    customer: int
    store: int
    at: datetime
    topic: str
    reason: str
    until: date | None


class Answer(NamedTuple):
    """What a customer said after a visit (an index into the visits), 0 to 10."""

    visit: int
    at: datetime
    score: int
    comment: str
    channel: str
    by: int  # the store's first or second operator


class Recall(NamedTuple):
    """A recall as a store entered it, and the cars of it that are done."""

    store: int
    code: str
    title: str
    brand: str
    works: tuple[str, ...]
    published_on: date
    vins: tuple[str, ...]
    done: dict[str, date]


class Drive(NamedTuple):
    """A test drive of somebody who owns nothing yet."""

    customer: int
    store: int
    starts_at: datetime
    status: str
