"""DealerCRM: the roof. It knows every room by name and contains no thought."""

from dealercrm.celery import app as celery_app

__all__ = ("celery_app",)
