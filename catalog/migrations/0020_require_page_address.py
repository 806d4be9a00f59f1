"""Every page has an address, which no other page of its record has."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0019_fill_page_address_and_reference_key")]

    operations = [
        migrations.AlterField(
            "page", "address", models.PositiveIntegerField(editable=False, verbose_name="number in its address"),
        ),
        migrations.AlterField(
            "historicalpage", "address", models.PositiveIntegerField(editable=False, verbose_name="number in its address"),
        ),
        migrations.AddConstraint(
            "page", models.UniqueConstraint(fields=("record", "address"), name="page_address_once"),
        ),
        migrations.AddIndex("record", models.Index(fields=["reference_key"], name="record_reference_key")),
    ]  # fmt: skip
