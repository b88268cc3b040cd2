"""What customers say, as numbers: what it is about, month by month, and whether they would recommend us.

Every number here can be opened: the same filters give its rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth

from dealercrm.accounts.models import Dealership
from vehicles.models import Complaint, Feedback, Review, Touch, VoiceNote
from vehicles.models.feedback import DETRACTOR_TO, PROMOTER_FROM
from vehicles.models.voice import Said
from vehicles.rules.nps import Score, net_promoter

MONTHS, DAYS = 6, 30
ADVISOR_DAYS = 180
UNCODED_DAYS = 60


class CodeRow(NamedTuple):
    """One code: how often in the last 30 days, how that moved, and in each month."""

    code: str
    label: str
    recent: int
    change: int
    months: list[tuple[date, int]]


class ScoreRow(NamedTuple):
    """The score of a month, an advisor or a store; `key` is what its rows are filtered by."""

    key: str
    label: Any
    score: Score


def months_back(today: date, number: int = MONTHS) -> list[date]:
    """The first days of the last months, the present one last."""
    index = today.year * 12 + today.month - 1
    return [date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(number - 1, -1, -1)]


def month_span(month: date, store: Dealership) -> tuple[datetime, datetime]:
    """From the first midnight of a month to that of the next, on the store's clock."""
    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    first, last = (datetime.combine(day, time.min, tzinfo=store.zone) for day in (month, after))
    return first.astimezone(UTC), last.astimezone(UTC)


def code_table(store: Dealership, now: datetime) -> list[CodeRow]:
    """Every code with its months, the most frequent of late first. Two queries."""
    months = months_back(store.today(now))
    notes = VoiceNote.objects.standing().filter(dealership=store)
    since = month_span(months[0], store)[0]
    by_month: Counter[tuple[str, date]] = Counter()
    rows = notes.filter(said_at__gte=since).annotate(month=TruncMonth("said_at", tzinfo=store.zone))
    for code, month, number in rows.values_list("code", "month").annotate(Count("pk")).order_by():
        by_month[code, month.date()] = number
    span = timedelta(days=DAYS)
    lately = notes.filter(said_at__gte=now - 2 * span, said_at__lte=now).order_by().values_list("code")
    counts = {
        code: (recent, before)
        for code, recent, before in lately.annotate(
            recent=Count("pk", filter=Q(said_at__gte=now - span)), before=Count("pk", filter=Q(said_at__lt=now - span))
        )
    }
    table = []
    for code, label in VoiceNote.Code.choices:
        recent, before = counts.get(code, (0, 0))
        table.append(CodeRow(code, str(label), recent, recent - before, [(day, by_month[code, day]) for day in months]))
    return sorted(table, key=lambda row: (-row.recent, -sum(number for _, number in row.months)))


def _scores(answers: QuerySet[Feedback], by: str) -> list[tuple[Any, Score]]:
    """One query."""
    groups = answers.order_by().values_list(by)
    found = groups.annotate(
        up=Count("pk", filter=Q(score__gte=PROMOTER_FROM)),
        down=Count("pk", filter=Q(score__lte=DETRACTOR_TO)),
        number=Count("pk"),
    )
    scored = ((key, net_promoter(up, number - up - down, down)) for key, up, down, number in found)
    return [(key, score) for key, score in scored if score is not None]


def score_by_month(store: Dealership, now: datetime) -> list[ScoreRow]:
    since = month_span(months_back(store.today(now))[0], store)[0]
    answers = Feedback.objects.filter(dealership=store, at__gte=since)
    dated = answers.annotate(month=TruncMonth("at", tzinfo=store.zone))
    rows = [ScoreRow(f"{month:%Y-%m}", month.date(), score) for month, score in _scores(dated, "month")]
    return sorted(rows, key=lambda row: row.key, reverse=True)


def score_by_advisor(store: Dealership, now: datetime) -> list[ScoreRow]:
    """Of the last half year; the advisor is who wrote the repair order. Most answers first."""
    since = now - timedelta(days=ADVISOR_DAYS)
    answers = Feedback.objects.filter(dealership=store, at__gte=since, order__isnull=False).exclude(order__advisor="")
    rows = [ScoreRow(name, name, score) for name, score in _scores(answers, "order__advisor")]
    return sorted(rows, key=lambda row: (-row.score.number, row.key))


def score_by_store(stores: Iterable[Dealership], now: datetime) -> list[ScoreRow]:
    names = {store.pk: store for store in stores}
    answers = Feedback.objects.filter(dealership__in=names, at__gte=now - timedelta(days=ADVISOR_DAYS))
    rows = [ScoreRow(names[pk].code, names[pk].name, score) for pk, score in _scores(answers, "dealership")]
    return sorted(rows, key=lambda row: str(row.label))


@dataclass(frozen=True, slots=True)
class Words:
    """Something that a customer said, with what it is about so far."""

    row: Said
    source: str
    text: str
    said_at: datetime
    codes: list[str]


def uncoded(store: Dealership, now: datetime, most: int) -> list[Words]:
    """Words of the last two months that nobody has coded, newest first. Four queries."""
    since = now - timedelta(days=UNCODED_DAYS)
    wanted: list[tuple[type[Said], str, str, Q]] = [
        (Feedback, "comment", "at", Q()),
        (Complaint, "text", "opened_at", Q(feedback=None, review=None)),  # those are coded where they were said
        (Review, "text", "at", Q()),
        (Touch, "note", "at", Q(was_reached=True)),
    ]
    found: list[Words] = []
    for model, text, at, which in wanted:
        source = str(model._meta.model_name)
        coded = VoiceNote.objects.standing().filter(**{source: OuterRef("pk")})
        rows = model._default_manager.filter(which, ~Exists(coded), dealership=store, **{f"{at}__gte": since})
        rows = rows.exclude(**{text: ""}).select_related("customer").order_by(f"-{at}", "-pk")
        found += [Words(row, source, getattr(row, text), getattr(row, at), []) for row in rows[:most]]
    return sorted(found, key=lambda words: words.said_at, reverse=True)[:most]


def words_about(store: Dealership, code: str, since: datetime, until: datetime, most: int) -> list[VoiceNote]:
    """The rows behind a number of the table."""
    notes = VoiceNote.objects.standing().filter(dealership=store, code=code, said_at__gte=since, said_at__lt=until)
    loaded = notes.select_related("feedback", "complaint", "review", "touch", "customer", "by")
    return list(loaded.order_by("-said_at", "-pk")[:most])
