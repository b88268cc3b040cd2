"""What a campaign earned, from two groups of customers who differ in nothing but a draw: DOMAIN section 8.

Everyone who was drawn is compared (intention to treat): the contacted group holds those whom nobody reached
too. Comparing reached with not reached would compare people who answer the telephone with people who do not.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from campaigns.rules.measuring import Z95, Difference, difference_of_means, difference_of_shares, sample_ratio_p

VERSION = 1  # of these rules; a verdict keeps the version that wrote it
EARNS, LOSES, NOT_ENOUGH = "earns", "loses", "not_enough"
ALARM = 0.001
Z80 = 0.8416212335729143  # 80% power
MOST_NEEDED = 1_000_000  # more customers than that no group of dealerships has: the effect is none

# What a campaign wants of a customer, by the kinds it answers; everything else wants a visit.
VISIT, PURCHASE, INSURANCE, CONTRACT = "visit", "purchase", "insurance", "service_contract"
_GOALS = {
    "repurchase": PURCHASE,
    "finance_end": PURCHASE,
    "insurance_renewal": INSURANCE,
    "service_contract_end": CONTRACT,
}


class Customer(NamedTuple):
    """What became of one customer within the horizon: money in the store's currency."""

    has_come: bool
    margin: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """Customers on one side of the draw."""

    size: int
    came: int
    margin: float  # of one customer, on average
    cost: float  # of the contacts with one customer, on average

    @property
    def share(self) -> float:
        return self.came / self.size if self.size else 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """The comparison of both groups. `uplift` is a share of customers, `net` margin less contacts of one customer.

    None where a group is too small to compare, or (money) where what the campaign wants has no known margin.
    `break_even` is the uplift that pays for the contacts; `needed` how many more customers it takes to know.
    """

    verdict: str
    asked: Group
    held: Group
    uplift: Difference | None
    net: Difference | None
    break_even: float
    margin_of_visit: float | None
    sample_ratio_p: float | None
    needed: int

    @property
    def is_alarm(self) -> bool:
        """Is the split so uneven that the draw cannot have worked as meant? Then the figures show nothing."""
        return self.sample_ratio_p is not None and self.sample_ratio_p < ALARM

    @property
    def extra(self) -> float | None:
        """Customers who came only because they were contacted."""
        return self.uplift.value * self.asked.size if self.uplift else None

    @property
    def cost_of_extra(self) -> float | None:
        """Cost of contacts per customer who came because of them; None where nobody did."""
        if self.uplift is None or self.uplift.value <= 0:
            return None
        return (self.asked.cost - self.held.cost) / self.uplift.value

    @property
    def earned(self) -> float | None:
        """Margin less cost of contacts, of the whole contacted group against the control."""
        return self.net.value * self.asked.size if self.net else None

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "asked": _group_json(self.asked),
            "held": _group_json(self.held),
            "uplift": list(self.uplift) if self.uplift else None,
            "net": list(self.net) if self.net else None,
            "break_even": self.break_even,
            "margin_of_visit": self.margin_of_visit,
            "sample_ratio_p": self.sample_ratio_p,
            "needed": self.needed,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Result:
        return cls(
            verdict=kept["verdict"],
            asked=Group(**kept["asked"]),
            held=Group(**kept["held"]),
            uplift=Difference(*kept["uplift"]) if kept["uplift"] else None,
            net=Difference(*kept["net"]) if kept["net"] else None,
            break_even=kept["break_even"],
            margin_of_visit=kept["margin_of_visit"],
            sample_ratio_p=kept["sample_ratio_p"],
            needed=kept["needed"],
        )


def worth_of_call(result: Result, call_cost: float) -> float | None:
    """What one call brought, reached or not, in the store's currency: margin of the customers who came because of
    it, by the calls made to everybody drawn. None without a known uplift, margin or cost; never less than nought.
    """
    if result.uplift is None or not result.margin_of_visit or call_cost <= 0 or result.verdict == NOT_ENOUGH:
        return None
    calls = (result.asked.cost - result.held.cost) / call_cost
    if calls <= 0:
        return None
    return max(result.uplift.value, 0.0) * result.margin_of_visit / calls


