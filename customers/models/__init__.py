from customers.models.consent import Channel, ConsentEvent, Purpose
from customers.models.contact import ContactPoint
from customers.models.customer import Customer
from customers.models.erasure import Erasure
from customers.models.external_id import ExternalId
from customers.models.merge import Merge
from customers.models.pair import DuplicatePair, RelatedPair
from customers.models.referral import Referral
from customers.models.store import CustomerStore, OfCustomerQuerySet

__all__ = [
    "Channel",
    "ConsentEvent",
    "ContactPoint",
    "Customer",
    "CustomerStore",
    "DuplicatePair",
    "Erasure",
    "ExternalId",
    "Merge",
    "OfCustomerQuerySet",
    "Purpose",
    "Referral",
    "RelatedPair",
]
