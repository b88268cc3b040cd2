"""Did it earn anything? The intervals of DOMAIN section 8; who is held out stands in customers/rules/drawing.py.

Everyone eligible is compared with the holdout (intention to treat), never "reached" with "not reached".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

Z95 = 1.959963984540054
WINSOR_SHARE = 0.99


class Difference(NamedTuple):
    """A difference with its 95% interval."""

    value: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Does the interval leave nought out?"""
        return self.low > 0 or self.high < 0


def wilson(successes: int, size: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval of a proportion (1927)."""
    share = successes / size
    middle = share + z * z / (2 * size)
    reach = z * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    scale = 1 + z * z / size
    return (middle - reach) / scale, (middle + reach) / scale


def difference_of_shares(came: int, asked: int, came_held: int, held: int) -> Difference:
    """Newcombe's interval (1998, method 10) of the difference of two proportions: contacted minus held out."""
    if not asked or not held:
        raise ValueError("Both groups need at least one customer.")
    first, second = came / asked, came_held / held
    low_first, high_first = wilson(came, asked)
    low_second, high_second = wilson(came_held, held)
    value = first - second
    return Difference(
        value,
        value - math.hypot(first - low_first, high_second - second),
        value + math.hypot(high_first - first, second - low_second),
    )


def difference_of_means(amounts: Sequence[float], amounts_held: Sequence[float]) -> Difference:
    """Welch's interval (1947) of the difference of mean margins, each customer's cut at the pooled 99th percentile.

    One gearbox must not decide what a campaign earned. At least two customers in each group are needed.
    """
    if len(amounts) < 2 or len(amounts_held) < 2:
        raise ValueError("Both groups need at least two customers.")
    most = percentile([*amounts, *amounts_held], WINSOR_SHARE)
    first, second = [min(one, most) for one in amounts], [min(one, most) for one in amounts_held]
    (mean, error), (mean_held, error_held) = _mean_and_error(first), _mean_and_error(second)
    value, error_of_both = mean - mean_held, error + error_held
    if not error_of_both:
        return Difference(value, value, value)
    freedom = error_of_both**2 / (error**2 / (len(first) - 1) + error_held**2 / (len(second) - 1))
    reach = t95(freedom) * math.sqrt(error_of_both)
    return Difference(value, value - reach, value + reach)


def _mean_and_error(amounts: Sequence[float]) -> tuple[float, float]:
    """The mean and the squared standard error of it."""
    mean = math.fsum(amounts) / len(amounts)
    return mean, math.fsum((one - mean) ** 2 for one in amounts) / (len(amounts) - 1) / len(amounts)


def percentile(amounts: Sequence[float], share: float) -> float:
    """The value below which a share of the amounts lies, straight between neighbours."""
    rows = sorted(amounts)
    place = share * (len(rows) - 1)
    low = math.floor(place)
    high = min(low + 1, len(rows) - 1)
    return rows[low] + (place - low) * (rows[high] - rows[low])


def t95(freedom: float) -> float:
    """The 97.5% point of Student's t, any real degrees of freedom; exact to five digits.

    Solved by bisection on the distribution, by the continued fraction of the incomplete beta function
    (Lentz's method), so that a page needs no scientific library.
    """
    low, high = Z95, 13.0 if freedom >= 1 else 1e6
    for _ in range(80):
        middle = (low + high) / 2
        if _beta(freedom / (freedom + middle * middle), freedom / 2, 0.5) > 0.05:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    upper, lower = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    found = lower
    for m in range(1, 500):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            lower = 1 / (1 + term * lower or tiny)
            upper = 1 + term / upper or tiny
            found *= lower * upper
        if abs(lower * upper - 1) < 1e-14:
            break
    return found


def sample_ratio_p(asked: int, held: int, share: float) -> float:
    """Chance of a split at least so uneven if the assignment works as meant; below .001 it is an alarm.

    Chi-square with one degree of freedom.
    """
    size = asked + held
    expected = size * share, size * (1 - share)
    chi = (held - expected[0]) ** 2 / expected[0] + (asked - expected[1]) ** 2 / expected[1]
    return math.erfc(math.sqrt(chi / 2))


def needed_for(difference: float, share: float, share_held: float) -> int:
    """Customers in the smaller group to see such a difference at 95% with 80% power; the groups equally large."""
    if not difference:
        raise ValueError("No number of customers shows a difference of nought.")
    z = Z95 + 0.8416212335729143
    return math.ceil(z * z * (share * (1 - share) + share_held * (1 - share_held)) / difference**2)
