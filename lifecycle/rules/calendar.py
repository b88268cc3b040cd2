"""Months and days on a wall calendar, by the name that the rules of this room use."""

from dealercrm.dates import add_days, add_months

__all__ = ["add_days", "add_months"]
