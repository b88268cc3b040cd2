"""What comes after a visit and around the cars: answers to "how was it?", and the makers' recalls."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

from dealercrm.demo.world.brands import BRANDS, STORES
from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.records import Answer, Car, Recall, Spell, Visit

ASKED_FOR_DAYS = 365
ANSWERED = 0.14  # of the visits
SCORES = (10, 10, 10, 10, 9, 9, 9, 8, 8, 7, 6, 5, 3, 1)  # about 50% promoters, 29% detractors
LISTED = 0.05  # of the brand's cars at the store
UNKNOWN = 60  # cars of the list that are not ours
DONE = 0.35
COMMENTS = {
    "promoter": ("быстро и вежливо", "мастер всё объяснил", "приехала, сделали, уехала", "", ""),
    "passive": ("нормально, но дорого", "долго оформляли", "", ""),
    "detractor": ("ждал два часа сверх записи", "машину не помыли", "стук не нашли", "цена выросла на приёмке"),
}
WRONG = (
    ("Подушка безопасности водителя: трещина корпуса газогенератора", "4421A"),
    ("Топливная трубка: возможна течь", "1703B"),
)


def answers_after(dice: Dice, visits: list[Visit], *, today: date) -> list[Answer]:
    """Some of the last year's visitors answered, one to four days later."""
    answers: list[Answer] = []
    for number, visit in enumerate(visits):
        if not 5 < (today - visit.on).days < ASKED_FOR_DAYS or visit.pay_type == "internal":
            continue
        if not dice.chance(ANSWERED):
            continue
        score = dice.one_of(SCORES)
        group = "promoter" if score >= 9 else "detractor" if score <= 6 else "passive"
        at = datetime.combine(visit.on + timedelta(days=1 + dice.below(4)), time(10 + dice.below(8), dice.below(60)))
        channel = dice.one_of(("call", "call", "email"))
        answers.append(Answer(number, at, score, dice.one_of(COMMENTS[group]), channel, dice.below(2)))
    return answers


def recalls_of(dice: Dice, cars: list[Car], spells: list[Spell], *, today: date) -> list[Recall]:
    """One recall a store: some cars of its commonest brand, more that it has never seen, a third done already."""
    recalls = []
    for store in range(len(STORES)):
        owned = sorted({spell.car for spell in spells if spell.store == store and spell.ended_on is None})
        if not owned:
            continue
        brand = Counter(cars[car].brand for car in owned).most_common(1)[0][0]
        prefix = BRANDS[brand].vin_prefix
        title, work = WRONG[store % len(WRONG)]
        published_on = today - timedelta(days=40 + 25 * store)
        listed = [car for car in owned if cars[car].brand == brand and dice.chance(LISTED)] or owned[:1]
        vins = [cars[car].vin for car in listed]
        vins += [f"{prefix}{dice.below(10**14):014d}"[:17] for _ in range(UNKNOWN)]
        done = {cars[car].vin: published_on + timedelta(days=5 + dice.below(30)) for car in listed if dice.chance(DONE)}
        code = f"R-{published_on.year}-{41 + store:03d}"
        recalls.append(Recall(store, code, title, brand, (work,), published_on, tuple(vins), done))
    return recalls
