"""Words of codes that upper rooms own. They register them as sentences, so this room need not import them."""

from __future__ import annotations

from django import template

from dealercrm.sentences import worded

register = template.Library()


@register.filter
def topic(code: str) -> str:
    """A kind of occasion, as a touch or a refusal names it."""
    return worded("kind", code) if code else ""


@register.filter
def outcome(code: str) -> str:
    """What a contact ended with."""
    return worded("outcome", code) if code else ""