def goals_of(kinds: Collection[str]) -> frozenset[str]:
    """What counts as having come, for a campaign that answers these kinds; no kinds: a visit."""
    return frozenset(_GOALS.get(kind, VISIT) for kind in kinds) or frozenset({VISIT})


def judge(
    asked: Sequence[Customer],
    held: Sequence[Customer],
    *,
    share: float,
    least_effect: float,
    has_money: bool = True,
) -> Result:
    """Earns, loses, or not enough data. `share` was held out; `least_effect` is the smallest uplift worth having.

    Earns: the whole interval of the uplift lies above what pays for the contacts, and the net margin is above
    nought. Loses: the interval lies below, or that of the net margin below nought. A campaign that does nothing
    and costs nothing is called a win once in forty.
    """
    first, second = _group(asked), _group(held)
    ratio = sample_ratio_p(first.size, second.size, share) if first.size + second.size and 0 < share < 1 else None
    came = first.came + second.came
    margin_of_visit = (math.fsum(one.margin for one in (*asked, *held)) / came) if has_money and came else None
    spent = max(first.cost - second.cost, 0.0)
    break_even = spent / margin_of_visit if margin_of_visit else 0.0
    if first.size < 2 or second.size < 2:
        needed = _needed(second.share, max(least_effect, break_even), share, first.size + second.size)
        return Result(NOT_ENOUGH, first, second, None, None, break_even, margin_of_visit, ratio, needed)
    uplift = difference_of_shares(first.came, first.size, second.came, second.size)
    net = None
    if has_money:
        net = difference_of_means([one.margin - one.cost for one in asked], [one.margin - one.cost for one in held])
    verdict = _verdict(uplift, net, break_even)
    if ratio is not None and ratio < ALARM:
        verdict = NOT_ENOUGH
    needed = 0
    if verdict == NOT_ENOUGH:
        size = first.size + second.size
        needed = _needed(second.share, max(least_effect, break_even), share, size)
        if not needed:  # enough for an effect worth having; what was seen lies nearer to the line than that
            needed = _needed(second.share, abs(uplift.value - break_even), share, size)
    return Result(verdict, first, second, uplift, net, break_even, margin_of_visit, ratio, needed)


def _verdict(uplift: Difference, net: Difference | None, break_even: float) -> str:
    if uplift.low > break_even and (net is None or net.value > 0):
        return EARNS
    if uplift.high < break_even or (net is not None and net.high < 0):
        return LOSES
    return NOT_ENOUGH


def needed_in_all(effect: float, base: float, share: float) -> int:
    """Customers to draw so that an uplift of `effect` over `base` shows at 95% with 80% power.

    Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), section 4.3, groups of unequal
    size without the continuity correction: held = z^2 (p1 q1 / k + p0 q0) / effect^2, where k contacted
    customers come to one held out.
    """
    if effect <= 0:
        return MOST_NEEDED
    after = min(base + effect, 1.0)
    times = (1 - share) / share
    held = (Z95 + Z80) ** 2 * (after * (1 - after) / times + base * (1 - base)) / effect**2
    return min(math.ceil(held / share), MOST_NEEDED)


def _needed(base: float, effect: float, share: float, size: int) -> int:
    if not 0 < share < 1:
        return 0
    return max(needed_in_all(effect, base, share) - size, 0)


def _group(customers: Sequence[Customer]) -> Group:
    size = len(customers)
    return Group(
        size,
        sum(one.has_come for one in customers),
        math.fsum(one.margin for one in customers) / size if size else 0.0,
        math.fsum(one.cost for one in customers) / size if size else 0.0,
    )


def _group_json(group: Group) -> dict[str, Any]:
    return {"size": group.size, "came": group.came, "margin": group.margin, "cost": group.cost}
