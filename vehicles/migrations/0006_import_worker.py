from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vehicles", "0005_profile_1c"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="worker",
            field=models.CharField(
                blank=True, help_text="host and process at work: one that is dead is not waited for", max_length=120
            ),
        ),
    ]
