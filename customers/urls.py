from django.urls import path

from customers.views.consent import consents
from customers.views.contact import contact_point, contact_points
from customers.views.customer import customer, customer_edit

urlpatterns = [
    path("customers/<int:pk>/", customer, name="customer"),
    path("customers/<int:pk>/edit/", customer_edit, name="customer-edit"),
    path("customers/<int:pk>/contact-points/", contact_points, name="customer-contact-points"),
    path("customers/<int:pk>/consents/", consents, name="customer-consents"),
    path("contact-points/<int:pk>/", contact_point, name="contact-point"),
]
