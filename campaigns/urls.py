from django.urls import URLPattern, URLResolver, path

from campaigns.views.calls import lease, next_call, result, return_call, take_call, undo_result
from campaigns.views.card import call_card
from campaigns.views.explain import ownership_contacts
from campaigns.views.floor import call_assignment, floor, operator_minutes, operator_promises
from campaigns.views.lists import callbacks, my_results
from campaigns.views.messages import decide_message, messages
from campaigns.views.not_contacted import not_contacted
from campaigns.views.policy import policy
from campaigns.views.today import summary, today
from campaigns.views.unsubscribe import unsubscribe

urlpatterns: list[URLPattern | URLResolver] = [
    path("today/", today, name="today"),
    path("tasks/claims/", next_call, name="next-call"),
    path("tasks/summary/", summary, name="tasks-summary"),
    path("tasks/<int:pk>/", call_card, name="call-card"),
    path("tasks/<int:pk>/claim/", take_call, name="take-call"),
    path("tasks/<int:pk>/lease/", lease, name="call-lease"),
    path("tasks/<int:pk>/result/", result, name="call-result"),
    path("tasks/<int:pk>/result/undo/", undo_result, name="undo-result"),
    path("tasks/<int:pk>/assignment/", call_assignment, name="call-assignment"),
    path("tasks/<int:pk>/return/", return_call, name="return-call"),
    path("ownerships/<int:pk>/contacts/", ownership_contacts, name="ownership-contacts"),
    path("floor/", floor, name="floor"),
    path("floor/<int:pk>/minutes/", operator_minutes, name="operator-minutes"),
    path("floor/<int:pk>/promises/", operator_promises, name="operator-promises"),
    path("callbacks/", callbacks, name="callbacks"),
    path("results/", my_results, name="my-results"),
    path("not-contacted/", not_contacted, name="not-contacted"),
    path("messages/", messages, name="messages"),
    path("messages/<int:pk>/", decide_message, name="decide-message"),
    path("policy/contacts/", policy, name="contact-policy"),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
]
