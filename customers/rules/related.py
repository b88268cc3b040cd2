"""Who belongs to whom: a household, a firm and the people who speak for it, firms of one owner. Not one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from customers.rules.duplicates import Card, Reason
from dealercrm.why import Why

HOUSEHOLD, REPRESENTS, FIRMS = "household", "represents", "firms"
MOST_OF_A_FAMILY = 6  # cards that share a phone; more share a switchboard
MOST_OF_A_FIRM = 15  # cards with addresses at one mail host; more share a provider
PHONE, EMAIL, INN, HOST, CAR, SURNAME = 30, 40, 50, 25, 20, 10  # points: in which order they are shown

# Hosts where anybody may have an address; a host nobody listed is told by how many cards share it.
_PUBLIC = """
    gmail.com googlemail.com mail.ru inbox.ru bk.ru list.ru internet.ru yandex.ru ya.ru yandex.com yandex.kz
    yandex.by rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru icloud.com me.com mac.com outlook.com hotmail.com
    live.com live.ru msn.com yahoo.com ymail.com proton.me protonmail.com gmx.de gmx.net web.de aol.com qq.com 163.com
    mail.com zoho.com tut.by ukr.net vk.com example.com example.org example.net
"""
PUBLIC_HOSTS = frozenset(_PUBLIC.split())


class Kin(NamedTuple):
    """Two customers who probably belong together, how, and why; `first` has the smaller id."""

    first: int
    second: int
    kind: str
    points: int
    reasons: tuple[Reason, ...]


def host_of(email: str) -> str:
    """The mail host of a firm, or nothing for a public one."""
    host = email.rpartition("@")[2]
    return "" if host in PUBLIC_HOSTS else host


def find_related(
    cards: Mapping[int, Card], *, brought: Iterable[tuple[int, int]] = (), except_for: frozenset[tuple[int, int]]
) -> Iterator[Kin]:
    """Pairs that share a phone, an email, an INN or a firm's mail host, or where one brings the other's car.

    `brought`: (who came, whose car it was that day). `except_for`: pairs that are perhaps one person.
    """
    points: dict[tuple[int, int], list[Reason]] = {}
    for code, worth, most, values in (
        ("related.same_phone", PHONE, MOST_OF_A_FAMILY, lambda card: card.phones),
        ("related.same_email", EMAIL, MOST_OF_A_FAMILY, lambda card: card.emails),
        ("related.same_inn", INN, MOST_OF_A_FIRM, lambda card: {card.inn} - {""}),
        ("related.same_host", HOST, MOST_OF_A_FIRM, lambda card: set(map(host_of, card.emails)) - {""}),
    ):
        blocks: dict[str, list[int]] = {}
        for card in cards.values():
            for value in values(card):
                blocks.setdefault(value, []).append(card.pk)
        for members in blocks.values():
            if 2 <= len(members) <= most:
                for pair in _pairs(members):
                    _add(points, pair, Reason(Why(code), worth))
    times = Counter((min(pair), max(pair)) for pair in brought)
    for pair, number in times.items():
        if pair[0] != pair[1] and pair[0] in cards and pair[1] in cards:
            _add(points, pair, Reason(Why("related.brings_car", {"number": number}), CAR))
    for pair, reasons in points.items():
        if pair not in except_for:
            one, two = cards[pair[0]], cards[pair[1]]
            kind = kind_of(one.kind, two.kind)
            if kind == HOUSEHOLD and _same_surname(one, two):
                reasons.append(Reason(Why("related.same_surname"), SURNAME))
            yield Kin(*pair, kind, sum(int(reason.points) for reason in reasons), tuple(reasons))


def _pairs(members: list[int]) -> Iterator[tuple[int, int]]:
    ordered = sorted(members)
    for place, one in enumerate(ordered):
        for two in ordered[place + 1 :]:
            yield one, two


def _add(points: dict[tuple[int, int], list[Reason]], pair: tuple[int, int], reason: Reason) -> None:
    """Two shared phones say it once."""
    reasons = points.setdefault(pair, [])
    if all(known.why.code != reason.why.code for known in reasons):
        reasons.append(reason)


def kind_of(one: str, two: str) -> str:
    """How a person or a company belongs to a person or a company."""
    if one != two:
        return REPRESENTS
    return FIRMS if one == "company" else HOUSEHOLD


def _same_surname(one: Card, two: Card) -> bool:
    """Иванов and Иванова, Покровский and Покровская; in whichever place the surname was typed."""
    return bool({_neuter(word) for word in one.name.words} & {_neuter(word) for word in two.name.words})


def _neuter(word: str) -> str:
    if word.endswith(("ova", "eva", "ina")):
        return word[:-1]
    if word.endswith(("skaia", "tskaia")):
        return word[:-4] + "ki"
    return word
