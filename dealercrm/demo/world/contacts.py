"""What was said before: calls and emails of the last fourteen months, refusals and complaints."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

from dealercrm.demo.world.dice import Dice
from dealercrm.demo.world.records import Complaint, Contact, Cover, Person, Refusal, Spell, Visit

KEPT_FOR_DAYS = 425
# The last week is left to the real call list: what is written there was worked through it.
UNTIL_DAYS = 8
REACHED = 0.45
COMPLAINTS = 0.006  # of visits
REASONS = ("service", "price", "price", "no_offers", "parking", "booking", "moved", "elsewhere", "elsewhere", "not_now")
COMPLAINT_TEXTS = (
    ("После ТО горит лампа неисправности.", "Проверили датчик, заменили по гарантии, извинились."),
    ("Ждал машину на три часа дольше обещанного.", "Объяснили причину, дали скидку на следующую мойку."),
    ("Скрип тормозов остался после замены колодок.", "Пригласили на повторную проверку, устранено."),
    ("В счёте работа, о которой не договаривались.", "Сумму вернули."),
    ("Царапина на двери после сервиса.", "Отполировали за наш счёт."),
    ("Не дозвониться до мастера-консультанта.", "Назначили ответственного, перезвонили."),
)
NOTES = ("", "", "", "просил звонить после 18", "едет в отпуск, вернётся через две недели", "доволен сервисом")


class Talk:
    """Collects the touches of the past; every method is one habit of the stores."""

    def __init__(self, rng: np.random.Generator, people: list[Person], *, today: date) -> None:
        self.dice = Dice(rng)
        self.people = people
        self.since, self.until = today - timedelta(days=KEPT_FOR_DAYS), today - timedelta(days=UNTIL_DAYS)
        self.contacts: list[Contact] = []
        self.refusals: list[Refusal] = []

    def after_sale(self, number: int, spell: Spell) -> None:
        """A thank-you call three to six days after delivery."""
        if spell.acquired != "elsewhere" and self.dice.chance(0.85):
            on = spell.started_on + timedelta(days=3 + self.dice.below(4))
            self._call(number, spell, on, "courtesy", "courtesy_call", ("done",))

    def before_visit(self, number: int, spell: Spell, visit: Visit) -> None:
        """A third of the scheduled visits were booked by our call, some at the second try."""
        if visit.lines[0].group == "maintenance" and self.dice.chance(0.35):
            on = visit.on - timedelta(days=3 + self.dice.below(8))
            if self.dice.chance(0.4):
                self._add(number, spell, on - timedelta(days=1), "call", "service", "maintenance", "no_answer", False)
            self._add(number, spell, on, "call", "service", "maintenance", "booked", True)

    def after_visit(self, number: int, spell: Spell, visit: Visit) -> None:
        # A survey needs a consent.
        if self.people[spell.customer].consent_on and self.dice.chance(0.4):
            on = visit.on + timedelta(days=1 + self.dice.below(3))
            self._call(number, spell, on, "survey", "service_feedback", ("done",))

    def before_expiry(self, spell: Spell, cover: Cover) -> None:
        if cover.kind != "insurance":
            return
        person = self.people[spell.customer]
        if person.consent_on and person.email:
            on = cover.ends_on - timedelta(days=45)
            self._add(cover.spell, spell, on, "email", "marketing", "insurance_renewal", "sent", False)
        if person.consent_on and self.dice.chance(0.6):
            on = cover.ends_on - timedelta(days=30)
            self._call(
                cover.spell, spell, on, "marketing", "insurance_renewal", ("done", "thinks", "refused", "refused")
            )

    def to_the_silent(self, number: int, spell: Spell, left_on: date) -> None:
        """Whoever stopped coming was called once or twice."""
        for wait, topic, purpose in ((420, "maintenance", "service"), (700, "win_back", "marketing")):
            if self.dice.chance(0.45):
                on = left_on + timedelta(days=wait + self.dice.below(90))
                answers = ("thinks", "refused", "refused", "done_elsewhere", "done")
                self._call(number, spell, on, purpose, topic, answers)

    def they_call(self, number: int, spell: Spell) -> None:
        if self.dice.chance(0.05):
            on = self.since + timedelta(days=self.dice.below(KEPT_FOR_DAYS - UNTIL_DAYS))
            if on > spell.started_on:
                self._add(number, spell, on, "call", "service", "", "done", True, direction="in")

    def _call(self, number: int, spell: Spell, on: date, purpose: str, topic: str, answers: tuple[str, ...]) -> None:
        for attempt in range(3):
            day = on + timedelta(days=attempt)
            if self.dice.chance(REACHED):
                outcome = self.dice.one_of(answers)
                self._add(number, spell, day, "call", purpose, topic, outcome, True)
                if outcome == "refused":
                    self._refuse(number, spell, day, topic)
                return
            self._add(number, spell, day, "call", purpose, topic, "no_answer", False)

    def _refuse(self, number: int, spell: Spell, on: date, topic: str) -> None:
        if self.since <= on < self.until:
            at = datetime.combine(on, time(16, 0))
            until = on + timedelta(days=self.dice.one_of((90, 180, 365)))
            reason = self.dice.one_of(REASONS)
            self.refusals.append(Refusal(number, spell.customer, spell.store, at, topic, reason, until))

    def _add(
        self,
        number: int,
        spell: Spell,
        on: date,
        channel: str,
        purpose: str,
        topic: str,
        outcome: str,
        was_reached: bool,
        direction: str = "out",
    ) -> None:
        """One touch, if the journal holds that day, the owner is still known, and calls are allowed."""
        if not self.since <= on < self.until or (spell.ended_on is not None and on >= spell.ended_on):
            return
        person = self.people[spell.customer]
        if direction == "out" and (
            (channel == "call" and not person.phones) or (person.no_calls_on and on >= person.no_calls_on)
        ):
            return
        on = on + timedelta(days=1) if on.weekday() == 6 else on
        at = datetime.combine(on, time(10 + self.dice.below(8), self.dice.below(60)))
        by = self.dice.below(2) if channel == "call" else None
        note = self.dice.one_of(NOTES) if was_reached else ""
        self.contacts.append(
            Contact(
                number,
                spell.customer,
                spell.store,
                at,
                channel,
                direction,
                purpose,
                topic,
                outcome,
                was_reached,
                by,
                note,
            )
        )


def complaints_of(rng: np.random.Generator, visits: list[Visit], *, today: date) -> list[Complaint]:
    """Six visits in a thousand end in a complaint; the fresh ones of the last weeks are mostly still open."""
    dice = Dice(rng)
    found = []
    for visit in visits:
        days = (today - visit.on).days
        fresh = days <= 30
        if days > 3 * 365 or days < 2 or not dice.chance(COMPLAINTS * (4 if fresh else 1)):
            continue
        opened = datetime.combine(visit.on + timedelta(days=1), time(10 + dice.below(8), 5 * dice.below(12)))
        text, solution = dice.one_of(COMPLAINT_TEXTS)
        is_open = fresh and dice.chance(0.7)
        resolved = None if is_open else opened + timedelta(days=1 + dice.below(6))
        if resolved is not None and resolved.date() >= today:
            resolved, solution = None, ""
        due = opened.date() + timedelta(days=1)
        found.append(
            Complaint(
                visit.spell, visit.customer, visit.store, opened, text, due, resolved, solution if resolved else ""
            )
        )
    return found
