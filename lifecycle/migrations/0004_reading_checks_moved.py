"""Which readings are believed is decided where they arrive; a store's numbers for it go from this policy."""

from django.db import migrations

GONE = ("odometer_readings", "odometer_drop_km", "odometer_km_per_day")


def forget(apps, schema_editor):
    for policy in apps.get_model("lifecycle", "LifecyclePolicy").objects.all():
        kept = {name: value for name, value in policy.overrides.items() if name not in GONE}
        if kept != policy.overrides:
            policy.overrides = kept
            policy.save(update_fields=["overrides"])


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0003_calibration")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
