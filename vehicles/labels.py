"""Words for the kinds of files, fields and codes of an import, as an administrator reads them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Any] = {
    "customers": _("customers"),
    "vehicles": _("cars and sales"),
    "orders": _("repair orders"),
    "order_lines": _("lines of repair orders"),
    "covers": _("insurance and other covers"),
}

FIELDS: dict[str, Any] = {
    "code": _("Code"),
    "kind": _("Kind"),
    "name": _("Name"),
    "last_name": _("Last name"),
    "first_name": _("First name"),
    "middle_name": _("Middle name"),
    "company_name": _("Company name"),
    "birth_on": _("Birth date"),
    "sex": _("Sex"),
    "phone": _("Phone"),
    "phone2": _("Second phone"),
    "email": _("Email"),
    "city": _("City"),
    "inn": _("Tax number"),
    "occupation": _("Occupation"),
    "consent": _("Consent to advertising"),
    "consent_on": _("Date of the consent"),
    "vin": _("VIN"),
    "plate": _("Plate"),
    "make": _("Make"),
    "model": _("Model"),
    "year": _("Year of manufacture"),
    "customer_code": _("Code of the customer"),
    "sold_on": _("Date of sale"),
    "acquired": _("New or used"),
    "price": _("Price"),
    "number": _("Number"),
    "opened_on": _("Date"),
    "odometer": _("Odometer"),
    "pay_type": _("Pay type"),
    "advisor": _("Service advisor"),
    "points_spent": _("Points spent"),
    "total": _("Total"),
    "deleted": _("Mark of deletion"),
    "work_group": _("Work group"),
    "quantity": _("Quantity"),
    "amount": _("Amount"),
    "declined": _("Declined"),
    "product": _("Product"),
    "starts_on": _("Starts on"),
    "ends_on": _("Ends on"),
}

CODE_LISTS: dict[str, Any] = {
    "customer_kind": _("Kind of customer"),
    "sex": _("Sex"),
    "acquired": _("New or used"),
    "pay_type": _("Pay type"),
    "line_kind": _("Kind of line"),
    "cover_kind": _("Kind of cover"),
    "work_group": _("Work group"),
    "operation": _("Work group by operation"),
}

CODES: dict[str, Any] = {
    "person": _("person"),
    "company": _("company"),
    "female": _("female"),
    "male": _("male"),
    "new": _("bought new from us"),
    "used": _("bought used from us"),
    "customer": _("customer pays"),
    "warranty": _("warranty"),
    "insurance": _("insurance"),
    "internal": _("internal"),
    "labour": _("labour"),
    "part": _("part"),
    "service_contract": _("service contract"),
    "finance": _("finance contract"),
}

STEPS: dict[str, Any] = {
    "reading": _("Reading the files"),
    "problems": _("Putting aside what cannot be read"),
    "repeated": _("Looking for repeated rows"),
    "customers": _("Customers"),
    "vehicles": _("Cars and sales"),
    "orders": _("Repair orders"),
    "order_lines": _("Lines without an order"),
    "covers": _("Insurance and other covers"),
    "deleted": _("Looking for deleted orders"),
}
