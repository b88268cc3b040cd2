"""The product as gunicorn serves it, with one address more: a view that does nothing, to measure the rest by."""

from importlib import import_module

from django.http import HttpRequest, HttpResponse
from django.urls import path

from dealercrm.wsgi import application


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


import_module("dealercrm.urls").urlpatterns.insert(0, path("nothing/", nothing))
__all__ = ["application"]
