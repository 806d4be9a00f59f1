"""Made the archive beside this file, run by the code of 0.5.0 (commit 91fc0aa) on an empty, migrated database.

Every kind of row that 0.5.0 could hold stands in it at least once, with work waiting in each of its queues and a
change that has not arrived everywhere (README.md lists them). It cannot be run with a later version; it is kept to show
what is in the archive. Everybody in it is invented.
"""

# ruff: noqa: E402
import datetime
import io
import os
import uuid

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archive.settings.local")
django.setup()

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from PIL import Image, ImageDraw

from catalog.accounts.models import OpenSession, SignIn, User
from catalog.changes.models import Change
from catalog.changes.writing import HOUSE
from catalog.exhibitions.actions import write_in_guest_book
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.images.actions import add_scan
from catalog.images.fixity import begin_pass
from catalog.images.models import FixityFinding, FixityPass, Original, Scan
from catalog.images.renditions.actions import cover_part, set_instructions, uncover_part
from catalog.intake.models import IntakeBatch, IntakeFile
from catalog.intake.uploads import append, begin_upload, queue_uploads
from catalog.jobs.actions import enqueue
from catalog.jobs.models import Job, Lease
from catalog.name_lists.models import NameList
from catalog.people.models import NameForm, Person, PersonName, Unit, UnitAlias
from catalog.places.models import Place, PlaceName, PlaceSuccession
from catalog.reading.models import MentionProposal, PageReading, ReadingPriority, ReadingSwitch
from catalog.reading.proposals.actions import propose_mentions
from catalog.reading.queue import fill_queue
from catalog.records.actions import (
    MentionRow,
    add_mentions,
    delete_row,
    merge_people,
    publish_record,
    set_access,
    trash_mention,
    trash_record,
    withdraw_record,
)
from catalog.records.arranging import Arranged, arrange_pages
from catalog.records.models import (
    CatalogueFinding,
    CheckPlace,
    Cover,
    CustodyEvent,
    Identification,
    Identifier,
    Instantiation,
    Mention,
    MentionReading,
    Page,
    Record,
    Repository,
    Spread,
    Statement,
)
from catalog.search.actions import rebuild_index
from catalog.sources.models import Source
from catalog.texts.actions import set_page_text
from catalog.texts.models import PageText, PageTranslation, TextDraft
from catalog.texts.versions import check_text, finish_transcription, finish_translation, publish_translation
from catalog.upkeep.models import Alarm, ErrorNote

NOW = timezone.now()


def picture(words, size=(240, 320), kind="JPEG"):
    image = Image.new("L", size, 235)
    ImageDraw.Draw(image).text((12, 12), words, fill=0)
    out = io.BytesIO()
    image.save(out, kind, quality=40)
    return out.getvalue()


def scan(page, words, size=(240, 320)):
    return add_scan(page=page, file=io.BytesIO(picture(words, size)), original_name=f"{words}.jpg", illustration=True)


# --- who
users = {}
for name, role in (
    ("lan", "archivist"), ("minh", "reviewer"), ("hoa", "curator"), ("tam", "family officer"), ("hoi", "association"),
    ("quan", "administrator"),
):  # fmt: skip
    user = User.objects.create_user(
        name, password="ky-uc-0-5-0", is_staff=role != "association", is_superuser=role == "administrator",
        display_name=name.capitalize(), language="en" if name == "hoa" else "vi", email=f"{name}@example.org",
    )  # fmt: skip
    user.groups.add(Group.objects.get(name=role))
    users[name] = user
# A role one made oneself, without publish_record and view_closed; and a permission taken to a stock role by hand.
own = Group.objects.create(name="cataloguers of the annex")
for codename in ("view_record", "add_record", "change_record", "view_unpublished"):
    own.permissions.add(Permission.objects.get(codename=codename))
