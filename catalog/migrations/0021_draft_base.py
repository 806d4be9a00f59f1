"""Which version of a text a draft was begun from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0020_require_page_address")]

    operations = [
        migrations.AddField("textdraft", "base", models.BigIntegerField(blank=True, editable=False, null=True)),
    ]
