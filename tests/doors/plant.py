"""A catalogue in which every state that somebody may not see holds a word found nowhere else."""

import datetime
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.files.base import ContentFile
from django.db.models import Model
from django.utils import timezone

from catalog.accounts.models import OpenSession, User
from catalog.changes.models import TrashedRow
from catalog.changes.writing import HOUSE
from catalog.exhibitions.models import Exhibition, GuestbookEntry, Milestone, Panel, Part, Placement
from catalog.images.models import FixityFinding, Original, Scan
from catalog.images.renditions.actions import cover_part
from catalog.intake.models import IntakeBatch, IntakeFile, Upload
from catalog.name_lists.models import NameList
from catalog.people.models import Person, PersonName, Unit
from catalog.places.models import Place
from catalog.reading.models import MentionProposal, PageReading, ReadingPriority
from catalog.records.actions import (
    add_row,
    delete_row,
    merge_people,
    publish_record,
    withdraw_record,
)
from catalog.records.models import (
    CatalogueFinding,
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
from catalog.texts.actions import set_page_text
from catalog.texts.models import PageTranslation, TextDraft
from tests.doors.planted import Planted
from tests.doors.roles import Role, Rule, either, needs
from tests.doors.states import HIDING_ACTIONS, PARENT_STATES, RECORD_STATES, both, closed, unpublished
from tests.factories import new_page, new_person, new_scan, new_source, picture

SIZE = (300, 400)
# The part of a page that is covered, and the words under it.
COVERED = (20, 20, 200, 60)


class Planter:
    """Plants, first what everybody sees, then the rest."""

    def __init__(self, roles: dict[str, Role]) -> None:
        self.planted = Planted()
        self.roles = roles
        self.archivist = self._user("archivist")
        self.held = self._repository("VN-KX", "kho-luu-tru", "Kho lưu trữ hư cấu")
        self.source = new_source("nguon", citation_vi="Nguồn hư cấu")
        self.number = iter(range(1, 10_000))
        self.place = Place.objects.create(slug="ha-cau", name_vi="Hạ Cầu", kind="commune", source=self.source)
        OpenSession.objects.create(user=self.archivist, key="k" * 32, began_at=timezone.now(), seen_at=timezone.now())
        self.planted.note("session", OpenSession.objects.get().pk)

    def _user(self, name: str) -> User:
        user = self.roles[name].user
        assert user is not None
        return user

    def _repository(self, code: str, slug: str, name: str, state: str = "") -> Repository:
        repository = Repository.objects.create(code=code, slug=slug, name_vi=name, name_en=name)
        self.planted.note("repository", repository.pk, state)
        self.planted.note("repository slug", slug, state)
        return repository

    def record(self, state: str, word: str, **fields: Any) -> Record:
        """A record with one of everything that can belong to it, each containing the word."""
        number = next(self.number)
        values = {
            "repository": self.held,
            "code": f"HS-{word}-{number}",
            "level": "file",
            "status": "published",
            "invented": True,
            "title_vi": f"Hồ sơ {word}",
            "title_en": f"File {word}",
            "description_vi": f"Trong đó có {word}.",
            "keywords": word,
            "languages": "vi",
        } | fields
        record = Record.objects.create(**values)
        Identifier.objects.create(record=record, value=f"KX-{word}-{number}", primary=True)
        page = self.page(record, word)
        self.mention(record, word, page)
        CustodyEvent.objects.create(
            record=record, kind="captured", place_text=f"Đồi {word}", description_vi=word, source=self.source
        )
        Instantiation.objects.create(record=record, kind="film", state="held", holder=f"Kho {word}", reel=word)
        Statement.objects.create(record=record, topic="contents", value_vi=f"Có {word}", source=self.source)
        self.code(record, state)
        return record

    def code(self, record: Record, state: str) -> None:
        """Every address of a record."""
        self.planted.note("record", record.pk, state)
        self.planted.note("code", f"R{record.pk}", state)
        for identifier in record.identifiers.all():
            self.planted.note("code", identifier.matched, state)

    def page(self, record: Record, word: str, number: int = 1) -> Page:
        """A page with an image of its own and a text."""
        page = new_page(record, number, title_vi=f"Trang {word}")
        new_scan(page, picture(SIZE, f"{word} {number}"), name=f"{word}.jpg")
        set_page_text(page=page, text=f"Chữ trên trang: {word}", origin="person")
        return page

    def mention(self, record: Record, word: str, page: Page | None = None, **fields: Any) -> Mention:
        """A name that is the word."""
        values = {
            "post": f"Đại đội trưởng {word}",
            "home_text": f"xã {word}",
            "note_vi": word,
            "unit_text": f"c7/d8/e9 {word}",
            "home": self.place,
        } | fields
        mention = Mention(record=record, page=page, name=f"Lê {word.title()}", invented=True, **values)
        return add_row(actor=HOUSE, row=mention)

    def person(self, state: str, word: str, mention: Mention, **fields: Any) -> Person:
        """A person named by the mention."""
        person = Person.objects.create(name_vi=f"Lê {word.title()}", summary_vi=f"Người {word}", **fields)
        add_row(
            actor=HOUSE, row=PersonName(person=person, value=f"Ba {word.title()}", kind="alias", source=self.source)
        )
        Statement.objects.create(person=person, topic="home", value_vi=f"Quê {word}", source=self.source)
        self.planted.note("person", person.pk, state)
        self.identify(mention, person, word)
        return person

    def identify(self, mention: Mention, person: Person, word: str, certainty: str = "certain") -> Identification:
        """The decision that the mention names the person."""
        identification = Identification(mention=mention, person=person, certainty=certainty, reason_vi=f"Vì {word}")
        return add_row(actor=HOUSE, row=identification)

    def exhibition(self, state: str, word: str, **fields: Any) -> tuple[Exhibition, Panel]:
        """An exhibition with a part, a panel, a milestone."""
        slug = f"trung-bay-{word}"
        exhibition = Exhibition.objects.create(
            slug=slug,
            title_vi=f"Trưng bày {word}",
            opening_vi=f"Lời mở {word}",
            **({"status": "published"} | fields),
        )
        part = Part.objects.create(exhibition=exhibition, number=1, title_vi=f"Phần {word}", text_vi=word)
        panel = Panel.objects.create(part=part, number=1, title_vi=f"Bảng {word}", text_vi=word)
        Milestone.objects.create(exhibition=exhibition, date_text="1966", title_vi=f"Mốc {word}")
        self.planted.note("slug", slug, state)
        self.planted.note("exhibition", exhibition.pk, state)
        return exhibition, panel

    def hang(self, panel: Panel, record: Record, word: str, **fields: Any) -> Placement:
        """A placement with a caption."""
        position = panel.placements.count() + 1
        return Placement.objects.create(
            panel=panel, record=record, position=position, caption_vi=f"Chú thích {word}", **fields
        )

    def note_the_rest(self) -> None:
        """Keys of rows that were made on the way."""
        models: list[type[Model]] = [model for model in admin.site._registry if model._meta.app_label == "catalog"]
        models.append(MentionProposal)
        for model in models:
            self._note_by_word(model)
        for unit in Unit.objects.all():
            self.planted.note("unit", unit.normal_form)

    def _note_by_word(self, model: type[Model]) -> None:
        """Rows that contain a word, or whose record, exhibition or person does, belong to the state of that word."""
        for row in model._default_manager.order_by("pk"):
            text = " ".join(str(getattr(row, column.attname)) for column in model._meta.concrete_fields)
            for column in model._meta.concrete_fields:
                if column.is_relation and (of := getattr(row, column.name)) is not None:
                    text += (
                        f" {of} {getattr(of, 'record', '')} {getattr(of, 'exhibition', '')} {getattr(of, 'part', '')}"
                    )
            state = next((secret.state for secret in self.planted.secrets if secret.word in text.lower()), "")
            kind = "proposal" if model is MentionProposal else str(model._meta.model_name)
            self.planted.note(kind, row.pk, state)

    # What everybody sees.

    def plant_public(self) -> None:
        """What everybody sees: the stage before anything is hidden on it."""
        self.fonds = self.record("", "congkhai", level="fonds", code="P1")
        self.open = self.record("", "homnay", parent=self.fonds)
        self.page_open = self.open.pages.get()
        self.open_mention = self.open.mentions.get()
        self.open_person = self.person("", "nguoiquen", self.open_mention)
        self.hall, self.panel = self.exhibition("", "maidinh")
        self.hang(self.panel, self.open, "congchung", page=self.page_open)
        GuestbookEntry.objects.create(
            exhibition=self.hall, message="Cảm ơn", name="Ai đó", show_name=True, state="shown"
        )
        # A record that will hold hidden things of its own, and what it says of itself meanwhile.
        self.host = self.record("", "chunha", parent=self.fonds)
        self.host_page = self.host.pages.get()
        self.bare_page = self.page(self.host, "khongten", 9)

    # What only some see.

    def plant_hidden(self, *, changes_public: bool = True) -> None:
        """Every state, each with a word of its own.

        changes_public: also what lies beside hidden things on records that everybody sees (a new image, a public
        figure)."""
        for state, rule, fields in RECORD_STATES:
            self._hidden_record(state, rule, fields)
        self._below()
        self._records_by_action()
        self._on_trashed_pages()
        self._living()
        if changes_public:
            self._replaced_and_covered()
            self._texts()
            self._merged()
            self._notes()
            self._in_the_guest_book()
        self._exhibitions()
        self._deliveries()
        self._trash()
        self._own()
        if changes_public:
            # What the index may still say of it is withheld until the change has arrived: the exhibition in which it
            # hangs.
            self._on_its_way()

    def _hidden_record(self, state: str, rule: Rule, fields: dict[str, Any]) -> Record:
        secret = self.planted.secret(state, rule)
        record = self.record(state, secret.word, parent=self.fonds, **fields)
        self._tell_images(state, record)
        mention = record.mentions.get()
        named = self.planted.secret(f"person only in a record: {state}", rule)
        self.person(named.state, named.word, mention)
        self.hang(self.panel, record, secret.word, page=record.pages.get(), lender=self.held)
        self.hall.milestones.get().records.add(record)
        return record

    def _tell_images(self, state: str, record: Record) -> None:
        for scan in Scan.objects.filter(page__record=record):
            self.planted.note("image", scan.public_id, state)
            self.planted.tell(state, scan.public_id)

    def _below(self) -> None:
        for state, rule, fields in PARENT_STATES:
            above = self.planted.secret(f"parent: {state}", rule)
            parent = self.record(above.state, above.word, level="fonds", **fields)
            self._tell_images(above.state, parent)
            below = self.planted.secret(f"child of a parent: {state}", rule)
            child = self.record(below.state, below.word, parent=parent)
            self._tell_images(below.state, child)
            self.hang(self.panel, child, below.word)
        secret = self.planted.secret(
            "repository with nothing public", either(closed, needs("view_repository", staff=True))
        )
        repository = self._repository("VN-KIN", f"kho-{secret.word}", f"Kho {secret.word}", secret.state)
        inside = self.planted.secret("record of a repository with nothing public", closed)
        record = self.record(
            inside.state, inside.word, repository=repository, access_level="closed", access_reason=inside.word
        )
        self._tell_images(inside.state, record)
        self.hang(self.panel, record, inside.word, lender=repository)

    def _records_by_action(self) -> None:
        """Public once, and withdrawn, closed or trashed by the actions, including what these leave behind."""
        for state, rule, hide in HIDING_ACTIONS:
            hide(self._hidden_record(state, rule, {}))
        record = self._hidden_record(
            "closed, published, withdrawn, never open",
            both,
            {"status": "draft", "access_level": "closed", "access_reason": "hư cấu"},
        )
        publish_record(actor=HOUSE, record=record)
        withdraw_record(actor=HOUSE, record=record)

    def _on_trashed_pages(self) -> None:
        secret = self.planted.secret("page in the trash", needs("view_page", staff=True))
        page = self.page(self.host, secret.word, 2)
        self._tell_page_image(secret.state, page)
        name = self.planted.secret("name on a page in the trash", needs("view_mention", staff=True))
        self.mention(self.host, name.word, page)
        caption = self.planted.secret("caption of a page in the trash", needs("view_placement", staff=True))
        self.hang(self.panel, self.host, caption.word, page=page)
        delete_row(actor=HOUSE, row=page)
        other_secret = self.planted.secret("mention in the trash", needs("view_mention", staff=True))
        delete_row(actor=HOUSE, row=self.mention(self.host, other_secret.word, self.host_page))

    def _replaced_and_covered(self) -> None:
        replaced = self.planted.secret("replaced image", closed)
        page = self.page(self.host, "anhcu", 3)
        old = page.scans.get()
        Scan.objects.filter(pk=old.pk).update(original_name=f"{replaced.word}.jpg")
        self.planted.tell(replaced.state, old.public_id)
        self.planted.note("image", old.public_id, replaced.state)
        new_scan(page, picture(SIZE, "anh moi"), name="moi.jpg")
        self.planted.note("page", page.pk)
        covered = self.planted.secret("words under a cover", closed)
        page = new_page(self.host, 4)
        new_scan(page, picture(SIZE, "che di"), name="che.jpg")
        text, box = f"Đọc được {covered.word} chân trang", [30, 30, 100, 20]
        begin = text.index(covered.word)
        rows = [
            [0, 3, 20, 200, 40, 20],
            [begin, begin + len(covered.word), *box],
            [len(text) - 5, len(text), 20, 300, 60, 20],
        ]
        set_page_text(page=page, text=text, origin="ocr", boxes=rows)
        under = self.planted.secret("name under a cover", closed)
        x, y, w, h = box
        self.mention(self.host, under.word, page, box_x=x, box_y=y, box_w=w, box_h=h)
        secret = self.planted.secret("translation of a page with a cover", closed)
        PageTranslation.objects.create(page=page, language="en", text=f"It says {secret.word}", published=True)
        proposed = self.planted.secret("proposal under a cover", needs("view_closed", "change_mention", staff=True))
        self._propose(page, proposed.word, box_x=x, box_y=y, box_w=w, box_h=h)
        cover_part(page=page, box=COVERED, reason_vi="hư cấu")
        scan = page.scans.get()
        assert scan.uncovered_id != scan.public_id
        uncovered = self.planted.secret("image with nothing covered", closed, scan.uncovered_id)
        self.planted.note("image", scan.uncovered_id, uncovered.state)
        self.planted.note("page", page.pk)
        self.covered_page = page

    def _tell_page_image(self, state: str, page: Page) -> None:
        public = page.scans.get().public_id
        self.planted.tell(state, public)
        self.planted.note("image", public, state)
        self.planted.note("page", page.pk, state)

    def _propose(self, page: Page, word: str, **fields: Any) -> MentionProposal:
        return MentionProposal.objects.create(
            page=page, name=f"Trần {word.title()}", name_key=word, post=word, lines=f"Dòng {word}", **fields
        )

    def _texts(self) -> None:
        old = self.planted.secret("old version of a text", needs("view_pagetext", staff=True))
        page = new_page(self.host, 5)
        self.planted.note("page", page.pk)
        set_page_text(page=page, text=f"Bản cũ {old.word}", origin="ocr")
        set_page_text(page=page, text="Bản mới", origin="person")
        secret = self.planted.secret("translation not published", needs("view_pagetext", staff=True))
        PageTranslation.objects.create(page=page, language="en", text=f"It says {secret.word}", published=False)
        for state, rule, owner in (
            ("draft of a text", lambda role: role.name == "archivist", self.archivist),
            ("draft of a colleague's text", lambda role: role.name == "reviewer", self._user("reviewer")),
        ):
            draft = self.planted.secret(state, rule)
            TextDraft.objects.create(page=page, person=owner, text=f"Đang gõ {draft.word}")
        proposal = self.planted.secret("proposal", needs("change_mention", staff=True))
        self._propose(page, proposal.word)
        hidden = self.planted.secret("proposal in a closed record", needs("view_closed", "change_mention", staff=True))
        self._propose(Page.objects.get(record__title_vi__contains=self._word("closed")), hidden.word)

    def _word(self, state: str) -> str:
        return next(secret.word for secret in self.planted.secrets if secret.state == state)

    def _living(self) -> None:
        living = self.planted.secret("somebody living", closed)
        # On a page on which nobody else is named: the page is not counted as one with names.
        person = self.person(
            living.state, living.word, self.mention(self.host, living.word, self.bare_page), life="living"
        )
        kin = self.planted.secret("living relative denied by a decision", closed)
        self.kin = self.person(kin.state, kin.word, self.mention(self.host, kin.word, self.host_page), life="living")
        trashed = self.planted.secret(
            "name of somebody living in the trash", needs("view_closed", "view_personname", staff=True)
        )
        delete_row(
            actor=HOUSE,
            row=add_row(actor=HOUSE, row=PersonName(person=person, value=f"Tư {trashed.word}", kind="alias")),
        )
        reading = self.planted.secret(
            "reading of a living name in the trash", needs("view_closed", "view_mentionreading", staff=True)
        )
        mention = person.identifications.get().mention
        delete_row(
            actor=HOUSE, row=add_row(actor=HOUSE, row=MentionReading(mention=mention, value=f"Sáu {reading.word}"))
        )
        unnamed = self.planted.secret("somebody living not named anywhere", closed)
        new_person(f"Ông {unnamed.word}", life="living")

    def _merged(self) -> None:
        word = self._word("living relative denied by a decision")
        for certainty in ("not", "possible"):
            decision = self.identify(self.mention(self.host, f"tin{certainty}"), self.kin, word, certainty)
            if certainty == "possible":
                Identification.objects.filter(pk=decision.pk).update(withdrawn_at=timezone.now())
        merged = self.planted.secret("somebody living who became part of another", closed)
        removed = new_person(f"Bà {merged.word}", life="living")
        self.planted.note("person", removed.pk, merged.state)
        self.identify(self.mention(self.host, "hopdanh"), removed, "hopdanh")
        into = self.person("", "hopnhat", self.mention(self.host, "hopnhat"), life="living")
        Person.objects.filter(pk=into.pk).update(public_figure=True)
        merge = merge_people(actor=HOUSE, person=removed, into=Person.objects.get(pk=into.pk))
        self.planted.note("merge", merge.pk, merged.state)

    def _notes(self) -> None:
        host = self.host
        kin = self.planted.secret("kin", closed)
        self.mention(host, "conphai", self.host_page, kin=f"Con ông {kin.word}")
        lines = self.planted.secret("lines a name was read from", closed)
        self.mention(host, "dongchu", self.host_page, lines_text=f"Các dòng {lines.word}")
        custody = self.planted.secret("staff note of custody", closed)
        CustodyEvent.objects.create(
            record=host, kind="given", staff_note=f"Trao cho {custody.word}", source=self.source
        )
        note, reason = self.planted.secret("archivist's note", closed), self.planted.secret("closing reason", closed)
        changed = Record.objects.get(pk=host.pk)
        changed.archivist_note, changed.access_reason = f"Ghi chú {note.word}", f"Vì {reason.word}"
        changed.save()
        # Closed until some day in the past: open now, and the reason stays.
        past = self.record(
            "",
            "tungdong",
            parent=self.fonds,
            access_level="closed",
            access_reason="cũ",
            access_until=datetime.date(2020, 1, 1),
        )
        why = self.planted.secret("reason of a closure that is over", closed)
        past = Record.objects.get(pk=past.pk)
        past.access_reason = f"Vì {why.word}"
        past.save()
        of_person = self.planted.secret("note on a person", closed)
        person = Person.objects.get(pk=self.open_person.pk)
        person.note = f"Ghi {of_person.word}"
        person.save()
        staff = self.planted.secret("statement for staff", closed)
        for about in ({"record": host}, {"person": self.open_person}):
            Statement.objects.create(
                topic="recipient", value_vi=f"Nhận: {staff.word}", source=self.source, staff_only=True, **about
            )

    def _exhibitions(self) -> None:
        for state, rule, fields in (
            ("exhibition in draft", unpublished, {"status": "draft"}),
            ("exhibition withdrawn", unpublished, {"status": "withdrawn"}),
            (
                "exhibition in the trash",
                needs("view_unpublished", "view_exhibition", staff=True),
                {"trashed_at": timezone.now()},
            ),
        ):
            secret = self.planted.secret(state, rule)
            lender = self.planted.secret(
                f"lender of an {state}", either(unpublished, needs("view_repository", staff=True))
            )
            keeper = self._repository(
                f"L-{lender.word[:5]}", f"kho-{lender.word}", f"Bảo tàng {lender.word}", lender.state
            )
            hall, panel = self.exhibition(state, secret.word, cover=self.page_open, **fields)
            self.hang(panel, self.open, secret.word, lender=keeper)
            GuestbookEntry.objects.create(
                exhibition=hall, message=f"Lời {secret.word}", name="", state="shown", show_name=True
            )
        behind = self.planted.secret("cover of a closed record", closed)
        record = self.record(behind.state, behind.word, access_level="closed", access_reason="hư cấu")
        self._tell_images(behind.state, record)
        Exhibition.objects.filter(pk=self.hall.pk).update(cover=record.pages.get())
        waiting = self.planted.secret("guest book, not shown", needs("view_guestbookentry", staff=True))
        for state in ("waiting", "not_shown"):
            GuestbookEntry.objects.create(
                exhibition=self.hall, message=f"Lời {waiting.word}", name=waiting.word, state=state
            )

    def _in_the_guest_book(self) -> None:
        name = self.planted.secret("guest book, name kept back", needs("view_guestbookentry", staff=True))
        GuestbookEntry.objects.create(
            exhibition=self.hall, message="Đẹp", name=name.word, state="shown", show_name=False
        )

    def _deliveries(self) -> None:
        secret = self.planted.secret("delivery into a closed record", needs("view_closed", "add_scan", staff=True))
        record = Record.objects.get(title_vi__contains=self._word("closed"))
        scan = Scan.objects.get(page__record=record)
        batch = IntakeBatch.objects.create(
            source=secret.word, record=record, owner=self.archivist, state="done", total=2
        )
        IntakeFile.objects.create(
            batch=batch,
            name=f"{secret.word}.tif",
            outcome="refused",
            reason="type",
            detail=secret.word,
        )
        IntakeFile.objects.create(batch=batch, name=f"{secret.word}.jpg", outcome="accepted").scans.add(scan)
        self.planted.note("batch", batch.pk, secret.state)
        self.planted.note("refused", batch.files.get(outcome="refused").pk, secret.state)
        plain = self.planted.secret("refused file", needs("add_scan", staff=True))
        other = IntakeBatch.objects.create(source="giao", record=self.open, owner=self.archivist, state="done", total=1)
        file = IntakeFile.objects.create(
            batch=other, name=f"{plain.word}.tif", outcome="refused", reason="type", like=scan
        )
        self.planted.note("batch", other.pk)
        self.planted.note("refused", file.pk)
        sent = self.planted.secret("file on its way into a closed record", lambda role: role.name == "archivist")
        upload = Upload.objects.create(
            record=record, owner=self.archivist, name=f"{sent.word}.tif", size=1, ended_at=timezone.now()
        )
        self.planted.note("upload", upload.token, sent.state)
        original, _made = Original.objects.get_or_create(sha256=scan.sha256, defaults={"name": "o", "bytes": 1})
        damaged = self.planted.secret(
            "damage of a closed record's original", needs("view_closed", "view_scan", staff=True)
        )
        FixityFinding.objects.create(original=original, kind="damaged", detail=damaged.word)
        unread = self.planted.secret(
            "closed page that could not be read", needs("view_closed", "run_reading", staff=True)
        )
        PageReading.objects.create(page=scan.page, scan=scan, state="failed", reason=unread.word)
        ReadingPriority.objects.create(record=record, priority=3)

    def _trash(self) -> None:
        def put(state: str, rule: Rule, make: Callable[[str], Model]) -> None:
            secret = self.planted.secret(state, rule)
            delete_row(actor=HOUSE, row=make(secret.word))

        record = Record.objects.get(title_vi__contains=self._word("closed"))
        draft = Exhibition.objects.get(title_vi__contains=self._word("exhibition in draft"))
        panel = Panel.objects.get(part__exhibition=draft)
        open_ = self.open
        person = Person.objects.get(identifications__mention__record=record)
        put(
            "statement of a closed record in the trash",
            needs("view_closed", "view_statement", staff=True),
            lambda word: Statement.objects.create(record=record, topic="other", value_vi=word, source=self.source),
        )
        put(
            "statement for staff in the trash",
            needs("view_closed", "view_statement", staff=True),
            lambda word: Statement.objects.create(
                record=open_, topic="other", value_vi=word, source=self.source, staff_only=True
            ),
        )
        put(
            "statement of a person in closed records in the trash",
            needs("view_closed", "view_statement", staff=True),
            lambda word: Statement.objects.create(person=person, topic="other", value_vi=word, source=self.source),
        )
        put(
            "panel of a draft in the trash",
            needs("view_unpublished", "view_panel", staff=True),
            lambda word: Panel.objects.create(part=panel.part, number=9, title_vi=word),
        )
        put(
            "placement of a draft in the trash",
            needs("view_unpublished", "view_placement", staff=True),
            lambda word: Placement.objects.create(panel=panel, record=open_, position=9, caption_vi=word),
        )
        put(
            "milestone of a draft in the trash",
            needs("view_unpublished", "view_milestone", staff=True),
            lambda word: Milestone.objects.create(exhibition=draft, date_text="1970", title_vi=word),
        )
        put(
            "guest book entry of a draft in the trash",
            needs("view_unpublished", "view_guestbookentry", staff=True),
            lambda word: GuestbookEntry.objects.create(exhibition=draft, message=word),
        )
        for entry in TrashedRow.objects.all():
            self.planted.note("trashed row", entry.pk)

    def _own(self) -> None:
        secret = self.planted.secret("a colleague's list of names", lambda role: role.name == "archivist")
        name_list = NameList(
            owner=self.archivist, original_name=f"{secret.word}.csv", state="done", total=1, as_csv=True
        )
        name_list.result.save("r.csv", ContentFile(secret.word.encode()), save=False)
        name_list.save()
        self.planted.note("list", name_list.token, secret.state)
        record = Record.objects.get(title_vi__contains=self._word("closed"))
        other_secret = self.planted.secret("finding in a closed record", closed)
        CatalogueFinding.objects.create(
            model="catalog.record", key=record.pk, what="unit_given", name=other_secret.word, record=record.pk
        )

    def _on_its_way(self) -> None:
        """Withheld at the top, the columns below not yet updated: only users who may see every standing see it."""
        secret = self.planted.secret("record on its way to being closed", both)
        top = self.record("", "trencao", level="fonds")
        child = self.record(secret.state, secret.word, parent=top)
        self._tell_images(secret.state, child)
        self.hang(self.panel, child, secret.word)
        # The top itself is as withheld as what is below, until the change has arrived.
        Spread.objects.create(record=top, hides=True)