helper = User.objects.create_user("phu-viec", password="ky-uc-0-5-0", is_staff=True)
helper.groups.add(own)
Group.objects.get(name="curator").permissions.add(Permission.objects.get(codename="change_source"))
session = SessionStore()
session["_auth_user_id"] = str(users["lan"].pk)
session.create()
OpenSession.objects.update_or_create(key=session.session_key, defaults={"user": users["lan"], "began_at": NOW, "seen_at": NOW, "address": "192.0.2.0", "device": "Firefox · Windows"})
SignIn.objects.create(user=users["lan"], outcome="signed_in" if "signed_in" in SignIn.Outcome.values else SignIn.Outcome.values[0], at=NOW, address="192.0.2.0")
SignIn.objects.create(name_hash="0" * 32, outcome=SignIn.Outcome.values[-1], at=NOW)
TOTPDevice.objects.create(user=users["quan"], name="phone", confirmed=True)
codes = StaticDevice.objects.create(user=users["quan"], name="codes")
StaticToken.objects.create(device=codes, token="hu-cau-01")
ErrorNote.objects.create(reference="ABCD-1234", event="request.failed", kind="OSError", route="record", release="0.5.0")
Alarm.objects.create(cause="disk.low hu-cau", event="disk.low", count=3, unsent_since=NOW)
old_session = SessionStore()
old_session.create()
old_session.set_expiry(-86400)
old_session.save()

# --- what claims rest upon, places, units, persons
source = Source.objects.create(slug="bao-hu-cau", citation_vi="Báo hư cấu, 2020", citation_en="Invented paper, 2020", press=True, url="https://example.org/a")
repository = Repository.objects.create(code="VN-HC", slug="hu-cau", name_vi="Lưu trữ hư cấu", name_en="Invented archive", address="1 Phố Hư Cấu", contact="024 0000", source=source)
lender = Repository.objects.create(code="VN-BT", slug="bao-tang", name_vi="Bảo tàng hư cấu", name_en="Invented museum")
draft_lender = Repository.objects.create(code="VN-KIN", slug="kin", name_vi="Bảo tàng chỉ cho mượn ở bản nháp", name_en="Lender of a draft alone")
province = Place.objects.create(slug="tinh-hu-cau", kind="province", name_vi="Hư Cấu", name_en="Hu Cau", from_year=1960, to_year=1976, source=source)
merged_province = Place.objects.create(slug="tinh-hu-thuc", kind="province", name_vi="Hư Thực", from_year=1976)
district = Place.objects.create(slug="huyen-hu-cau", kind="district", name_vi="Huyện Hư", within=province, latitude="16.40000", longitude="107.50000", radius_m=3000)
PlaceName.objects.create(place=province, value="Hư Cấu cũ", from_year=1945, to_year=1960, source=source)
PlaceSuccession.objects.create(predecessor=province, successor=merged_province, year=1976, source=source)
unit = Unit.objects.of("c3/d9/e90/f324")
other_unit = Unit.objects.of("e3/f9")
UnitAlias.objects.create(unit=unit, value="Hòm thư 86512", kind="letterbox", from_year=1968, to_year=1970, source=source)
person = Person.objects.create(name_vi="Lê Hư Cấu", name_en="Le Hu Cau", summary_vi="Người hư cấu", invented=True, note="Ghi chú của cán bộ")
PersonName.objects.create(person=person, value="Lê Văn Hư", kind="birth", source=source)
twin = Person.objects.create(name_vi="Lê Hư Cầu", invented=True)
PersonName.objects.create(person=twin, value="Hai Hư", kind="alias")
Person.objects.create(name_vi="Người đã bị xóa", invented=True, trashed_at=NOW)
living = Person.objects.create(name_vi="Trần Thị Còn Sống", life="living", invented=True)
public_figure = Person.objects.create(name_vi="Phạm Công Chức", life="living", public_figure=True, invented=True)
dead = Person.objects.create(name_vi="Ngô Văn Mất", life="dead", life_source=source, invented=True)

# --- records in every state
def record(code, level="file", parent=None, **fields):
    fields = {"status": "published", "invented": True, "title_vi": f"Hồ sơ hư cấu {code}", "title_en": f"Invented file {code}", "created_by": users["lan"]} | fields
    number = fields.pop("number", None)
    made = Record.objects.create(repository=repository, parent=parent, level=level, code=code, **fields)
    if number:
        Identifier.objects.create(record=made, value=number, primary=True, source=source)
    return made


