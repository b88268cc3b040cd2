"""What the gates look at: one customer across all stores, and one contact that is being considered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaigns.rules.plays import Play, Privilege, play_of
from lifecycle.rules.kinds import KINDS

BLOCKED_BY_COMPLAINT = frozenset({"survey", "marketing"})


class Consent(NamedTuple):
    """One consent event; an empty purpose or channel means all of them."""

    purpose: str
    channel: str
    is_given: bool
    at: datetime


class Refused(NamedTuple):
    """Do not talk about `topic` (empty: anything) for the car (None: any) until a date (None: for good)."""

    topic: str
    ownership_id: int | None
    until: date | None


class Contacted(NamedTuple):
    """An outgoing contact that counts: a message that left, or a call somebody answered."""

    on: date
    channel: str
    purpose: str
    topic: str
    dealership_id: int


class InFlight(NamedTuple):
    """A cadence under way: its occasion has an open task, worth `value` when it was planned."""

    occasion_id: int
    kind: str
    channel: str
    purpose: str
    value: float = 0.0


class Booking(NamedTuple):
    ownership_id: int | None
    purpose: str
    on: date


class Work(NamedTuple):
    """A work of this group was done on a day, here."""

    ownership_id: int
    group: str
    on: date


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """Everything the gates know of one customer. Dates are local dates of the store that asks."""

    customer_id: int
    zone: ZoneInfo
    is_gone: bool = False  # erased, or merged into another
    phones: int = 0
    mobiles: int = 0  # phones that take text messages
    emails: int = 0
    messengers: int = 0
    consents: tuple[Consent, ...] = ()  # oldest first
    refusals: tuple[Refused, ...] = ()
    complaint_since: date | None = None
    contacts: tuple[Contacted, ...] = ()
    unanswered_emails: int = 0  # since the last sign of life
    last_email_on: date | None = None
    in_flight: tuple[InFlight, ...] = ()
    bookings: tuple[Booking, ...] = ()
    works: tuple[Work, ...] = ()
    bought_on: date | None = None  # the last car bought from us
    held_out: frozenset[int] = frozenset()  # occasions that were kept back; their days stand among the contacts
    closed_channels: frozenset[str] = frozenset()  # nobody set them up here


@dataclass(frozen=True, slots=True)
class Candidate:
    """One step of one occasion on one day: may it be done?"""

    occasion_id: int
    ownership_id: int
    dealership_id: int
    kind: str
    purpose: str
    channel: str
    value: float = 0.0
    opens_on: date = date.min
    ownership_ended_on: date | None = None
    works: tuple[str, ...] = ()  # the work groups it is about, as its evidence names them
    is_start: bool = True  # first contact of its cadence
    is_repeat: bool = False  # its cadence has called before; planned repeats are exempt from the budget
    is_promised: bool = False  # the customer asked for this hour
    rival: str = ""  # kind of the more valuable occasion that goes first
    may_be_held_out: bool = False  # keeping quiet about it is allowed, and nothing has reached out yet
    held_out: str = ""  # code of the campaign that measures itself by not contacting this customer

    @property
    def play(self) -> Play:
        return play_of(self.kind)

    @property
    def is_message_only(self) -> bool:
        kind = KINDS.get(self.kind)
        return kind is not None and kind.is_message_only

    @property
    def is_free(self) -> bool:
        """Neither limited by the contact budget nor counted in it: safety and confirmations."""
        return is_free(self.kind, self.purpose)


@dataclass(frozen=True, slots=True)
class Day:
    """When the question is asked: a day (planning) or a moment of it (claim, send)."""

    today: date
    moment: datetime | None = None
    holidays: frozenset[date] = field(default_factory=frozenset)


def is_free(kind: str, purpose: str) -> bool:
    return purpose == "safety" or play_of(kind).privilege is not Privilege.NONE
