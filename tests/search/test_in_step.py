"""The index follows the catalogue, is written by one, and puts itself right."""

import datetime
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from catalog.changes.models import Change
from catalog.changes.writing import HOUSE
from catalog.engines.interface import EngineError
from catalog.jobs import claims
from catalog.jobs.models import Lease
from catalog.records.actions import withdraw_record
from catalog.records.models import Mention, Record
from catalog.search import actions
from catalog.search.actions import (
    LeaseTaken,
    follow_changes,
    index_differences,
    is_index_readable,
    rebuild_index,
    reconcile_index,
    reconcile_or_rebuild_index,
)
from catalog.search.engine import engine
from catalog.search.lease import writing_index

pytestmark = pytest.mark.django_db


def results_of(client: Client, text: str, **more: str) -> Any:
    return client.get("/search", {"q": text, "tab": "records", **more}).context["results"]


def test_what_is_withdrawn_is_gone_at_once_from_hits_counts_and_facets(
    client: Client, make_record: Callable[..., Record]
) -> None:
    make_record(title_vi="Thư gửi mẹ hư cấu", kind="letter")
    hidden = make_record(title_vi="Thư gửi cha hư cấu", kind="notebook")
    rebuild_index()
    withdraw_record(actor=HOUSE, record=hidden)
    response = results_of(client, "thư gửi")
    assert (response.total, response.counts["records"], len(response.hits)) == (1, 1, 1)
    assert "kind" not in response.facets