fonds = record("P01", "fonds", number="HC-P01", description_vi="Phông hư cấu để thử", archival_history="Lịch sử phông")
inventory = record("ML01", "inventory", fonds)  # without a number: its address is R<pk>
letter = record("01", parent=inventory, number="HC-0001", date_text="khoảng 1967", kind="letter", languages="vi", keywords="thư, hậu phương", archivist_note="Ghi chú riêng", description_vi="Lá thư hư cấu gửi về nhà")
roster = record("02", parent=inventory, number="HC-0002", date_text="tháng 3 năm 1971", date_edtf="1967~", kind="roster")  # days that the words do not say
by_hand = record("03", parent=inventory, number="HC-0003", date_text="đầu năm Mậu Thân", date_edtf="1968-02/1968-03")
nonsense = record("04", parent=inventory, number="HC-0004", date_text="không rõ ngày", date_edtf="nonsense")
record("05", parent=inventory, number="13/QĐ-BQP", title_vi="Quyết định hư cấu", level="file")
record("06", parent=inventory, number="45/1968", status="draft")
record("07", parent=inventory, number="HC-0007", status="in_review")
withdrawn = record("08", parent=inventory, number="HC-0008")
withdraw_record(actor=HOUSE, record=withdrawn)
never_open = record("09", parent=inventory, number="HC-0009", status="draft", access_level="closed", access_reason="Có dữ liệu cá nhân")
publish_record(actor=HOUSE, record=never_open)
withdraw_record(actor=HOUSE, record=never_open)
closed = record("10", parent=inventory, number="HC-0010", access_level="closed", access_reason="Thông tin thân nhân")
record("11", parent=inventory, number="HC-0011", access_level="restricted", access_reason="Bản gốc yếu")
record("12", parent=inventory, number="HC-0012", access_level="closed", access_until=datetime.date(2040, 1, 1), access_reason="Đến năm 2040")
trashed = record("13", parent=inventory, number="HC-0013")
trash_record(actor=users["lan"], record=trashed)
parent_gone = record("ML02", "inventory", fonds, number="HC-ML02")
child_left = record("01", parent=parent_gone, number="HC-0101")
document = record("1", "document", child_left, number="HC-0101-1")
withdraw_record(actor=HOUSE, record=parent_gone)
# A withdrawal under way: the fonds is withdrawn, what is below it is not yet.
half_way = record("P02", "fonds", number="HC-P02")
record("1", parent=half_way, number="HC-P02-1")
half_way.refresh_from_db()
Record.objects.filter(pk=half_way.pk).update(status="withdrawn", chain_published=False)
Spread.objects.create(record=half_way)
collection = record("ST01", "collection", number="HC-ST01")
relic = record("HV01", "relic", collection, number="F034699990001", physical_condition="rách mép", confidence="cao", backup="có", box="12")
Identifier.objects.create(record=relic, value="13-2345-67", scheme="cdec_log")

# --- pages, images, covers
pages = [Page.objects.create(record=letter, number=number, label=f"tr. {number}", sheet=number, side="r") for number in (1, 2, 3, 4)]
scans = [scan(page, f"thu {page.number}") for page in pages[:3]]
kept = [Arranged(page.pk, page.label, page.sheet, page.side) for page in (pages[1], pages[0], pages[2])]
arrange_pages(actor=users["lan"], record=letter, arranged=[*kept, Arranged(pages[3].pk, trashed=True)])
scan(pages[2], "thu 3 lai")  # replaced: the earlier image stays
set_instructions(scan=Scan.objects.get(page=pages[1], current=True), turn=90, skew=0, crop=None, actor=users["lan"])
cover_part(page=pages[0], box=(10, 10, 80, 30), reason_vi="Tên thân nhân", reason_en="A relative's name", actor=users["lan"])
second_page = Page.objects.create(record=roster, number=1)
scan(second_page, "danh sach")
third_page = Page.objects.create(record=roster, number=2)
third_scan = scan(third_page, "danh sach 2")
uncover_part(cover=cover_part(page=third_page, box=(0, 0, 50, 50), actor=users["lan"]), actor=users["minh"])
closed_page = Page.objects.create(record=closed, number=1)
scan(closed_page, "kin")
empty_page = Page.objects.create(record=by_hand, number=1)
scan(empty_page, "chua doc")

