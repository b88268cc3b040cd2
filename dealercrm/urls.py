"""Every address of the product, room by room; the nouns are inside each room's own urls.py."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from dealercrm.accounts.views.healthz import healthz, healthz_nights
from dealercrm.accounts.views.style import style

# The support admin has no door of its own past the brake on guessing and the second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("healthz/nights", healthz_nights, name="healthz-nights"),
    path("admin/", admin.site.urls),
    path("api/", include("dealercrm.api_urls")),
    path("", include("dealercrm.accounts.urls")),
    path("", include("customers.urls")),
    path("", include("vehicles.urls")),
    path("", include("lifecycle.urls")),
    path("", include("campaigns.urls")),
]
if settings.DEBUG:
    urlpatterns += [path("style/", style, name="style")]
