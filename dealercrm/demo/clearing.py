"""Empty the database of a demo, so that another one can be written. Never of a real dealership."""

from __future__ import annotations

from django.core.management.color import no_style
from django.db import connection, transaction

from dealercrm.accounts.models import Dealership, JobRun
from dealercrm.demo.world.brands import STORES
from vehicles.models import ImportProfile, MaintenanceSchedule, Make, ScheduledWork, VehicleModel, WorkGroup

JOB = "seed_demo"  # its run row marks a dealership as the demo's own
_SHARED = (Make, VehicleModel, WorkGroup, MaintenanceSchedule, ScheduledWork)
_DJANGO = ("django_migrations", "django_content_type", "auth_permission")


def holds_only_the_demo() -> bool:
    """True where every dealership here was made by this command."""
    ours = set(JobRun.objects.filter(job=JOB).values_list("dealership__code", flat=True))
    codes = set(Dealership.objects.values_list("code", flat=True))
    return codes <= ours and codes <= {store.code for store in STORES}


def clear_demo() -> None:
    """Delete every row but the catalogue, the shipped import profiles and what Django itself needs."""
    kept = {model._meta.db_table for model in _SHARED} | set(_DJANGO)
    with transaction.atomic():
        connection.check_constraints()  # PostgreSQL empties no table whose deferred checks still wait
        profiles = list(ImportProfile.objects.filter(dealership=None))
        tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - kept
        statements = connection.ops.sql_flush(no_style(), sorted(tables), reset_sequences=True, allow_cascade=False)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        ImportProfile.objects.bulk_create(profiles)
    reset = connection.ops.sequence_reset_sql(no_style(), [ImportProfile])
    with connection.cursor() as cursor:
        for statement in reset:
            cursor.execute(statement)
