"""What customers of the demo said about it all: coded words, complaints with a last word, reviews, and a visit that
somebody asked for on the web. By the product's own functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from campaigns.booking import offered_times
from campaigns.loading import Store
from campaigns.rules.outcomes import BadDetails
from campaigns.visiting import Wish, ask_for_visit
from dealercrm.accounts.models import Dealership, User
from vehicles.models import Complaint, Feedback, Review, VoiceNote

CODED_DAYS = 190  # what was said before that, nobody has coded
ABOUT = {  # the words of world/after.py, and what they are about
    "быстро и вежливо": ("praise", "staff"),
    "мастер всё объяснил": ("praise", "staff"),
    "приехала, сделали, уехала": ("praise", "service"),
    "нормально, но дорого": ("price",),
    "долго оформляли": ("waiting",),
    "ждал два часа сверх записи": ("waiting", "booking"),
    "машину не помыли": ("cleanliness",),
    "стук не нашли": ("service",),
    "цена выросла на приёмке": ("price",),
}


class Public(NamedTuple):
    """A review: where, stars, author as shown, words, what they are about, how many days ago."""

    site: str
    stars: int
    author: str
    text: str
    codes: tuple[str, ...]
    days: int


REVIEWS = (
    Public("Яндекс Карты", 5, "Ольга К.", "Записали на удобное время, всё сделали в срок.", ("praise", "booking"), 3),
    Public("2GIS", 2, "Сергей", "Запчасть ждал три недели, никто не позвонил.", ("parts", "staff"), 5),
    Public("Яндекс Карты", 4, "Марат Г.", "Хороший сервис, но негде поставить машину.", ("parking",), 12),
    Public("Google", 5, "Anna", "Мастер показал, что именно меняли.", ("praise", "staff"), 33),
    Public("2GIS", 3, "И. В.", "Долго ждал приёмки, хотя приехал ко времени.", ("waiting",), 41),
    Public("Яндекс Карты", 5, "Дмитрий", "Обслуживаюсь четвёртый год.", ("praise",), 70),
)


def hear(store: Dealership, staff: list[User], *, now: datetime) -> None:
    """Somebody has worked through the words of the last half year; the newest wait on the page."""
    _code_answers(store, staff[0], now)
    for told in REVIEWS:
        review = Review.objects.record(
            now=now - timedelta(days=told.days),
            dealership=store,
            site=told.site,
            stars=told.stars,
            author=told.author,
            text=told.text,
            at=now - timedelta(days=told.days),
            by=staff[0],
        )
        VoiceNote.objects.code(review, told.codes, by=staff[0], at=review.at)
        if review.complaint is not None and told.days > 30:
            review.complaint.resolve("Ответили на странице отзыва, извинились.", by=staff[0], at=review.at)
    _settle_complaints(store, staff, now)
    _ask_on_the_web(store, now)


def _code_answers(store: Dealership, by: User, now: datetime) -> None:
    answers = Feedback.objects.filter(dealership=store, comment__in=ABOUT, at__gte=now - timedelta(days=CODED_DAYS))
    for answer in answers.filter(at__lt=now - timedelta(days=10)).order_by("pk"):
        VoiceNote.objects.code(answer, ABOUT[answer.comment], by=by, at=answer.at + timedelta(hours=4))


def _settle_complaints(store: Dealership, staff: list[User], now: datetime) -> None:
    """Of those that were solved most customers were asked: one in six was not content. Open ones have an owner."""
    rows = Complaint.objects.filter(dealership=store, customer__isnull=False)
    for number, complaint in enumerate(rows.unconfirmed().order_by("-resolved_at", "-pk")[:60]):
        at = (complaint.resolved_at or now) + timedelta(days=2)
        if number % 6 == 0 or at >= now:
            continue  # nobody has asked them yet
        complaint.confirm(by=staff[number % len(staff)], at=at)
    denied = rows.unconfirmed().order_by("-resolved_at", "-pk").first()
    if denied is not None:
        denied.deny(by=None, at=now - timedelta(hours=20), note="Стук вернулся через неделю.")
    for number, complaint in enumerate(rows.open().order_by("opened_at", "pk")):
        if number % 4:
            complaint.assign(staff[number % len(staff)], complaint.due_on, by=staff[-1], at=now)


def _ask_on_the_web(store: Dealership, now: datetime) -> None:
    """A stranger wants the first free time of tomorrow."""
    loaded = Store.load(store, now)
    day = next((day for day in offered_times(loaded, now) if day.day > loaded.today), None)
    if day is None:
        return
    wish = Wish(
        starts_at=day.times[0],
        once=f"demo-{store.pk}",
        note="Стучит спереди справа",
        name="Виктор",
        phone="+79990001122",
        plate="Т555ТТ116",
        language="ru",
    )
    try:
        ask_for_visit(loaded, wish, None, now=now - timedelta(minutes=40))
    except BadDetails:
        return  # the workshop of the demo is full: nothing to show
