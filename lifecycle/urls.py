from django.urls import URLPattern, URLResolver, path

from lifecycle.views.base import base, base_list, base_moves, base_nights
from lifecycle.views.policy import policy
from lifecycle.views.run_now import run_now
from lifecycle.views.standing import occasion_explain, ownership_standing

urlpatterns: list[URLPattern | URLResolver] = [
    path("base/", base, name="base"),
    path("base/list/", base_list, name="base-list"),
    path("base/moves/", base_moves, name="base-moves"),
    path("base/nights/", base_nights, name="base-nights"),
    path("ownerships/<int:pk>/standing/", ownership_standing, name="ownership-standing"),
    path("ownerships/<int:pk>/explain/", occasion_explain, name="occasion-explain"),
    path("policy/lifecycle/", policy, name="policy"),
    path("health/runs/", run_now, name="lifecycle-run"),
]
