"""The base as it was before each death: every table is copied once and put back as often as needed."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, transaction

SCHEMA = "faults"


def _tables() -> Iterator[tuple[str, str]]:
    """(table, its columns that can be written) of every model of ours."""
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed:
                continue
            table = model._meta.db_table
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            yield table, cursor.fetchone()[0]


class Snapshot:
    """A copy of all tables; `restore` puts it back without asking foreign keys (needs a superuser, as tests have)."""

    def __init__(self) -> None:
        self.tables = dict(_tables())
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            cursor.execute(f"CREATE SCHEMA {SCHEMA}")
            for table, columns in self.tables.items():
                cursor.execute(f'CREATE TABLE {SCHEMA}."{table}" AS SELECT {columns} FROM public."{table}"')

    def restore(self) -> None:
        """All in one message to the server, which takes it as one transaction."""
        words = ["SET LOCAL session_replication_role = replica"]
        for table, columns in self.tables.items():
            words.append(f'DELETE FROM public."{table}"')
            words.append(f'INSERT INTO public."{table}" ({columns}) SELECT {columns} FROM {SCHEMA}."{table}"')
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("; ".join(words))

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
