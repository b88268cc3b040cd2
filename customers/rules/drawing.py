"""Where the draw puts a customer: DOMAIN section 8, the same for ever and by customer, not by car.

Campaigns and the loyalty programme hold customers out by this one rule; whoever draws keeps the result as a row.
"""

from __future__ import annotations

import hashlib

SHARES = 10_000


def bucket(campaign: str, salt: str, customer_id: int) -> int:
    """Where a customer falls for a campaign, 0-9999."""
    digest = hashlib.md5(f"{campaign}:{salt}:{customer_id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % SHARES


def is_held_out(campaign: str, salt: str, customer_id: int, share: float) -> bool:
    """Is this customer one of the `share` who are deliberately left alone?"""
    return bucket(campaign, salt, customer_id) < share * SHARES
