"""A page's address that stays when pages change places, and the reference code as it is looked up."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0017_error_notes")]

    operations = [
        migrations.AddField(
            "record", "reference_key", models.CharField(default="", editable=False, max_length=300),
        ),
        migrations.AddField(
            "historicalrecord", "reference_key", models.CharField(default="", editable=False, max_length=300),
        ),
        migrations.AddField(
            "page", "address", models.PositiveIntegerField(editable=False, null=True, verbose_name="number in its address"),
        ),
        migrations.AddField(
            "historicalpage", "address",
            models.PositiveIntegerField(editable=False, null=True, verbose_name="number in its address"),
        ),
    ]  # fmt: skip
