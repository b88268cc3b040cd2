"""What to do next about a customer who may be slipping away: one recommendation, the first that fits."""

from __future__ import annotations

from collections.abc import Sequence

from dealercrm.why import Why
from lifecycle.rules.health import PARTS

_WARRANTY = list(PARTS).index("warranty")
_ENDED_LATELY = 2  # band of the warranty: it ended within the last year, when most leave


def recommend(
    *, stage: str, substage: str, loyalty: str, bands: Sequence[int], sold_points: int, sold_line: int
) -> Why:
    """From where the customer stands; the order is that of harm: who is angry, or has sold the car, is not sold to."""
    if sold_points >= sold_line:
        return Why("action.ask_owner")
    if loyalty == "unhappy":
        return Why("action.listen")
    if substage == "booked":
        return Why("action.confirm")
    if stage == "repeat_purchase":
        return Why("action.next_car")
    if stage in {"dormant", "lost"}:
        return Why("action.win_back")
    if substage in {"due", "overdue", "thin_ice", "due_soon"}:
        if stage == "first_service":
            return Why("action.first_service")
        if bands and bands[_WARRANTY] == _ENDED_LATELY:
            return Why("action.after_warranty")
        return Why("action.thin_ice" if substage == "thin_ice" else "action.maintenance")
    return Why("action.keep_in_touch")
