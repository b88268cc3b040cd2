from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vehicles", "0003_catalogue"),
    ]

    operations = [
        migrations.AddField(
            model_name="importreject",
            name="is_warning",
            field=models.BooleanField(
                default=False,
                help_text="the row was taken, without this field or with a doubt",
                verbose_name="is a warning",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="planned",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="counts of the last dry run of this export",
                verbose_name="what would change",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="progress",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="step, rows done and rows in all; for people to look at",
                verbose_name="progress",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="recognised",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="per file: form, header, kind, first rows",
                verbose_name="what was recognised",
            ),
        ),
        # The text of the error becomes a code with values; nothing was ever stored in it.
        migrations.RemoveField(model_name="importrun", name="error"),
        migrations.AddField(
            model_name="importrun",
            name="error",
            field=models.JSONField(
                blank=True, default=dict, help_text="code and values of the sentence", verbose_name="error"
            ),
        ),
    ]
