"""Names are found by words inside the key: on PostgreSQL that is a trigram index, SQLite scans its small base."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def add_trigrams(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    # A trusted extension: the owner of the database may create it, a superuser is not needed.
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    schema_editor.execute("CREATE INDEX customer_name_words ON customers_customer USING gin (search_key gin_trgm_ops)")


def drop_trigrams(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS customer_name_words")


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_phone_tail")]
    operations = [migrations.RunPython(add_trigrams, drop_trigrams)]
