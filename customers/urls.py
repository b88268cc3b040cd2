from django.urls import path

from customers.views.around import customer_around
from customers.views.consent import consents
from customers.views.contact import contact_point, contact_points
from customers.views.customer import customer, customer_edit
from customers.views.duplicates import duplicate, duplicate_answer, duplicate_merge, duplicates
from customers.views.erasure import customer_erasure
from customers.views.merges import merge_page, merge_undo, merges

urlpatterns = [
    path("customers/<int:pk>/", customer, name="customer"),
    path("customers/<int:pk>/edit/", customer_edit, name="customer-edit"),
    path("customers/<int:pk>/around/", customer_around, name="customer-around"),
    path("customers/<int:pk>/erasure/", customer_erasure, name="customer-erasure"),
    path("customers/<int:pk>/contact-points/", contact_points, name="customer-contact-points"),
    path("customers/<int:pk>/consents/", consents, name="customer-consents"),
    path("duplicates/", duplicates, name="duplicates"),
    path("duplicates/<int:pk>/", duplicate, name="duplicate"),
    path("duplicates/<int:pk>/merge/", duplicate_merge, name="duplicate-merge"),
    path("duplicates/<int:pk>/answer/", duplicate_answer, name="duplicate-answer"),
    path("merges/", merges, name="merges"),
    path("merges/<int:pk>/", merge_page, name="merge"),
    path("merges/<int:pk>/undo/", merge_undo, name="merge-undo"),
    path("contact-points/<int:pk>/", contact_point, name="contact-point"),
]
