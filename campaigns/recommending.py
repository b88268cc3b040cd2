"""Whom a customer recommended us to in a call: noted at once from the card, or given with the outcome over REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from campaigns.rules.outcomes import BadDetails
from customers.models import Referral
from dealercrm.sentences import sentence
from dealercrm.why import Why

if TYPE_CHECKING:
    from campaigns.following import Answer


def note_referrals(answer: Answer) -> dict[str, Any]:
    """What the result keeps: the ids of the recommendations of this call. Raises BadDetails where a number is none."""
    ids = _noted_before(answer)
    given = answer.details.get("referral")
    if given:
        if not isinstance(given, Mapping) or not str(given.get("name") or "").strip():
            raise BadDetails("referral", _("Write the name and the phone of whom they recommended us to."))
        noted = Referral.objects.note(
            answer.customer,
            name=str(given["name"]),
            phone=str(given.get("phone") or ""),
            dealership=answer.task.dealership,
            by=answer.by,
            at=answer.now,
        )
        if isinstance(noted, Why):
            raise BadDetails("referral", sentence(noted.as_json()))
        ids.append(noted.pk)
    return {"referrals": sorted(set(ids))} if ids else {}


def _noted_before(answer: Answer) -> list[int]:
    """Of the ids that the card brings, those of this customer."""
    said = answer.details.get("referrals") or []
    ids = [int(one) for one in said if str(one).isdecimal() and len(str(one)) < 19] if isinstance(said, list) else []
    rows = Referral.objects.filter(referrer=answer.customer, pk__in=ids)
    return list(rows.values_list("pk", flat=True)) if ids else []
