"""The campaigns a store starts with: one for each kind of occasion, or for kinds that are talked about alike.

They are rows like any other: a store edits them by making the next version. Installing again adds what
is missing and touches nothing that is there.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from campaigns.models import Campaign, CampaignStep
from campaigns.ready_made_offers import install_offers
from campaigns.ready_made_texts import TEXTS
from customers.models import Channel
from dealercrm.accounts.models import Dealership


class Ready(NamedTuple):
    code: str
    name_en: str
    name_ru: str
    kinds: tuple[str, ...]
    steps: tuple[tuple[str, int], ...]  # (channel, days after the step before)


CALL, EMAIL = Channel.CALL.value, Channel.EMAIL.value
_MAIN = ((CALL, 0), (EMAIL, 0), (CALL, 3))  # call, the offer by email at once, repeat call in three days
_CALL_ONLY = ((CALL, 0),)
_EMAIL_ONLY = ((EMAIL, 0),)
_LETTER_FIRST = ((EMAIL, 0), (CALL, 15), (CALL, 16))  # insurance: email -45, call -30, repeat -14

_LINK_FIRST = ((EMAIL, 0), (CALL, 3))  # one tap in a letter; who does not answer is asked by phone

READY_MADE = (
    Ready("complaint", "Complaint: call back", "Жалоба: перезвонить", ("complaint_follow_up",), _CALL_ONLY),
    Ready("answers", "Call back who wrote to us", "Перезвонить написавшим", ("inbound_message",), _CALL_ONLY),
    Ready("recall", "Recall", "Отзывная кампания", ("recall",), _MAIN),
    Ready("confirmation", "Confirm the appointment", "Подтверждение записи", ("appointment_confirmation",), _CALL_ONLY),
    Ready("no-show", "Did not come", "Неявка", ("no_show",), _CALL_ONLY),
    Ready("courtesy", "Thanks for the purchase", "Спасибо за покупку", ("courtesy_call",), _CALL_ONLY),
    Ready("onboarding", "Getting to know the car", "Знакомство с автомобилем", ("onboarding",), _CALL_ONLY),
    Ready("first-service", "First service", "Первое ТО", ("first_service",), _MAIN),
    Ready("maintenance", "Maintenance", "Плановое ТО", ("maintenance",), _MAIN),
    Ready("overdue", "Thin ice", "Тонкий лёд", ("overdue_maintenance",), _MAIN),
    Ready("works", "Worn and declined works", "Износ и отказные работы", ("component_wear", "declined_work"), _MAIN),
    Ready("tyres", "Seasonal tyres", "Сезонная смена шин", ("seasonal_tyres",), _MAIN),
    Ready("insurance", "Insurance renewal", "Продление полиса", ("insurance_renewal",), _LETTER_FIRST),
    Ready("warranty", "End of warranty", "Окончание гарантии", ("warranty_end",), _MAIN),
    Ready(
        "contracts",
        "Contracts that end",
        "Окончание договоров",
        ("service_contract_end", "finance_end"),
        _MAIN,
    ),
    Ready("repurchase", "The next car", "Следующий автомобиль", ("repurchase",), _MAIN),
    Ready("win-back", "Win-back", "Возврат клиента", ("win_back",), _MAIN),
    Ready("feedback", "How was the service?", "Оценка визита", ("service_feedback",), _LINK_FIRST),
    Ready("greetings", "Greetings", "Поздравления", ("birthday", "public_holiday"), _EMAIL_ONLY),
    Ready("visit-booked", "Booked on the web: confirm", "Запись на сайте: подтвердить", ("visit_booked",), _EMAIL_ONLY),
    Ready("data", "Check the data", "Проверка данных", ("data_check",), _CALL_ONLY),
)


@transaction.atomic
def install(dealership: Dealership) -> int:
    """Give a store the ready-made campaigns it has no version of; how many were made."""
    known = set(Campaign.objects.filter(dealership=dealership).values_list("code", flat=True))
    missing = [(rank, ready) for rank, ready in enumerate(READY_MADE, start=1) if ready.code not in known]
    campaigns = Campaign.objects.bulk_create(
        [
            Campaign(
                dealership=dealership,
                code=ready.code,
                name_en=ready.name_en,
                name_ru=ready.name_ru,
                kinds=list(ready.kinds),
                rank=rank * 10,
            )
            for rank, ready in missing
        ]
    )
    CampaignStep.objects.bulk_create(
        [
            _step(campaign, ready.code, position, channel, delay)
            for campaign, (_, ready) in zip(campaigns, missing, strict=True)
            for position, (channel, delay) in enumerate(ready.steps, start=1)
        ]
    )
    install_offers(dealership)
    return len(campaigns)


def _step(campaign: Campaign, code: str, position: int, channel: str, delay: int) -> CampaignStep:
    texts = TEXTS[code]
    if channel == EMAIL:
        return CampaignStep(
            campaign=campaign,
            position=position,
            channel=channel,
            delay_days=delay,
            subject_en=texts.subject_en,
            subject_ru=texts.subject_ru,
            text_en=texts.email_en,
            text_ru=texts.email_ru,
        )
    return CampaignStep(
        campaign=campaign,
        position=position,
        channel=channel,
        delay_days=delay,
        text_en=texts.call_en,
        text_ru=texts.call_ru,
    )
