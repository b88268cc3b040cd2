from django.urls import URLPattern, URLResolver, path

from lifecycle.views.base import base, base_list, base_moves, base_nights
from lifecycle.views.calibrations import calibrations
from lifecycle.views.data_quality import data_quality, data_quality_line
from lifecycle.views.outlook import ownership_needs, ownership_odometer
from lifecycle.views.policy import policy
from lifecycle.views.prospect import customer_prospect
from lifecycle.views.risk import at_risk, thin_ice
from lifecycle.views.run_now import run_now
from lifecycle.views.segment_builder import segment_edit, segment_new, segment_preview
from lifecycle.views.segment_export import segment_export
from lifecycle.views.segments import segment, segment_archive, segment_count, segments
from lifecycle.views.standing import occasion_explain, ownership_standing

urlpatterns: list[URLPattern | URLResolver] = [
    path("base/", base, name="base"),
    path("base/list/", base_list, name="base-list"),
    path("base/moves/", base_moves, name="base-moves"),
    path("base/nights/", base_nights, name="base-nights"),
    path("base/at-risk/", at_risk, name="at-risk"),
    path("base/thin-ice/", thin_ice, name="thin-ice"),
    path("calibrations/", calibrations, name="calibrations"),
    path("data-quality/", data_quality, name="data-quality"),
    path("data-quality/<slug:code>/", data_quality_line, name="data-quality-line"),
    path("segments/", segments, name="segments"),
    path("segments/new/", segment_new, name="segment-new"),
    path("segments/preview/", segment_preview, name="segment-preview"),
    path("segments/<slug:key>/", segment, name="segment"),
    path("segments/<slug:key>/edit/", segment_edit, name="segment-edit"),
    path("segments/<slug:key>/count/", segment_count, name="segment-count"),
    path("segments/<slug:key>/export/", segment_export, name="segment-export"),
    path("segments/<slug:key>/archive/", segment_archive, name="segment-archive"),
    path("customers/<int:pk>/prospect/", customer_prospect, name="customer-prospect"),
    path("ownerships/<int:pk>/standing/", ownership_standing, name="ownership-standing"),
    path("ownerships/<int:pk>/needs/", ownership_needs, name="ownership-needs"),
    path("ownerships/<int:pk>/odometer/", ownership_odometer, name="ownership-odometer"),
    path("ownerships/<int:pk>/explain/", occasion_explain, name="occasion-explain"),
    path("policy/lifecycle/", policy, name="policy"),
    path("health/runs/", run_now, name="lifecycle-run"),
]