def test_things_that_changed_often_are_written_once(
    make_record: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make_record()
    rebuild_index()
    for number in range(20):
        record.title_vi = f"Lần {number} hư cấu"
        record.save()
    written: list[str] = []
    apply = engine().apply

    def note(new: Any, removed: Any) -> None:
        documents = list(new)
        written.extend(document.key for document in documents)
        apply(documents, removed)

    monkeypatch.setattr(engine(), "apply", note)
    assert follow_changes() >= 20
    assert written == [f"record:{record.pk}"]
    assert not Change.objects.exists()


def test_a_renamed_unit_is_one_pass(
    make_record: Callable[..., Record], make_mention: Callable[..., Mention], monkeypatch: pytest.MonkeyPatch
) -> None:
    mentions = [make_mention(make_record(), f"Người Hư Cấu {n}", unit_text="e90/f324") for n in range(8)]
    rebuild_index()
    calls: list[int] = []
    apply = engine().apply

    def counted(new: Any, removed: Any) -> Any:
        calls.append(1)
        return apply(new, removed)

    monkeypatch.setattr(engine(), "apply", counted)
    unit = mentions[0].unit
    assert unit is not None
    Change.objects.create(kind="unit", key=unit.pk)
    follow_changes()
    assert len(calls) == 1


def test_only_one_process_writes(make_record: Callable[..., Record]) -> None:
    rebuild_index()
    make_record()
    with writing_index():
        with pytest.raises(LeaseTaken):
            follow_changes()
        with pytest.raises(CommandError, match="Another process"):
            call_command("index", "--rebuild", "--wait", "0")
    assert follow_changes() > 0


def test_a_lease_is_taken_over_when_its_holder_is_gone(make_record: Callable[..., Record]) -> None:
    make_record()
    later = timezone.now() + datetime.timedelta(seconds=100)
    Lease.objects.create(
        name="index", claim="elsewhere:1:9:a", claimed_until=timezone.now() - datetime.timedelta(seconds=1)
    )
    assert rebuild_index() == 1
    Lease.objects.update(claim="elsewhere:1:9:a", claimed_until=later)
    with pytest.raises(LeaseTaken):
        rebuild_index()
    place = claims.claim_prefix().partition(":")[0]
    Lease.objects.update(claim=f"{place}:4194304:9:a", claimed_until=later)
    assert rebuild_index() == 1


def test_a_lease_dated_into_the_future_by_another_host_stops_nobody(make_record: Callable[..., Record]) -> None:
    make_record()
    Lease.objects.create(
        name="index", claim="elsewhere:1:9:a", claimed_until=timezone.now() + datetime.timedelta(days=400)
    )
    assert rebuild_index() == 1


def test_differences_are_found_by_revision_and_mended(make_record: Callable[..., Record]) -> None:
    remaining, changed, removed = make_record(), make_record(), make_record()
    rebuild_index()
    Record.objects.filter(pk=changed.pk).update(title_vi="Khác hư cấu")
    Record.objects.filter(pk=removed.pk).update(trashed_at=timezone.now())
    Change.objects.all().delete()
    engine().apply([], [f"record:{remaining.pk}"])
    differences = index_differences()
    assert differences.missing == {f"record:{remaining.pk}"}
    assert differences.stale == {f"record:{changed.pk}"}
    assert differences.surplus == {f"record:{removed.pk}"}
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("index", "--check", stdout=out)
    assert "1 missing" in out.getvalue() and "1 out of date" in out.getvalue() and "1 too many" in out.getvalue()
    assert reconcile_index(("page",)) == 0
    assert reconcile_index() == 3
    assert not index_differences()
    call_command("index", "--check", stdout=out)


@pytest.mark.parametrize("harm", ["gone", "pointer", "files", "older"])
def test_a_damaged_index_is_noticed_and_put_right_while_plain_look_ups_go_on(
    client: Client, make_record: Callable[..., Record], make_mention: Callable[..., Mention], settings: Any, harm: str
) -> None:
    record = make_record(title_vi="Sổ tay hư cấu")
    make_mention(record, "Lê Văn Thử")
    rebuild_index()
    folder = Path(settings.SEARCH_INDEX_DIR)
    engine().close()
    if harm == "gone":
        shutil.rmtree(folder)
    elif harm == "pointer":
        (folder / "current").write_bytes(b"\xff\x00nonsense")
    elif harm == "older":
        (folder / "current").write_text("whoosh-v1-1")
    else:
        for path in (folder / (folder / "current").read_text()).iterdir():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    response = client.get("/search", {"q": "Lê Văn Thử"})
    assert response.status_code == 200 and response.context["results"].is_engine_unavailable
    assert response.context["results"].people.match_total == 1
    assert not is_index_readable()
    record.title_vi = "Sổ tay khác hư cấu"
    record.save()
    with pytest.raises(EngineError):
        follow_changes()
    assert reconcile_or_rebuild_index() == 1
    follow_changes()
    assert results_of(client, "sổ tay khác").total == 1 and not index_differences()


def test_the_command_rebuilds_an_index_that_cannot_be_read(make_record: Callable[..., Record], settings: Any) -> None:
    make_record()
    out = io.StringIO()
    call_command("index", stdout=out, stderr=io.StringIO())
    assert "1 documents indexed" in out.getvalue()
    make_record()
    Change.objects.all().delete()
    call_command("index", stdout=out)
    assert "1 documents that differed" in out.getvalue()
    call_command("index", "--rebuild", stdout=out)
    assert "2 documents indexed" in out.getvalue()
    with pytest.raises(CommandError, match="leave --only out"):
        call_command("index", "--rebuild", "--only", "page")


def test_an_index_failure_never_fails_a_save(
    make_record: Callable[..., Record], monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    def fail(*_: Any) -> None:
        raise EngineError("disk full")

    rebuild_index()
    monkeypatch.setattr(engine(), "apply", fail)
    record = make_record(title_vi="Vẫn được lưu hư cấu")
    with pytest.raises(EngineError):
        follow_changes()
    assert Record.objects.filter(pk=record.pk).exists() and Change.objects.exists()
    monkeypatch.undo()
    follow_changes()
    assert results_of(client, "vẫn được lưu").total == 1
    assert actions.follow_changes() == 0
