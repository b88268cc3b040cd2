"""What an offer must bring before it earns anything: DOMAIN section 8, "offer economics before launch"."""

from __future__ import annotations

import math
from typing import NamedTuple

from campaigns.rules.measuring import needed_for

CENT = 0.01  # a margin below it is none


class Launch(NamedTuple):
    """An offer about to be made; money in the store's currency."""

    eligible: int  # customers whom the campaign could contact
    holdout_share: float  # of them are deliberately left alone
    contact_cost: float
    reach_share: float  # of contacts that get through to the customer
    take_rate: float  # of those who hear it
    cost: float  # to us, each time it is taken
    margin: float  # of one visit, before the cost of the offer
    anyway_share: float  # of the takers who would have come without us


class Outlook(NamedTuple):
    contacts: int
    heard: float
    taken: float
    spent: float
    needed: int | None  # extra visits; None: no number of visits pays for it
    extra: float  # visits that we expect beyond those that come anyway
    gain: float
    held_out: int
    given_up: float  # what the held-out customers would have earned: the price of knowing
    needed_held: int | None  # customers in the holdout to see break-even for certain; None: nothing to see

    @property
    def pays(self) -> bool:
        return self.needed is not None and self.extra >= self.needed

    @property
    def can_be_shown(self) -> bool:
        """Is the holdout large enough to tell break-even from nothing?"""
        return self.needed_held is not None and self.held_out >= self.needed_held


def outlook(launch: Launch) -> Outlook:
    """Break-even and expectation.

    contacts n = eligible x (1 - holdout), heard h = n x reach, taken t = h x take rate.
    Spent S = n x contact cost + t x cost: takers who would have come anyway cost the offer too.
    An extra visit, one that would not have happened, earns the margin m, so that S is covered by
        needed = ceil(S / m) extra visits;
    expected are extra = t x (1 - anyway), and the gain is extra x m - S.
    """
    held_out = round(launch.eligible * launch.holdout_share)
    contacts = launch.eligible - held_out
    heard = contacts * launch.reach_share
    taken = heard * launch.take_rate
    spent = contacts * launch.contact_cost + taken * launch.cost
    needed = math.ceil(spent / launch.margin - 1e-9) if launch.margin >= CENT else (0 if spent <= 0 else None)
    extra = taken * (1 - launch.anyway_share)
    gain = extra * launch.margin - spent
    given_up = gain / contacts * held_out if contacts else 0.0
    return Outlook(
        contacts,
        heard,
        taken,
        spent,
        needed,
        extra,
        gain,
        held_out,
        max(given_up, 0.0),
        _needed_held(launch, contacts, needed),
    )


def _needed_held(launch: Launch, contacts: int, needed: int | None) -> int | None:
    """Customers in each group so that a difference of exactly break-even is seen at 95% with 80% power."""
    if not contacts or not needed or needed > contacts:
        return None
    anyway = launch.reach_share * launch.take_rate * launch.anyway_share
    difference = needed / contacts
    if anyway + difference > 1:
        return None
    return needed_for(difference, anyway + difference, anyway)
