"""The offers a store starts with, and which campaign carries them in which order.

Amounts are such that a store of average checks loses nothing by them (GK); a manager puts in their own. No
percent is given where the plain price of the due works, said before anybody asks, is the better argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone

from campaigns.models import Campaign, CampaignOffer, Offer
from dealercrm.accounts.models import Dealership

MARGIN = Decimal(5850)  # half of an average check of 11,700


class ReadyOffer(NamedTuple):
    code: str
    kind: str
    name_en: str
    name_ru: str
    text_en: str
    text_ru: str
    terms: Mapping[str, Any] = {}


READY_OFFERS = (
    ReadyOffer(
        "fixed-price", "fixed_price", "Fixed price", "Фиксированная цена",
        "The price does not change when you come.", "Цена не изменится, когда вы приедете.",
        {"days_valid": 14, "needs_slot": True, "cost": Decimal(0), "take_rate": 0.3},
    ),
    ReadyOffer(
        "check-up", "gift", "Check of 40 points as a gift", "Диагностика по 40 пунктам в подарок",
        "We look at brakes, suspension and battery and say what can wait.",
        "Проверим тормоза, подвеску и аккумулятор и скажем, что может подождать.",
        {"days_valid": 14, "needs_slot": True, "cost": Decimal(400), "take_rate": 0.12},
    ),
    ReadyOffer(
        "works-10", "discount", "10% off this work", "Скидка 10% на эту работу",
        "Everything is done in one visit.", "Всё сделаем за один визит.",
        {"percent": Decimal(10), "days_valid": 7, "needs_slot": True, "take_rate": 0.15},
    ),
    ReadyOffer(
        "stay-7", "discount", "7% off the service", "Скидка 7% на обслуживание",
        "For owners who have not been here for a while.", "Для владельцев, которые давно у нас не были.",
        {"percent": Decimal(7), "days_valid": 14, "needs_slot": True, "take_rate": 0.15},
    ),
    ReadyOffer(
        "come-back-15", "discount", "15% off the first service after a break", "Скидка 15% на первое ТО после перерыва",
        "One visit, and the whole history of the car is kept.", "Один визит, и вся история автомобиля сохранена.",
        {"percent": Decimal(15), "days_valid": 30, "needs_slot": True, "take_rate": 0.08, "anyway_share": 0.2},
    ),
    ReadyOffer(
        "insurance-points", "points", "1,000 points for the policy", "1000 баллов за полис",
        "They pay for works at your next visit.", "Ими можно оплатить работы при следующем визите.",
        {"amount": Decimal(1000), "days_valid": 14, "cost": Decimal(500), "take_rate": 0.12},
    ),
    ReadyOffer(
        "contract-bonus", "bonus", "Bonus of 2,000 on the next contract", "Бонус 2000 на следующий договор",
        "It is taken off the first payment.", "Бонус вычитается из первого платежа.",
        {"amount": Decimal(2000), "days_valid": 30, "cost": Decimal(2000), "take_rate": 0.1},
    ),
    ReadyOffer(
        "trade-in", "trade_in", "Your car in exchange, the rest on credit",
        "Обмен вашего автомобиля, остаток в кредит",
        "The proposal is ready: value of your car, monthly payment, and a test drive of the new one.",
        "Предложение готово: оценка вашего автомобиля, платёж в месяц и тест-драйв нового.",
        {"days_valid": 14, "cost": Decimal(3000), "take_rate": 0.06, "margin": Decimal(120000)},
    ),
    ReadyOffer(
        "valuation", "gift", "Free valuation of your car", "Бесплатная оценка вашего автомобиля",
        "Twenty minutes, and you know what it is worth today.",
        "Двадцать минут, и вы знаете, сколько он стоит сегодня.",
        {"days_valid": 30, "cost": Decimal(500), "take_rate": 0.1, "margin": Decimal(120000), "anyway_share": 0.3},
    ),
)  # fmt: skip

# Campaign -> offers in order; campaigns that owe a contact (recall, complaint, confirmation) sell nothing.
CARRIED: Mapping[str, tuple[str, ...]] = {
    "no-show": ("fixed-price",),
    "first-service": ("fixed-price", "check-up"),
    "maintenance": ("fixed-price", "check-up"),
    "overdue": ("fixed-price", "stay-7"),
    "works": ("fixed-price", "works-10"),
    "tyres": ("fixed-price", "check-up"),
    "warranty": ("check-up",),
    "insurance": ("insurance-points",),
    "contracts": ("contract-bonus",),
    "repurchase": ("trade-in", "valuation"),
    "win-back": ("come-back-15", "check-up"),
}


def install_offers(dealership: Dealership) -> int:
    """Add the ready-made offers a store has no version of, to the campaigns of ours that carry no offer yet.

    What is there is not touched: an offer that was changed or taken off, a campaign whose offers somebody
    chose or removed. How many offers were made. Two queries where nothing is missing.
    """
    known = set(Offer.objects.filter(dealership=dealership).values_list("code", flat=True))
    now = timezone.now()
    missing = [ready for ready in READY_OFFERS if ready.code not in known]
    if not missing:
        return 0
    made = Offer.objects.bulk_create([_offer(dealership, ready, now) for ready in missing])
    offers = {offer.code: offer for offer in made}
    bare = Campaign.objects.running().filter(dealership=dealership, code__in=CARRIED, campaign_offers=None)
    for campaign in bare:
        carried = [offers[code] for code in CARRIED[campaign.code] if code in offers]
        CampaignOffer.objects.bulk_create(
            [
                CampaignOffer(campaign=campaign, offer=offer, position=position, since=now)
                for position, offer in enumerate(carried, start=1)
            ]
        )
    return len(made)


def _offer(dealership: Dealership, ready: ReadyOffer, now: Any) -> Offer:
    return Offer(
        dealership=dealership,
        code=ready.code,
        kind=ready.kind,
        name_en=ready.name_en,
        name_ru=ready.name_ru,
        text_en=ready.text_en,
        text_ru=ready.text_ru,
        created_at=now,
        **({"margin": MARGIN} | dict(ready.terms)),
    )
