"""What fails is heard: one line in the log, one row for the desk, one mail; and none of them says who asked or what was
typed."""

import base64
import errno
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.test import Client
from django.utils import timezone

from catalog.accounts.models import User
from catalog.records.models import Record, Repository
from catalog.upkeep import actions, reporting
from catalog.upkeep.models import Alarm, ErrorNote
from catalog.upkeep.reporting import report_failure
from tests.faults import failing_statements

ROOT = Path(__file__).parent.parent.parent
MARK = "Xuyến9Tía"
ASCII_MARK = "xuyen9tia"
# Only the home page asks it.
HOME_STATEMENT = 'FROM "catalog_exhibition"'
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def fresh(settings: Any) -> None:
    settings.ALARM_MAIL = ["keeper@archive.example"]


@pytest.fixture
def lines(capsys: Any) -> Lines:
    """The lines of the log since the last call, each of which must be one JSON object."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.strip()]


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def fails_with() -> Iterator[Callable[..., None]]:
    """Let the home page, or whatever sends the statement `part`, fail with this exception or in this function."""
    with ExitStack() as faults:

        def fail(fault: BaseException | Callable[[], object], part: str = HOME_STATEMENT) -> None:
            faults.close()
            faults.enter_context(failing_statements(fault, part))

        yield fail


def test_a_500_is_one_line_whose_number_the_page_shows(
    db: None, visitor: Client, lines: Lines, fails_with: Any
) -> None:
    fails_with(RuntimeError(MARK))
    response = visitor.get("/en/")
    assert response.status_code == 500
    (line,) = lines()
    assert line["event"] == "request.failed" and line["level"] == "error" and line["status"] == 500
    assert line["method"] == "GET" and line["route"] == "en/" and line["role"] == "visitor" and line["ms"] >= 0
    assert line["kind"] == "RuntimeError" and line["release"] and line["t"].endswith("Z")
    assert any(frame.startswith("catalog/web/home.py:") for frame in line["trace"])
    assert response["X-Request-Id"] == line["id"]
    page = response.content.decode()
    assert line["id"] in page and "xin ghi số lỗi" in page and "please give the error number" in page
    note = ErrorNote.objects.get()
    assert (note.reference, note.kind, note.route) == (line["id"], "RuntimeError", "en/")
    assert note.place.startswith(("catalog/", "tests/"))


def test_every_answer_has_a_number_of_its_own(db: None, visitor: Client) -> None:
    numbers = [visitor.get("/robots.txt", headers={"X-Request-Id": MARK})["X-Request-Id"] for _ in range(20)]
    assert len(set(numbers)) == 20 and all(len(number) == 9 for number in numbers)
    assert visitor.get("/iiif/image/none/info.json")["X-Request-Id"]


def test_what_is_meant_is_no_error(db: None, visitor: Client, lines: Lines, make_record: Any, make_page: Any) -> None:
    scan = make_page(make_record()).scans.get()
    assert visitor.get("/records/none").status_code == 404
    assert visitor.get(f"/iiif/image/{scan.public_id}/full/max/0/default.tif").status_code == 501
    assert lines() == [] and not ErrorNote.objects.exists()


def test_a_refused_host_has_a_page_of_the_house_and_a_line(
    db: None, visitor: Client, lines: Lines, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["archive.example"]
    response = visitor.get(f"/?q={MARK}", headers={"host": f"{ASCII_MARK}.example"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "Yêu cầu không đọc được" in page and "The request cannot be read" in page and "<title>" in page
    (line,) = lines()
    assert line["event"] == "host.refused" and line["id"] in page
    assert not ErrorNote.objects.exists() and not mail.outbox, "strangers' doings are no errors of the house"


@pytest.mark.parametrize(
    ("path", "words"), [("/lists/", "Biểu mẫu để mở quá lâu"), ("/en/lists/", "The form was open for very long")]
)
def test_a_refused_form_has_a_page_of_the_house_in_the_pages_language(
    db: None, lines: Lines, path: str, words: str
) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(path, {"name": MARK}, headers={"user-agent": MARK.encode().hex()})
    page = response.content.decode()
    assert response.status_code == 403 and "CSRF verification failed" not in page
    assert words in page or "Reload" in page or "tải lại" in page, page
    (line,) = lines()
    assert line["event"] == "csrf.refused" and line["words"] == "cookie" and line["id"] in page
    assert ("Cookie" in page or "cookie" in page) and MARK not in page


def test_a_form_that_is_too_large_has_a_sentence(
    db: None, visitor: Client, cast: dict[str, User], settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    visitor.force_login(cast["archivist"])
    response = visitor.post("/lists/", {f"field{n}": "x" for n in range(9)})
    assert response.status_code == 400
    assert "quá nhiều ô" in response.content.decode() and "too many fields" in response.content.decode()


def test_sign_ins_are_in_the_log_without_names(db: None, cast: dict[str, User], lines: Lines) -> None:
    client = Client()
    client.post("/desk/sign-in", {"username": ASCII_MARK, "password": ASCII_MARK, "next": "/desk/"})
    client.post("/desk/sign-in", {"username": "archivist", "password": "x", "next": "/desk/"})
    client.post("/desk/sign-out")
    events = lines()
    assert [line["event"] for line in events] == ["sign-in.failed", "sign-in.done", "sign-out.done"]
    assert "archivist" not in json.dumps(events) and ASCII_MARK not in json.dumps(events)


def metadata(**values: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


@pytest.mark.parametrize("kind", ["runtime", "value", "key", "integrity", "unicode", "os"])
def test_no_line_row_or_mail_says_what_was_typed(
    db: None,
    visitor: Client,
    settings: Any,
    cast: dict[str, User],
    capsys: Any,
    kind: str,
    make_record: Callable[..., Record],
    caplog: Any,
    fails_with: Any,
) -> None:
    """A marker in every place a stranger can put words into; then a page fails in several ways."""

    def failing() -> None:
        if kind == "runtime":
            raise RuntimeError(f"about {MARK}")
        if kind == "value":
            int(f"{ASCII_MARK} {MARK}")
        if kind == "key":
            dict[str, str]()[MARK]
        if kind == "integrity":
            with transaction.atomic():
                Repository.objects.create(code=MARK, slug="xx", name_vi=MARK)
                Repository.objects.create(code=MARK, slug="xx", name_vi=MARK)
        if kind == "unicode":
            MARK.encode("ascii")
        if kind == "os":
            Path(f"/none/{MARK}").read_text()

    record = make_record()
    fails_with(failing)
    visitor.cookies["language"] = ASCII_MARK
    visitor.cookies["sessionid"] = ASCII_MARK
    sent = {
        "user-agent": ASCII_MARK,
        "referer": f"http://{ASCII_MARK}.example/",
        "x-forwarded-for": f"{ASCII_MARK}",
        "accept-language": ASCII_MARK,
        "x-request-id": ASCII_MARK,
        "authorization": f"Basic {ASCII_MARK}",
    }
    assert visitor.get(f"/?q={MARK}&name={MARK}", headers=sent).status_code == 500
    assert visitor.post(f"/about?{ASCII_MARK}", {"name": MARK}, headers=sent).status_code in (405, 500)
    visitor.get(f"/records/{MARK}", headers=sent)
    visitor.get(f"/{MARK}/{ASCII_MARK}", headers=sent)
    visitor.generic(f"{ASCII_MARK.upper()}", "/", headers=sent)
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.post(f"/lists/?q={MARK}", {"name": MARK}, headers=sent)
    strict.cookies["csrftoken"] = "a" * 32
    strict.post("/lists/", {"name": MARK, "csrfmiddlewaretoken": ASCII_MARK}, headers=sent)
    strict.post("/lists/", {"name": MARK}, headers={**sent, "origin": f"http://{ASCII_MARK}.example"})
    # Bad uploads: a damaged multipart body, and tus with names that make no sense.
    staff = Client(raise_request_exception=False)
    staff.force_login(cast["archivist"])
    staff.post(
        f"/desk/records/{record.pk}/files",
        data=MARK.encode(),
        content_type="multipart/form-data; boundary=",
        headers=sent,
    )
    for output in (metadata(filename=MARK, record="²"), metadata(filename=MARK, record=MARK), ASCII_MARK):
        staff.post("/desk/uploads/", headers={**sent, "Upload-Length": "3", "Upload-Metadata": output})
    fails_with(failing, 'FROM "catalog_record"')
    if kind != "os":
        failed = staff.post(
            "/desk/uploads/",
            headers={"Upload-Length": "3", "Upload-Metadata": metadata(filename=MARK, record=str(record.pk))},
        )
        assert failed.status_code == 500 or kind in ("value", "unicode")
    settings.ALLOWED_HOSTS = ["archive.example"]
    visitor.get("/", headers={**sent, "host": f"{ASCII_MARK}.example"})
    logging.getLogger("django.request").error("Not so: %s", MARK)
    logging.getLogger("some.library").error(f"Put together: {MARK}")
    logging.getLogger("some.library").error("With a value: %s", MARK)
    try:
        raise ValueError(MARK)
    except ValueError as error:
        report_failure(error, route="job:reading")

    output = capsys.readouterr().err
    assert output.count("\n") >= 6
    for line in output.splitlines():
        json.loads(line)
    rows = repr(list(ErrorNote.objects.values())) + repr(list(Alarm.objects.values()))
    mails = "".join(f"{message.subject}\n{message.body}\n{message.to}" for message in mail.outbox)
    assert ErrorNote.objects.count() >= 2 and mail.outbox
    for where in (output, rows, mails):
        for mark in (MARK, ASCII_MARK, MARK.encode("unicode_escape").decode(), "Xuyến", ASCII_MARK.upper()):
            assert mark not in where, where[max(0, where.find(mark) - 300) :][:700]
        assert "127.0.0.1" not in where


def test_a_database_error_says_its_constraint_and_no_value(db: None, lines: Lines) -> None:
    Repository.objects.create(code="VN-A", slug=ASCII_MARK, name_vi="A")
    try:
        with transaction.atomic():
            Repository.objects.create(code="VN-B", slug=ASCII_MARK, name_vi="B")
    except IntegrityError as error:
        report_failure(error)
    (line,) = lines()
    assert line["kind"] == "django.db.utils.IntegrityError"
    assert "slug" in line["trace"][-1] and ASCII_MARK not in json.dumps(line)


def test_the_desk_says_how_many_errors_today_and_their_numbers(
    client: Client, cast: dict[str, User], visitor: Client
) -> None:
    with failing_statements(RuntimeError(), HOME_STATEMENT):
        numbers = [visitor.get("/")["X-Request-Id"] for _ in range(3)]
    ErrorNote.objects.create(reference="OLD1-OLD1", kind="X", made_at=timezone.now() - timedelta(days=2))
    client.force_login(cast["administrator"])
    page = client.get("/en/desk/").content.decode()
    assert "3 errors today" in page and all(number in page for number in numbers) and "/en/desk/errors" in page
    listed = client.get("/en/desk/errors").content.decode()
    assert all(number in listed for number in [*numbers, "OLD1-OLD1"]) and "RuntimeError" in listed
    assert "Lỗi" in client.get("/desk/errors").content.decode()
    for role in ("archivist", "curator"):
        client.force_login(cast[role])
        assert client.get("/desk/errors").status_code == 403
        assert "errors today" not in client.get("/en/desk/").content.decode()


def test_errors_are_kept_in_bounds(db: None, settings: Any) -> None:
    settings.ERRORS_KEPT = 5
    ErrorNote.objects.create(reference="OLD1-OLD1", kind="X", made_at=timezone.now() - timedelta(days=40))
    for number in range(60):
        actions.record_error(actions.Failure(f"N{number}", "log", "X"))
    assert ErrorNote.objects.count() <= 5 + actions.CLEAR_EVERY and not ErrorNote.objects.filter(reference="OLD1-OLD1")
    actions.clear_errors()
    assert list(ErrorNote.objects.values_list("reference", flat=True)) == ["N59", "N58", "N57", "N56", "N55"]


def test_a_flood_of_failures_is_no_flood_of_rows(
    db: None, visitor: Client, lines: Lines, fails_with: Any, settings: Any
) -> None:
    settings.FAILURES_A_MINUTE = 4
    fails_with(RuntimeError())
    for _ in range(10):
        visitor.get("/")
    assert len(lines()) == 10 and ErrorNote.objects.count() <= 8
    fails_with(OSError(errno.ENOSPC, "full"))
    visitor.get("/")
    assert Alarm.objects.filter(event="disk.full").exists(), "a flood of one cause hides no other"


def test_one_mail_a_cause_and_hour(db: None, visitor: Client, fails_with: Any) -> None:
    fails_with(RuntimeError())
    for _ in range(3):
        visitor.get("/")
    assert len(mail.outbox) == 1
    number = ErrorNote.objects.order_by("pk")[0].reference
    assert mail.outbox[0].to == ["keeper@archive.example"]
    assert number in mail.outbox[0].body and "RuntimeError" in mail.outbox[0].body
    assert (
        "Có trang không mở được vì lỗi" in mail.outbox[0].subject and "A page could not be shown" in mail.outbox[0].body
    )
    fails_with(LookupError())
    visitor.get("/")
    assert len(mail.outbox) == 2, "another cause"
    Alarm.objects.update(mailed_at=timezone.now() - timedelta(minutes=61), tried_at=None)
    visitor.get("/")
    assert len(mail.outbox) == 3


def test_a_dead_mail_server_is_reported_on_the_desk_and_tried_again(
    client: Client, cast: dict[str, User], visitor: Client, lines: Lines, settings: Any
) -> None:
    working_mail = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.faults.DeadMailServer"
    with failing_statements(RuntimeError(), HOME_STATEMENT):
        assert visitor.get("/").status_code == 500
    settings.EMAIL_BACKEND = working_mail
    assert not mail.outbox and any("could not be sent" in line.get("words", "") for line in lines())
    client.force_login(cast["administrator"])
    assert "Mail about alarms cannot be sent since" in client.get("/en/desk/").content.decode()
    assert actions.mail_unsent_alarms() == 0, "not at once again"
    Alarm.objects.update(tried_at=timezone.now() - timedelta(minutes=6))
    assert actions.mail_unsent_alarms() == 1 and len(mail.outbox) == 1
    assert "cannot be sent" not in client.get("/en/desk/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_error_is_kept_though_the_transaction_failed_and_no_response_waits_for_it(
    settings: Any, visitor: Client, fails_with: Any
) -> None:
    settings.UPKEEP_APART = True

    def failing() -> None:
        with transaction.atomic():
            Repository.objects.create(code="VN-A", slug="a", name_vi="A")
            report_failure(ValueError())
            raise RuntimeError

    fails_with(failing)
    assert visitor.get("/").status_code == 500
    assert reporting.flush(20)
    assert ErrorNote.objects.count() == 2 and not Repository.objects.exists()
    assert len(mail.outbox) == 2


def test_keeping_an_error_never_fails_itself(db: None, visitor: Client, lines: Lines, fails_with: Any) -> None:
    locked = OperationalError("database is locked")
    fails_with(RuntimeError())
    with failing_statements(locked, "catalog_errornote"), failing_statements(locked, "catalog_alarm"):
        assert visitor.get("/").status_code == 500
    assert [line["event"] for line in lines()].count("request.failed") == 1


def test_a_line_that_breaks_off_is_no_error_of_the_house(
    db: None, visitor: Client, lines: Lines, fails_with: Any
) -> None:
    fails_with(UnreadablePostError(MARK))
    visitor.get("/")
    (line,) = lines()
    assert line["event"] == "request.broken" and not ErrorNote.objects.exists() and not mail.outbox


IN_A_THREAD = "import threading; t = threading.Thread(target=fail, name='index'); t.start(); t.join(); sys.exit(1)"


@pytest.mark.parametrize("how", ["fail()", IN_A_THREAD])
def test_a_command_that_ends_by_an_error_is_in_the_log_without_its_message(tmp_path: Path, how: str) -> None:
    code = f"import django, sys; django.setup()\ndef fail(): raise LookupError({MARK!r})\n{how}"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "VAR_DIR": str(tmp_path),
            "MEDIA_DIR": str(tmp_path),
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "archive.settings.local",
        },
    )
    other_lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ended.returncode == 1 and MARK not in ended.stderr
    assert (
        other_lines[0]["event"] == "command.failed" and other_lines[0]["kind"] == "LookupError" and other_lines[0]["id"]
    )
    # There is no table to record it in; that is logged, and nothing else happens.
    assert all(line["level"] == "warning" for line in other_lines[1:])


def test_a_view_sees_its_own_number(db: None, rf: Any) -> None:
    from catalog.upkeep.current import current_work
    from catalog.web.middleware import RequestNumber

    def view(_request: HttpRequest) -> HttpResponse:
        work = current_work()
        assert work is not None
        return HttpResponse(work.id)

    request_number = RequestNumber(view)(rf.get("/"))
    assert request_number.content.decode() == request_number["X-Request-Id"] and current_work() is None