# --- texts
set_page_text(page=pages[0], text="Kính gửi mẹ Lê Hư Cấu\nTrung đoàn 90", origin="ocr", boxes=[[0, 4, 10, 10, 40, 12], [5, 8, 55, 10, 30, 12]])
finish_transcription(page=pages[0], person=users["lan"], text="Kính gửi mẹ Lê Hư Cấu\nTrung đoàn 90, Sư đoàn 324")
check_text(version=PageText.objects.get(page=pages[0], current=True), person=users["minh"])
set_page_text(page=second_page, text="Đồng chí Phạm Văn Thử, sinh 1945, quê Hư Cấu\nĐồng chí Ngô Văn Thật", origin="imported")
finish_translation(page=pages[0], person=users["lan"], text="Dear mother", language="en")
publish_translation(version=PageTranslation.objects.get(page=pages[0]), published=True)
TextDraft.objects.create(page=second_page, person=users["lan"], text="đang gõ dở", other_text="cửa sổ khác", revision=7, base=1)
propose_mentions(page=second_page)
MentionProposal.objects.filter(page=second_page).order_by("pk")[:1].first() and MentionProposal.objects.filter(
    pk=MentionProposal.objects.filter(page=second_page).order_by("pk").first().pk
).update(state="refused", decided_by=users["lan"], decided_at=NOW)

# --- names
named = Mention.objects.create(record=letter, page=pages[0], name="Lê Hư Cấu", unit_text="c3/d9/e90/f324", home_text="Huyện Hư, tỉnh Hư Cấu", home=district, born_text="1944", enlisted_text="2/1965", rank="hạ sĩ", post="tiểu đội trưởng", number="A-123", kin="Mẹ: Nguyễn Thị Hư, còn sống", box_x=20, box_y=60, box_w=80, box_h=20, invented=True, position=1)
MentionReading.objects.create(mention=named, value="Lê Hư Cầu", kind="alternate")
MentionReading.objects.create(mention=named, value="Hai Hư", kind="alias", note="bên lề")
again = Mention.objects.create(record=roster, page=second_page, name="Lê Hư Cấu", unit_text="d9 e90 f324", invented=True)
wrong_unit = Mention.objects.create(record=roster, page=second_page, name="Đỗ Văn Lầm", unit_text="e3/f9", invented=True)
chosen_unit = Mention.objects.create(record=roster, page=second_page, name="Đỗ Văn Chọn", unit_text="đơn vị không rõ", unit=other_unit, invented=True)
hidden = Mention.objects.create(record=letter, page=pages[1], name="Trần Thị Còn Sống", invented=True)
under_cover = Mention.objects.create(record=letter, page=pages[0], name="Bùi Bị Che", box_x=12, box_y=12, box_w=30, box_h=12, invented=True)
trash_mention(actor=users["lan"], mention=Mention.objects.create(record=roster, page=second_page, name="Ghi Nhầm", invented=True))
of_closed = Mention.objects.create(record=closed, page=closed_page, name="Hoàng Văn Kín", kin="Vợ: Lý Thị Kín", invented=True)
add_mentions(actor=HOUSE, rows=[MentionRow(record=roster.pk, page=third_page.pk, name=f"Phan Văn {given}", fields={"born_text": "1946"}, aliases=("Tư",)) for given in ("Một", "Hai", "Ba")])
for mention, who, certainty in ((named, person, "certain"), (again, twin, "probable"), (hidden, living, "certain"), (wrong_unit, person, "not"), (of_closed, dead, "possible")):
    Identification.objects.create(mention=mention, person=who, certainty=certainty, reason_vi="Cùng tên, cùng đơn vị", decided_by=users["tam"], source=source)
withdrawn_decision = Identification.objects.create(mention=chosen_unit, person=person, certainty="possible", reason_vi="Nhầm", withdrawn_at=NOW)
merge_people(actor=users["minh"], person=twin, into=person, reason="Cùng một người")
NameForm.objects.filter(text="Phan Văn Ba").update(keys_version=0)  # keys of older rules

