from django.urls import URLPattern, URLResolver, path

from campaigns.views.calls import lease, next_call, result, return_call, take_call, undo_result
from campaigns.views.campaign_edit import campaign_edit, campaign_new
from campaigns.views.campaign_offers import campaign_offer_results, campaign_offers
from campaigns.views.campaign_outlook import campaign_outlook, confirm_plan
from campaigns.views.campaigns import campaign, campaign_start, campaign_stop, campaigns
from campaigns.views.card import call_card
from campaigns.views.consent import call_consent
from campaigns.views.contests import answer_contest, contest_decision
from campaigns.views.edit import call_edit
from campaigns.views.explain import ownership_contacts
from campaigns.views.floor import call_assignment, floor, operator_minutes, operator_promises
from campaigns.views.hooks import hook
from campaigns.views.inbound import customer_calls
from campaigns.views.lists import callbacks, my_results
from campaigns.views.loyalty import loyalty
from campaigns.views.messages import decide_message, messages, settle_inbound
from campaigns.views.not_contacted import lacking, not_contacted
from campaigns.views.offers import offer, offer_edit, offer_new, offer_state, offers
from campaigns.views.pauses import pause_end, pauses
from campaigns.views.policy import policy
from campaigns.views.preferences import preferences
from campaigns.views.public.booking import book_at_store, book_car
from campaigns.views.public.complaint import complaint_word
from campaigns.views.public.nps import nps
from campaigns.views.public.visit import visit, visit_calendar, visit_cancel, visit_move
from campaigns.views.public.welcome import welcome
from campaigns.views.referral import call_referral
from campaigns.views.results import call_worth, campaign_assignments, campaign_result, campaign_results
from campaigns.views.senders import senders
from campaigns.views.staff import staff, staff_export, staff_rows
from campaigns.views.texts import text_check, text_page, texts
from campaigns.views.today import summary, today
from campaigns.views.unsubscribe import unsubscribe
from campaigns.views.visit_requests import visit_request_answer, visit_requests

urlpatterns: list[URLPattern | URLResolver] = [
    path("today/", today, name="today"),
    path("tasks/claims/", next_call, name="next-call"),
    path("tasks/summary/", summary, name="tasks-summary"),
    path("loyalty/", loyalty, name="loyalty"),
    path("tasks/<int:pk>/", call_card, name="call-card"),
    path("tasks/<int:pk>/edit/", call_edit, name="call-edit"),
    path("tasks/<int:pk>/referral/", call_referral, name="call-referral"),
    path("tasks/<int:pk>/worth/", call_worth, name="call-worth"),
    path("tasks/<int:pk>/claim/", take_call, name="take-call"),
    path("tasks/<int:pk>/lease/", lease, name="call-lease"),
    path("tasks/<int:pk>/result/", result, name="call-result"),
    path("tasks/<int:pk>/result/undo/", undo_result, name="undo-result"),
    path("tasks/<int:pk>/consent/", call_consent, name="call-consent"),
    path("tasks/<int:pk>/assignment/", call_assignment, name="call-assignment"),
    path("tasks/<int:pk>/return/", return_call, name="return-call"),
    path("ownerships/<int:pk>/contacts/", ownership_contacts, name="ownership-contacts"),
    path("customers/<int:pk>/calls/", customer_calls, name="customer-calls"),
    path("pauses/", pauses, name="call-pauses"),
    path("pauses/<int:pk>/end/", pause_end, name="pause-end"),
    path("floor/", floor, name="floor"),
    path("floor/<int:pk>/minutes/", operator_minutes, name="operator-minutes"),
    path("floor/<int:pk>/promises/", operator_promises, name="operator-promises"),
    path("callbacks/", callbacks, name="callbacks"),
    path("staff/", staff, name="staff"),
    path("staff/export/", staff_export, name="staff-export"),
    path("staff/<slug:what>/", staff_rows, name="staff-rows"),
    path("results/", my_results, name="my-results"),
    path("campaigns/", campaigns, name="campaigns"),
    path("campaigns/new/", campaign_new, name="campaign-new"),
    path("campaigns/<slug:code>/", campaign, name="campaign"),
    path("campaigns/<slug:code>/edit/", campaign_edit, name="campaign-edit"),
    path("campaigns/held/<int:pk>/", confirm_plan, name="confirm-plan"),
    path("campaigns/<slug:code>/outlook/", campaign_outlook, name="campaign-outlook"),
    path("campaigns/<slug:code>/start/", campaign_start, name="campaign-start"),
    path("campaigns/<slug:code>/stop/", campaign_stop, name="campaign-stop"),
    path("results/campaigns/", campaign_results, name="campaign-results"),
    path("campaigns/<slug:code>/results/", campaign_result, name="campaign-result"),
    path("campaigns/<slug:code>/results/customers/", campaign_assignments, name="campaign-assignments"),
    path("not-contacted/", not_contacted, name="not-contacted"),
    path("not-contacted/lacking/", lacking, name="not-contacted-lacking"),
    path("decisions/<int:pk>/contests/", contest_decision, name="contest-decision"),
    path("contests/<int:pk>/answer/", answer_contest, name="answer-contest"),
    path("offers/", offers, name="offers"),
    path("offers/new/", offer_new, name="offer-new"),
    path("offers/<slug:code>/", offer, name="offer"),
    path("offers/<slug:code>/edit/", offer_edit, name="offer-edit"),
    path("offers/<slug:code>/state/", offer_state, name="offer-state"),
    path("campaigns/<slug:code>/offers/", campaign_offers, name="campaign-offers"),
    path("campaigns/<slug:code>/offers/results/", campaign_offer_results, name="campaign-offer-results"),
    path("messages/", messages, name="messages"),
    path("messages/incoming/<int:pk>/", settle_inbound, name="settle-inbound"),
    path("messages/<int:pk>/", decide_message, name="decide-message"),
    path("policy/contacts/", policy, name="contact-policy"),
    path("hooks/<slug:channel>/<str:secret>/", hook, name="hook"),
    path("preferences/<str:token>/", preferences, name="preferences"),
    path("senders/", senders, name="senders"),
    path("texts/", texts, name="texts"),
    path("texts/<int:pk>/", text_page, name="text"),
    path("texts/<int:pk>/check/", text_check, name="text-check"),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("visit-requests/", visit_requests, name="visit-requests"),
    path("visit-requests/<int:pk>/answer/", visit_request_answer, name="visit-request-answer"),
    # Without a login. A store's code has no colon, a token has two.
    path("book/<slug:code>/", book_at_store, name="book-store"),
    path("book/<str:token>/", book_car, name="book-car"),
    path("visit/<str:token>/", visit, name="visit"),
    path("visit/<str:token>/move/", visit_move, name="visit-move"),
    path("visit/<str:token>/cancel/", visit_cancel, name="visit-cancel"),
    path("visit/<str:token>/visit.ics", visit_calendar, name="visit-calendar"),
    path("nps/<str:token>/", nps, name="nps"),
    path("solved/<str:token>/", complaint_word, name="complaint-word"),
    path("welcome/<str:token>/", welcome, name="welcome"),
]
