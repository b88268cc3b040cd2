"""Words of codes that upper rooms own. They register them as sentences, so this room need not import them."""

from __future__ import annotations

from datetime import date

from django import template
from django.urls import NoReverseMatch

from dealercrm.accounts.links import BOOK, COMPLAINT, WELCOME, public_url
from dealercrm.accounts.models import Dealership
from dealercrm.sentences import worded
from vehicles.models import Complaint, Ownership

register = template.Library()


@register.filter
def topic(code: str) -> str:
    """A kind of occasion, as a touch or a refusal names it."""
    return worded("kind", code) if code else ""


@register.filter
def outcome(code: str) -> str:
    """What a contact ended with."""
    return worded("outcome", code) if code else ""


@register.simple_tag
def booking_link(ownership: Ownership) -> str:
    """Where the owner books a service for this car, for staff to send; empty where no room opens it."""
    try:
        return public_url("book-car", BOOK.sign(ownership.pk))
    except NoReverseMatch:
        return ""


@register.simple_tag
def store_booking_link(store: Dealership) -> str:
    """Where anybody books a service at this store, for its website and its letters."""
    try:
        return public_url("book-store", store.code)
    except NoReverseMatch:
        return ""


@register.simple_tag
def complaint_link(complaint: Complaint) -> str:
    """Where the customer says whether it was made good, for staff to send; empty for one of nobody we know."""
    if complaint.customer_id is None:
        return ""
    try:
        return public_url("complaint-word", COMPLAINT.sign(complaint.pk))
    except NoReverseMatch:
        return ""


@register.simple_tag
def welcome_link(ownership: Ownership) -> str:
    """Where a new owner finds what to do in the first month, for staff to send."""
    try:
        return public_url("welcome", WELCOME.sign(ownership.pk))
    except NoReverseMatch:
        return ""


@register.filter
def in_first_month(today: date, ownership: Ownership) -> bool:
    """Bought from us, and not longer ago than the checklist is good for."""
    return ownership.bought_from_us and ownership.started_on <= today <= ownership.started_on + WELCOME.valid_for