# --- what happened, what is claimed
CustodyEvent.objects.create(record=letter, kind="captured", position=1, date_text="12/8/1968", place=province, place_text="Hư Cấu", unit=unit, unit_text="e90", operation="Chiến dịch hư cấu", grid="YD 481152", staff_note="Người nhận: Nguyễn Thị Hư")
CustodyEvent.objects.create(record=letter, kind="returned", position=2, date_text="10/7/2025", to_whom="Lưu trữ hư cấu", description_vi="Trao lại", source=source)
Instantiation.objects.create(record=letter, kind="film", state="held", holder="Kho phim", reel="0346", frame="0001", inferred=True, source=source)
Statement.objects.create(person=person, topic="born", value_vi="Sinh năm 1944", source=source, preferred=True, date_text="1944") if "born" in Statement.Topic.values else None
Statement.objects.create(person=person, topic="home", value_vi="Quê Hư Cấu", source=source, preferred=True)
Statement.objects.create(person=twin, topic="home", value_vi="Quê Hư Thực", source=source, preferred=True)
Statement.objects.create(person=dead, topic="death", value_vi="Mất năm 1970 theo báo", source=source, date_text="1970")
Statement.objects.create(record=letter, topic="contents", value_vi="Một lá thư và một tờ lịch", source=source)
Statement.objects.create(record=letter, topic="recipient", value_vi="Người cháu nhận", source=source, staff_only=True)

# --- the hall
hall = Exhibition.objects.create(slug="hu-cau", title_vi="Triển lãm hư cấu", title_en="Invented exhibition", status="published", organiser=repository, cover=pages[0], date_text="10/7/2025", opening_vi="Mở đầu", source=source)
draft_hall = Exhibition.objects.create(slug="ban-nhap", title_vi="Bản nháp", status="draft")
Exhibition.objects.create(slug="da-rut", title_vi="Đã rút", status="withdrawn")
Exhibition.objects.create(slug="da-xoa", title_vi="Đã xóa", trashed_at=NOW)
for number in (1, 2):
    part = Part.objects.create(exhibition=hall, number=number, title_vi=f"Phần {number}", text_vi="Lời phần")
    panel = Panel.objects.create(part=part, number=1, title_vi="Pa-nô", text_vi="Lời pa-nô")
    Placement.objects.create(panel=panel, position=1, record=letter, page=pages[0], caption_vi=f"Lá thư {number}", caption_en="The letter", lender=lender, source_line_vi="Nguồn: hư cấu", first_published=True)
    Placement.objects.create(panel=panel, position=2, record=closed, caption_vi="Hiện vật sẽ đóng")
draft_part = Part.objects.create(exhibition=draft_hall, number=1, title_vi="Phần nháp")
draft_panel = Panel.objects.create(part=draft_part, number=1)
Placement.objects.create(panel=draft_panel, position=1, record=letter, caption_vi="Chỉ ở bản nháp", lender=draft_lender)
milestone = Milestone.objects.create(exhibition=hall, part=part, position=1, date_text="tháng 2 năm 1968", title_vi="Mốc hư cấu", source=source)
milestone.records.add(letter)
entry = write_in_guest_book(exhibition=hall, message="Xin cảm ơn", name="Khách hư cấu", show_name=True, country="VN", language="vi")
entry.state = "shown"
entry.save()
write_in_guest_book(exhibition=hall, message="Chờ đọc", name="Khách hai", show_name=False, country="", language="en")
GuestbookEntry.objects.create(exhibition=hall, message="Không hiện", name="Khách ba", state="not_shown")

# --- the index as it stood, then changes that wait for it
rebuild_index()
Change.objects.all().delete()
letter.title_vi = "Lá thư hư cấu, đã đổi tên"
letter.save()
publish_record(actor=HOUSE, record=record("14", parent=inventory, number="HC-0014", status="draft"))
Lease.objects.update_or_create(name="index", defaults={"claim": "may-khac:4242:abcd1234", "claimed_until": NOW + datetime.timedelta(days=400)})

