"""What the head of a customer's page says: how to call, and what they allow. Panels that change it send it along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from customers.models import ConsentEvent, ContactPoint, Customer
from customers.rules.consent import summary


def head(
    customer: Customer,
    *,
    points: Sequence[ContactPoint] | None = None,
    said: Sequence[ConsentEvent] | None = None,
) -> dict[str, Any]:
    """What customers/_head.html and _call.html show; a query for what is not at hand."""
    rows = customer.contact_points.all() if points is None else points
    return {
        "customer": customer,
        "phones": [point for point in rows if point.kind == ContactPoint.Kind.PHONE and point.is_usable],
        "consent_lines": summary(customer.consent_events.all() if said is None else said),
    }
