"""What a visit costs customers of a price class: Gamma-Gamma, fitted by maximum likelihood.

Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value". Money comes in any currency; it is
scaled before the fit, because p and q do not depend on the unit and gamma is proportional to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FEWEST = 60  # customers of a class with a paid visit


class GammaGamma(NamedTuple):
    p: float
    q: float
    gamma: float
    log_likelihood: float


def fit_gamma_gamma(visits: Sequence[int], means: Sequence[float]) -> GammaGamma:
    """Parameters from (number of paid visits, their mean amount) of each customer; all above nought."""
    from scipy.optimize import minimize

    count, amount = np.array(visits, dtype=np.float64), np.array(means, dtype=np.float64)
    unit = float(amount.mean())
    scaled = amount / unit

    def loss(logs: npt.NDArray[np.float64]) -> float:
        p, q, gamma = np.exp(logs)
        return -_log_likelihood(p, q, gamma, count, scaled) / len(count)

    found = minimize(loss, np.log([4.0, 4.0, 0.75]), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10})
    p, q, gamma = (float(value) for value in np.exp(found.x))
    return GammaGamma(p, q, gamma * unit, _log_likelihood(p, q, gamma * unit, count, amount))


def _log_likelihood(p: float, q: float, gamma: float, x: npt.NDArray[np.float64], m: npt.NDArray[np.float64]) -> float:
    from scipy.special import gammaln

    terms = (
        gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)
        + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(gamma + x * m)
    )  # fmt: skip
    return float(terms.sum())


def quintile_cuts(amounts: Sequence[float]) -> tuple[float, ...]:
    """The four cuts between five equal groups."""
    return tuple(round(float(cut), 2) for cut in np.quantile(np.array(amounts), [0.2, 0.4, 0.6, 0.8]))
