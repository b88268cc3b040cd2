"""Reasons with an expiry date: insurance, warranty, service and finance contracts, and the next car."""

from __future__ import annotations

from dealercrm.why import Why
from lifecycle.rules.facts import CoverFact
from lifecycle.rules.occasions.candidate import Candidate, Case, Found, candidate, dated
from lifecycle.rules.occasions.service import NOT_BOUGHT_HERE

NO_COVER = {
    "insurance": Why("occasion.none.no_insurance"),
    "service_contract": Why("occasion.none.no_service_contract"),
    "finance": Why("occasion.none.no_finance"),
}
NO_WARRANTY = Why("occasion.none.no_warranty")


def insurance_renewal(case: Case) -> Found:
    """One per policy; a policy of the same product that ends later has renewed it."""
    return _contracts(case, "insurance", "insurance_renewal", case.values.window_insurance_renewal)


def service_contract_end(case: Case) -> Found:
    return _contracts(case, "service_contract", "service_contract_end", case.values.window_service_contract_end)


def finance_end(case: Case) -> Found:
    return _contracts(case, "finance", "finance_end", case.values.window_finance_end)


def _contracts(case: Case, cover_kind: str, kind: str, window: tuple[int, int, int]) -> Found:
    covers = [cover for cover in case.facts.covers if cover.kind == cover_kind]
    if not covers:
        return NO_COVER[cover_kind]
    return tuple([_contract(case, kind, window, cover, covers) for cover in covers])


def _contract(
    case: Case, kind: str, window: tuple[int, int, int], cover: CoverFact, covers: list[CoverFact]
) -> Candidate | None:
    renewal = next(
        (other for other in covers if other.product == cover.product and other.ends_on > cover.ends_on), None
    )
    return candidate(
        case,
        kind,
        f"cover:{cover.id}",
        cover.ends_on,
        window,
        {"ends_on": cover.ends_on, "product": cover.product},
        evidence={"ends_on": cover.ends_on, "product": cover.product},
        answer=Why("occasion.served.renewed", {"until": renewal.ends_on}) if renewal else None,
    )


def warranty_end(case: Case) -> Found:
    """The last months in which the maker still pays; by date or by the forecast km, whichever first."""
    until = case.forecast.warranty_until
    if until is None:
        return NO_WARRANTY
    return (
        candidate(
            case,
            "warranty_end",
            "warranty",
            until,
            case.values.window_warranty_end,
            {"ends_on": until},
            evidence={"ends_on": until},
        ),
    )


def repurchase(case: Case) -> Found:
    """The window in which customers of this category usually change their car."""
    window = case.window
    if window is None:
        return NOT_BOUGHT_HERE
    bought = window.bought_on
    return (
        dated(
            case,
            "repurchase",
            f"term:{window.number}",
            (window.opens_on, window.centre_on, window.closes_on),
            {"opens_on": window.opens_on, "closes_on": window.closes_on},
            {"owned_since": case.facts.started_on},
            answer=Why("occasion.served.bought", {"on": bought}) if bought else None,
        ),
    )
