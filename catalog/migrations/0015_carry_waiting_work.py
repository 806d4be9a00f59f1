"""What waits in 0.4.2's queues goes on in the jobs room: batches of files and lists of names, also those that a killed worker
or a lost task had left behind. Pages to be read keep their rows; the walk over the originals and the index follow by
themselves. The table of django-tasks-db is read where it stands, and dropped: the library is gone, and its finished rows
were shown to nobody.
"""

from django.db import migrations
from django.utils import timezone

OLD = "django_tasks_database_dbtaskresult"


def carry(apps, schema_editor):
    connection = schema_editor.connection
    Job = apps.get_model("catalog", "Job")
    IntakeBatch = apps.get_model("catalog", "IntakeBatch")
    NameList = apps.get_model("catalog", "NameList")
    Lease = apps.get_model("catalog", "Lease")
    PageReading = apps.get_model("catalog", "PageReading")
    now = timezone.now()
    waiting = set(Job.objects.filter(state="waiting").values_list("kind", "key"))

    def ask(kind, key, by, at):
        if (kind, str(key)) not in waiting:
            waiting.add((kind, str(key)))
            Job.objects.create(kind=kind, key=str(key), asked_by_id=by, asked_at=at, due_at=now)

    # The rows of the domain say what is not done, whatever became of their tasks.
    for batch in IntakeBatch.objects.filter(uploads__isnull=False).exclude(state="done").distinct().order_by("pk"):
        ask("intake.batch", batch.pk, batch.owner_id, batch.began_at)
        IntakeBatch.objects.filter(pk=batch.pk).update(state="queued")
    for found in NameList.objects.filter(state__in=["queued", "working"]).order_by("pk"):
        ask("lists.answer", found.pk, found.owner_id, found.created_at)
    for kind, key in old_tasks(connection):
        # A task whose batch or list is done, or deleted, is work for nobody.
        model = {"intake.batch": IntakeBatch, "lists.answer": NameList}[kind]
        if model.objects.filter(pk=key).exclude(state__in=["done", "failed"]).exists():
            row = model.objects.get(pk=key)
            ask(kind, key, row.owner_id, now)
    # Claims of 0.4.2 name no process that could be asked for: no worker runs during a migration, so all are over.
    PageReading.objects.filter(state="working").update(state="waiting", claim="", claimed_until=None)
    Lease.objects.update(claim="", claimed_until=now)


def old_tasks(connection):
    """(kind, key) of every task of 0.4.2 that had not ended."""
    if OLD not in connection.introspection.table_names():
        return []
    import json

    kinds = {"take_in_batch": "intake.batch", "answer_list": "lists.answer"}
    found = []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT task_path, args_kwargs FROM {OLD} WHERE status IN ('READY', 'RUNNING') ORDER BY enqueued_at")
        for path, given in cursor.fetchall():
            given = json.loads(given) if isinstance(given, str) else given
            keys = [*given.get("args", []), *given.get("kwargs", {}).values()]
            kind = kinds.get(path.rpartition(".")[2])
            if kind and keys and isinstance(keys[0], int):
                found.append((kind, keys[0]))
    return found


def drop_old_table(apps, schema_editor):
    if OLD in schema_editor.connection.introspection.table_names():
        schema_editor.execute(f"DROP TABLE {OLD}")
        with schema_editor.connection.cursor() as cursor:
            # Django would otherwise think that the table stands, should the library ever come back.
            cursor.execute("DELETE FROM django_migrations WHERE app IN ('django_tasks_database', 'django_tasks')")


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0014_jobs'),
    ]

    operations = [
        migrations.RunPython(carry, migrations.RunPython.noop),
        migrations.RunPython(drop_old_table, migrations.RunPython.noop),
    ]