# --- work that waits, and work left in the middle by a worker that died
fill_queue()
waiting = list(PageReading.objects.order_by("pk"))
PageReading.objects.filter(pk=waiting[0].pk).update(state="working", attempts=1, claim="0" * 16 + "1", claimed_until=NOW)
PageReading.objects.filter(pk=waiting[1].pk).update(state="read", ended_at=NOW, seconds=2.5)
PageReading.objects.filter(pk=waiting[2].pk).update(state="failed", reason="tesseract: timed out", attempts=3, ended_at=NOW)
ReadingPriority.objects.create(record=roster, priority=50)
ReadingSwitch.objects.filter(pk=1).update(paused=True, by=users["lan"])


def sent(name, data, whole=True):
    upload = begin_upload(record=roster, owner=users["lan"], name=name, size=len(data))
    append(upload=upload, at=0, pieces=[data if whole else data[: len(data) // 2]])


sent("xep hang 1.jpg", picture("cho 1"))
sent("xep hang 2.jpg", picture("cho 2"))
queue_uploads(record=roster, owner=users["lan"])
sent("dang lam.jpg", picture("cho 4"))
working = queue_uploads(record=roster, owner=users["lan"])
IntakeBatch.objects.filter(pk=working.pk).update(state="working")
Job.objects.filter(kind__startswith="intake", key=str(working.pk)).update(state="running", claim="may-khac", claimed_until=NOW, attempts=1, started_at=NOW)
sent("nua chung.jpg", picture("cho 6"), whole=False)  # on its way
sent("da den.jpg", picture("cho 7"))  # whole, not yet sent off
done = IntakeBatch.objects.create(source="thu muc", owner=users["lan"], state="done", total=2, ended_at=NOW)
accepted = IntakeFile.objects.create(batch=done, name="thu 1.jpg", outcome="accepted", sha256=scans[0].sha256, size=10)
accepted.scans.add(scans[0])
IntakeFile.objects.create(batch=done, name="hong.jpg", outcome="refused", reason="damaged", size=3, quarantine="")
for state in ("queued", "working", "done"):
    kept_list = NameList(owner=users["hoi"], original_name=f"{state}.csv", state=state, total=1, run=uuid.uuid4() if state == "working" else None)
    kept_list.file.save("list.csv", ContentFile("họ tên\nLê Hư Cấu\n".encode()), save=False)
    if state == "done":
        kept_list.keep = True
        kept_list.result.save("answers.csv", ContentFile("họ tên,điểm\nLê Hư Cấu,1\n".encode()), save=False)
    kept_list.save()
    if state != "done":
        enqueue("lists.answer", key=str(kept_list.pk), by=users["hoi"])
    if state == "working":
        Job.objects.filter(kind="lists.answer", key=str(kept_list.pk)).update(state="running", claim="may-khac", claimed_until=NOW, attempts=1, started_at=NOW)
walk = begin_pass()
FixityPass.objects.filter(pk=walk.pk).update(checked=2, bytes=4000)
first = Original.objects.order_by("pk").first()
Original.objects.filter(pk=first.pk).update(checked_at=NOW)
FixityFinding.objects.create(original=Original.objects.order_by("pk")[1], kind="damaged", detail="0 of 10 bytes", mailed_at=NOW)
# What was deleted to the trash, what the nightly check found, jobs in each state, a change on its way down.
delete_row(actor=users["lan"], row=Statement.objects.create(record=letter, topic="contents", value_vi="Ghi nhầm", source=source))
CatalogueFinding.objects.create(model="catalog.mention", key=named.pk, what=CatalogueFinding.What.values[0], name="Lê Hư Cấu", stored="a", expected="b", record=letter.pk, kept=True, settled_at=NOW, settled_by=users["minh"])
for state in ("waiting", "failed", "done", "stopped"):
    Job.objects.create(kind="originals.walk", key=state, state=state, reason="The worker was stopped" if state == "failed" else "", asked_by=users["lan"], ended_at=None if state == "waiting" else NOW)
CheckPlace.objects.create(check_name="forms", after=3, through_at=NOW)
LogEntry.objects.create(user=users["lan"], object_repr="Phông hư cấu", action_flag=2, change_message="[]")
users["hoa"].user_permissions.add(Permission.objects.get(codename="view_record"))
print("made", User.objects.count(), "users,", Record.objects.count(), "records")
