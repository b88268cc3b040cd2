"""How fast another system can push: repair orders with their lines over REST, in batches.

    DATABASE_URL=postgres://... python benchmarks/api_push.py [--orders 10000] [--batch 1000]

Every batch goes through the whole stack in this process (routing, token, JSON, validation, upsert,
answer), without a network. Uses the test database of DATABASE_URL (SQLite without one) and throws it away.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("API_RATE", "1000000/min")

import django

django.setup()

from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402
from knox.models import AuthToken  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from dealercrm.accounts.models import Dealership, Membership, Role, User  # noqa: E402

CARS_EACH = 5  # visits of one car
LINES = [
    {"name": "Maintenance", "work_group": "maintenance", "amount": "6000.00"},
    {"name": "Oil change", "work_group": "oil", "amount": "1500.00"},
    {"name": "Oil 5W-30", "kind": "part", "quantity": "4.00", "amount": "4200.00"},
    {"name": "Oil filter", "kind": "part", "amount": "800.00"},
]


def robot() -> APIClient:
    north = Dealership.objects.create(code="north", name="North")
    user = User.objects.create_user("robot")
    Membership.objects.create(user=user, dealership=north, role=Role.INTEGRATION)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(user)[1]}")
    return client


def vin(number: int) -> str:
    return f"Z94CB41AAGR{number:06d}"


def push(client: APIClient, noun: str, records: list[dict[str, Any]], batch: int, expected: str) -> float:
    """Seconds for these records; every one of them must have become what is expected."""
    started = time.perf_counter()
    for first in range(0, len(records), batch):
        part = records[first : first + batch]
        body = {"dealership": "north", "source": "dms", "records": part}
        answer = client.post(f"/api/v1/{noun}/batch/", body, format="json")
        if answer.status_code != 200 or answer.json()[expected] != len(part):
            raise SystemExit(f"{noun}: {answer.status_code} {answer.content[:500]!r}")
    seconds = time.perf_counter() - started
    print(f"{noun:14} {expected:9} {len(records):7,} in {seconds:6.2f} s: {len(records) / seconds:8,.0f} a second")
    return seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", type=int, default=10_000)
    options.add_argument("--batch", type=int, default=1000)
    args = options.parse_args()
    cars = max(args.orders // CARS_EACH, 1)
    people = [
        {"code": f"K-{i}", "last_name": f"Ivanov{i}", "phones": [f"+7912{i:07d}"], "city": "Kazan"} for i in range(cars)
    ]
    fleet = [
        {"vin": vin(i), "make": "Kia", "model": "Rio", "year": 2020, "customer_code": f"K-{i}", "sold_on": "2020-03-01"}
        for i in range(cars)
    ]
    visits = [
        {
            "number": f"RO-{i}",
            "opened_on": (date(2021, 3, 1) + timedelta(days=300 * (i // cars) + i % 28)).isoformat(),
            "vin": vin(i % cars),
            "customer_code": f"K-{i % cars}",
            "odometer_km": 15_000 * (i // cars + 1),
            "total": "12500.00",
            "lines": LINES,
        }
        for i in range(args.orders)
    ]
    setup_test_environment(debug=False)  # with debugging on, Django remembers every query
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        client = robot()
        push(client, "customers", people, args.batch, "created")
        push(client, "vehicles", fleet, args.batch, "created")
        push(client, "repair-orders", visits, args.batch, "created")
        push(client, "repair-orders", visits, args.batch, "unchanged")
        push(client, "repair-orders", visits[:200], 1, "unchanged")
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
