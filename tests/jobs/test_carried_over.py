"""What waited in 0.4.2's queues is done by this version, whatever state its tasks were in."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from catalog.accounts.models import User
from catalog.intake.actions import open_batch
from catalog.intake.models import IntakeBatch, Upload
from catalog.intake.uploads import append, begin_upload
from catalog.jobs.models import Job, Lease
from catalog.jobs.running import run_all_due
from catalog.name_lists.models import NameList
from catalog.reading.models import PageReading
from catalog.records.models import Page, Record
from tests.factories import new_page, picture

pytestmark = pytest.mark.django_db(transaction=True)
MIGRATIONS = Path(__file__).parent.parent.parent / "catalog" / "migrations"
OLD = "django_tasks_database_dbtaskresult"


def carry() -> None:
    """Run the data migration over the present rows."""
    (path,) = MIGRATIONS.glob("*_carry_waiting_work.py")
    module = import_module(f"catalog.migrations.{path.stem}")
    with connection.schema_editor() as editor:
        module.carry(apps, editor)
    with connection.schema_editor() as editor:
        module.drop_old_table(apps, editor)


def old_table(*rows: tuple[str, str, list[int]]) -> None:
    """The table of django-tasks-db with (status, path, arguments)."""
    kind = "jsonb" if connection.vendor == "postgresql" else "text"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {OLD} (id varchar(36) PRIMARY KEY, status varchar(10) NOT NULL, task_path text NOT NULL, "
            f"args_kwargs {kind} NOT NULL, enqueued_at varchar(40) NOT NULL)"
        )
        for status, path, args in rows:
            cursor.execute(
                f"INSERT INTO {OLD} VALUES (%s, %s, %s, %s, %s)",
                [uuid.uuid4().hex, status, path, json.dumps({"args": args, "kwargs": {}}), timezone.now().isoformat()],
            )


def batch_of(record: Record, owner: User, state: str, number: int) -> IntakeBatch:
    data = picture((300 + number, 400)).getvalue()
    upload = begin_upload(record=record, owner=owner, name=f"{number}.jpg", size=len(data))
    append(upload=upload, offset=0, chunks=[data])
    batch = open_batch(source="x", record=record, owner=owner)
    IntakeBatch.objects.filter(pk=batch.pk).update(state=state, total=1)
    Upload.objects.filter(pk=upload.pk).update(batch=batch)
    return batch


def list_of(owner: User, state: str) -> NameList:
    name_list = NameList(owner=owner, original_name="a.csv", state=state, total=1, as_csv=True)
    name_list.file.save("list.csv", ContentFile("name\nTrần Văn Mẫu\n".encode()), save=False)
    name_list.save()
    return name_list


def test_everything_that_waited_is_done(
    cast: dict[str, User], make_record: Callable[..., Record], settings: Any
) -> None:
    settings.JOBS_AT_ONCE = False
    record, owner = make_record(), cast["archivist"]
    # With a task, with one that a killed worker left running, without any, broken off by a full disk.
    batches = [
        batch_of(record, owner, state, index)
        for index, state in enumerate(("queued", "queued", "queued", "working", "stopped"))
    ]
    done = batch_of(record, owner, "done", 9)
    lists = [list_of(owner, "queued"), list_of(owner, "working")]
    page = new_page(record, 50)
    Lease.objects.create(name="index", claim="host:1:a", claimed_until=timezone.now() + timedelta(days=400))
    tasks, lines = "catalog.intake.tasks.take_in_batch", "catalog.search.people.tasks.answer_list"
    old_table(
        ("READY", tasks, [batches[0].pk]),
        ("RUNNING", tasks, [batches[1].pk]),
        ("READY", tasks, [done.pk]),
        ("READY", tasks, [9_999_999]),
        ("READY", lines, [lists[0].pk]),
        ("SUCCESSFUL", lines, [lists[1].pk]),
        ("READY", "elsewhere.task", [1]),
        ("READY", tasks, []),
    )
    carry()
    waiting = set(Job.objects.values_list("kind", "key", "state", "asked_by"))
    assert waiting == {("intake.batch", str(batch.pk), "waiting", owner.pk) for batch in batches} | {
        ("lists.answer", str(name_list.pk), "waiting", owner.pk) for name_list in lists
    }
    assert OLD not in connection.introspection.table_names()
    assert Lease.objects.get(name="index").claim == ""
    run_all_due()
    assert set(IntakeBatch.objects.values_list("state", flat=True)) == {"done"}
    assert set(NameList.objects.values_list("state", flat=True)) == {"done"}
    assert Page.objects.filter(record=record).exclude(pk=page.pk).count() == 5
    # Once more, and on a database that never had the library, it does nothing.
    carry()
    assert not Job.objects.exclude(state="done").exists()


def test_pages_under_way_wait_again(make_record: Callable[..., Record], make_page: Callable[..., Page]) -> None:
    from catalog.reading.queue import fill_queue

    make_page(make_record())
    fill_queue()
    PageReading.objects.update(
        state="working", claim="0123456789abcdef-0123456789abcdef", claimed_until=timezone.now(), attempts=1
    )
    carry()
    assert list(PageReading.objects.values_list("state", "claim", "attempts")) == [("waiting", "", 1)]
