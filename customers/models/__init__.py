from customers.models.consent import Channel, ConsentEvent, Purpose
from customers.models.contact import ContactPoint
from customers.models.customer import Customer, CustomerStore, ExternalId, OfCustomerQuerySet

__all__ = [
    "Channel",
    "ConsentEvent",
    "ContactPoint",
    "Customer",
    "CustomerStore",
    "ExternalId",
    "OfCustomerQuerySet",
    "Purpose",
]
