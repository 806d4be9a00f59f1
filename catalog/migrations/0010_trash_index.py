"""The index on trashed_at goes: nearly every row is in no trash, and SQLite took it for the way to look things up by."""

from typing import Any

from django.db import migrations, models

MODELS = ("exhibition", "historicalexhibition", "historicalmention", "historicalpage", "historicalperson", "historicalrecord", "mention", "page", "person", "record")
STATE = [
    migrations.AlterField(
        model_name="exhibition",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
    migrations.AlterField(
        model_name="historicalexhibition",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
    migrations.AlterField(
        model_name="historicalmention",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
    migrations.AlterField(
        model_name="historicalpage",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
    migrations.AlterField(
        model_name="historicalperson",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
    migrations.AlterField(
        model_name="historicalrecord",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
    migrations.AlterField(
        model_name="mention",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
    migrations.AlterField(
        model_name="page",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
    migrations.AlterField(
        model_name="person",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
    migrations.AlterField(
        model_name="record",
        name="trashed_at",
        field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="put in the trash at"),
    ),
]


def drop(apps: Any, schema_editor: Any) -> None:
    """Drop the indexes alone: altering the column would have SQLite write every table anew."""
    connection = schema_editor.connection
    for name in MODELS:
        table = apps.get_model("catalog", name)._meta.db_table
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
        for index, said in found.items():
            if said["columns"] == ["trashed_at"] and said["index"] and not said["unique"]:
                schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(index)}")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_page_texts")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=STATE, database_operations=[migrations.RunPython(drop, migrations.RunPython.noop)]
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                condition=models.Q(("trashed_at__isnull", False)), fields=["trashed_at"], name="record_in_trash"
            ),
        ),
        migrations.AddIndex(
            model_name="page",
            index=models.Index(
                condition=models.Q(("trashed_at__isnull", False)), fields=["trashed_at"], name="page_in_trash"
            ),
        ),
        migrations.AddIndex(
            model_name="mention",
            index=models.Index(
                condition=models.Q(("trashed_at__isnull", False)), fields=["trashed_at"], name="mention_in_trash"
            ),
        ),
    ]
