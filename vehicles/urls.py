from django.urls import URLPattern, URLResolver, path

from vehicles.views.appointments import appointment_status, appointments
from vehicles.views.brief import customer_brief
from vehicles.views.cars import (
    customer_appointments,
    customer_cars,
    customer_complaints,
    ownership_end,
    refusals,
)
from vehicles.views.complaints import complaint_owner, complaint_solution, complaint_verdict, complaints
from vehicles.views.feedback import customer_feedback, feedback
from vehicles.views.import_profiles import import_profile, import_profiles
from vehicles.views.importing import import_plan, import_run, import_start, import_suggestion, imports, rejects
from vehicles.views.loyalty import customer_loyalty
from vehicles.views.loyalty_policy import loyalty_policy
from vehicles.views.prices import price_file, work_prices
from vehicles.views.readings import doubtful_readings, reading_verdict
from vehicles.views.recalls import recall, recall_car, recall_list, recalls, vehicle_recalls
from vehicles.views.schedules import make_numbers, schedule, schedule_add, schedule_end, schedules
from vehicles.views.search import customers
from vehicles.views.timeline import customer_timeline
from vehicles.views.vehicle import vehicle, vehicle_readings
from vehicles.views.voice import reviews, voice, voice_codes

urlpatterns: list[URLPattern | URLResolver] = [
    path("customers/", customers, name="customers"),
    path("customers/<int:pk>/cars/", customer_cars, name="customer-cars"),
    path("customers/<int:pk>/brief/", customer_brief, name="customer-brief"),
    path("customers/<int:pk>/timeline/", customer_timeline, name="customer-timeline"),
    path("customers/<int:pk>/refusals/", refusals, name="customer-refusals"),
    path("customers/<int:pk>/loyalty/", customer_loyalty, name="customer-loyalty"),
    path("customers/<int:pk>/complaints/", customer_complaints, name="customer-complaints"),
    path("customers/<int:pk>/feedback/", customer_feedback, name="customer-feedback"),
    path("customers/<int:pk>/appointments/", customer_appointments, name="customer-appointments"),
    path("ownerships/<int:pk>/end/", ownership_end, name="ownership-end"),
    path("vehicles/<int:pk>/", vehicle, name="vehicle"),
    path("vehicles/<int:pk>/readings/", vehicle_readings, name="vehicle-readings"),
    path("vehicles/<int:pk>/recalls/", vehicle_recalls, name="vehicle-recalls"),
    path("feedback/", feedback, name="feedback"),
    path("recalls/", recalls, name="recalls"),
    path("recalls/<int:pk>/", recall, name="recall"),
    path("recalls/<int:pk>/list/", recall_list, name="recall-list"),
    path("recall-cars/<int:pk>/", recall_car, name="recall-car"),
    path("appointments/", appointments, name="appointments"),
    path("appointments/<int:pk>/status/", appointment_status, name="appointment-status"),
    path("imports/", imports, name="imports"),
    path("imports/<int:pk>/", import_run, name="import-run"),
    path("imports/<int:pk>/plan/", import_plan, name="import-plan"),
    path("imports/<int:pk>/start/", import_start, name="import-start"),
    path("imports/<int:pk>/suggestion/", import_suggestion, name="import-suggestion"),
    path("imports/<int:pk>/rejects/", rejects, name="rejects"),
    path("import-profiles/", import_profiles, name="import-profiles"),
    path("import-profiles/<int:pk>/", import_profile, name="import-profile"),
    path("readings/doubtful/", doubtful_readings, name="doubtful-readings"),
    path("readings/<int:pk>/verdict/", reading_verdict, name="reading-verdict"),
    path("schedules/", schedules, name="schedules"),
    path("schedules/add/", schedule_add, name="schedule-add"),
    path("schedules/<int:pk>/", schedule, name="schedule"),
    path("schedules/<int:pk>/end/", schedule_end, name="schedule-end"),
    path("makes/<int:pk>/", make_numbers, name="make"),
    path("work-prices/", work_prices, name="work-prices"),
    path("work-prices/file/", price_file, name="price-file"),
    path("policy/loyalty/", loyalty_policy, name="loyalty-policy"),
    path("complaints/", complaints, name="complaints"),
    path("complaints/<int:pk>/solution/", complaint_solution, name="complaint-solution"),
    path("complaints/<int:pk>/owner/", complaint_owner, name="complaint-owner"),
    path("complaints/<int:pk>/verdict/", complaint_verdict, name="complaint-verdict"),
    path("voice/", voice, name="voice"),
    path("voice/<slug:source>/<int:pk>/codes/", voice_codes, name="voice-codes"),
    path("reviews/", reviews, name="reviews"),
]
