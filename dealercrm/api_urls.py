"""Every address of the REST API: the nouns of all rooms on one screen."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

from campaigns.api.campaigns import CampaignViewSet
from campaigns.api.credits import CreditViewSet
from campaigns.api.decisions import DecisionViewSet
from campaigns.api.offers import OfferViewSet
from campaigns.api.results import AssignmentViewSet, CampaignVerdictViewSet
from campaigns.api.viewsets import ContactTaskViewSet
from customers.api.consents import ConsentViewSet
from dealercrm.accounts.api.dealerships import DealershipViewSet
from dealercrm.accounts.api.problems import no_such_address
from lifecycle.api.occasions import OccasionViewSet
from lifecycle.api.segments import SegmentViewSet
from lifecycle.api.stages import StageChangeViewSet, StageSummaryViewSet, StandingViewSet
from vehicles.api import cars, catalogue, loyalty, readings, talk, visits
from vehicles.api.customers import CustomerViewSet
from vehicles.api.feedback import FeedbackViewSet
from vehicles.api.reviews import ReviewViewSet

router = DefaultRouter()
router.include_format_suffixes = False
router.register("dealerships", DealershipViewSet, basename="api-dealerships")
router.register("customers", CustomerViewSet, basename="api-customers")
router.register("consents", ConsentViewSet, basename="api-consents")
router.register("vehicles", cars.VehicleViewSet, basename="api-vehicles")
router.register("ownerships", cars.OwnershipViewSet, basename="api-ownerships")
router.register("repair-orders", visits.RepairOrderViewSet, basename="api-repair-orders")
router.register("odometer-readings", readings.OdometerReadingViewSet, basename="api-odometer-readings")
router.register("covers", visits.CoverViewSet, basename="api-covers")
router.register("appointments", visits.AppointmentViewSet, basename="api-appointments")
router.register("maintenance-schedules", catalogue.ScheduleViewSet, basename="api-maintenance-schedules")
router.register("work-prices", catalogue.PriceViewSet, basename="api-work-prices")
router.register("touches", talk.TouchViewSet, basename="api-touches")
router.register("complaints", talk.ComplaintViewSet, basename="api-complaints")
router.register("feedback", FeedbackViewSet, basename="api-feedback")
router.register("reviews", ReviewViewSet, basename="api-reviews")
router.register("refusals", talk.RefusalViewSet, basename="api-refusals")
router.register("loyalty-accounts", loyalty.LoyaltyAccountViewSet, basename="api-loyalty-accounts")
router.register("loyalty-entries", loyalty.LoyaltyEntryViewSet, basename="api-loyalty-entries")
router.register("stages", StageSummaryViewSet, basename="api-stages")
router.register("standings", StandingViewSet, basename="api-standings")
router.register("stage-changes", StageChangeViewSet, basename="api-stage-changes")
router.register("occasions", OccasionViewSet, basename="api-occasions")
router.register("segments", SegmentViewSet, basename="api-segments")
router.register("campaigns", CampaignViewSet, basename="api-campaigns")
router.register("contact-tasks", ContactTaskViewSet, basename="api-contact-tasks")
router.register("offers", OfferViewSet, basename="api-offers")
router.register("decisions", DecisionViewSet, basename="api-decisions")
router.register("campaign-results", CampaignVerdictViewSet, basename="api-campaign-results")
router.register("credits", CreditViewSet, basename="api-credits")
router.register("campaign-assignments", AssignmentViewSet, basename="api-campaign-assignments")

urlpatterns = [
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    re_path(r"^(?P<path>[\s\S]*)$", no_such_address),
]
