"""Every address that was given out until now leads to the page that bears that number today."""

from django.db import migrations
from django.db.models import F

# `canonical` did not change between 0.4.2 and this migration.
from catalog.migrations.rules_0_4_2.text import canonical

BATCH = 2000


def reference_key(text):
    return " ".join(canonical(text).upper().split())[:300]


def page_addresses(apps, schema_editor):
    apps.get_model("catalog", "Page").objects.update(address=F("number"))
    # What an earlier state of a page had for a number says nothing of addresses; one stands there because one must.
    apps.get_model("catalog", "HistoricalPage").objects.update(address=F("number"))


def reference_keys(apps, schema_editor):
    Record = apps.get_model("catalog", "Record")
    last = 0
    while rows := list(Record.objects.filter(pk__gt=last).order_by("pk").only("pk", "reference_code")[:BATCH]):
        for row in rows:
            row.reference_key = reference_key(row.reference_code)
        Record.objects.bulk_update(rows, ["reference_key"], batch_size=500)
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("catalog", "0018_page_address_and_reference_key")]

    operations = [
        migrations.RunPython(page_addresses, migrations.RunPython.noop),
        migrations.RunPython(reference_keys, migrations.RunPython.noop),
    ]
