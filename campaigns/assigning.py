"""Drawing customers for the control groups of campaigns, once and for good."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q

from campaigns.loading import Store
from campaigns.models import Assignment, Campaign
from campaigns.rules.holdout import GLOBAL, GLOBAL_SALT
from customers.rules.drawing import is_held_out
from dealercrm.accounts.writing import insert_many
from lifecycle.models import Occasion


@dataclass(slots=True)
class Draws:
    """Where the draw put these customers: what is known, and what this plan adds.

    The customers must be held by the caller's transaction: two stores that plan one person at once would
    draw them twice for the global group, by two policies.
    """

    store: Store
    known: dict[tuple[int, str, str], bool]
    new: list[Assignment] = field(default_factory=list)

    @classmethod
    def load(cls, store: Store, customers: Collection[int]) -> Draws:
        """One query."""
        rows = Assignment.objects.filter(customer_id__among=customers)
        rows = rows.filter(Q(dealership=store.dealership) | Q(campaign=GLOBAL))
        known: dict[tuple[int, str, str], bool] = {}
        for customer_id, campaign, salt, held, mixed in rows.values_list(
            "customer_id", "campaign", "salt", "is_held_out", "is_mixed"
        ):
            known[customer_id, campaign, salt] = held and not mixed  # who measures nothing is not kept waiting
        return cls(store, known)

    def draw(self, occasion: Occasion, campaign: Campaign) -> str:
        """The code of the campaign for which this customer is held out; "" where they are contacted.

        Whom the global group keeps from all campaigns is not drawn for this one: it could not contact them.
        """
        share = self.store.values.global_holdout_share
        if self._is_held_out(occasion, GLOBAL, GLOBAL_SALT, share, None):
            return GLOBAL
        if self._is_held_out(occasion, campaign.code, campaign.salt, campaign.holdout_share, campaign):
            return campaign.code
        return ""

    def _is_held_out(self, occasion: Occasion, code: str, salt: str, share: float, version: Campaign | None) -> bool:
        key = (occasion.customer_id, code, salt)
        if key in self.known:
            return self.known[key]
        if not share:
            return False  # without a control group there is nothing to compare with
        held = is_held_out(code, salt, occasion.customer_id, share)
        self.known[key] = held
        self.new.append(
            Assignment(
                dealership=self.store.dealership,
                campaign=code,
                version=version,
                salt=salt,
                share=share,
                customer_id=occasion.customer_id,
                occasion=occasion,
                is_held_out=held,
                assigned_on=self.store.today,
            )
        )
        return held

    def write(self) -> None:
        """The new draws, in one statement, in the transaction of the plan."""
        insert_many(self.new)
        self.new = []
