"""What 0.4.2 could not tell apart, and what it could leave wrong.

- An EDTF or a unit that differs from what 0.4.2's own rules read in the words counts as given by hand: it is kept as it
  is, and listed for a person. Nothing is overwritten.
- Who may see a record is worked out anew from the records themselves: 0.4.2 could leave a child public under a withdrawn
  parent (its index is told).
- `published_at` means that the public has seen it; 0.4.2 set it for what never was open too.
- Two persons merged by filling in a field: the evidence follows, and the merge can be undone like any other.
- A cover put there by the service was known by the words of its reason.
"""

import datetime

from django.db import migrations
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog.migrations.rules_0_4_2.dates import read_date
from catalog.migrations.rules_0_4_2.units import parse_unit

BATCH = 2000
DATED = ("Record", "CustodyEvent", "Statement", "Exhibition", "Milestone")
UNSURE_EN = "The image was replaced by one of another shape; see again which parts must be covered."
ALWAYS = datetime.date(1, 1, 1)
CERTAINTIES = ("certain", "probable", "possible", "not")


def batches(rows):
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def dates_given_by_hand(apps, schema_editor):
    Finding = apps.get_model("catalog", "CatalogueFinding")
    for name in DATED:
        model = apps.get_model("catalog", name)
        for batch in batches(model.objects.exclude(date_edtf="").only("pk", "date_text", "date_edtf")):
            given = [row for row in batch if row.date_edtf != read_date(row.date_text).edtf]
            model.objects.filter(pk__in=[row.pk for row in given]).update(edtf_by_hand=True)
            records = {}
            if name in ("CustodyEvent", "Statement"):
                records = dict(model.objects.filter(pk__in=[row.pk for row in given]).values_list("pk", "record_id"))
            Finding.objects.bulk_create(
                Finding(
                    model=model._meta.label_lower, key=row.pk, what="edtf_given", name=row.date_text[:300],
                    stored=row.date_edtf[:300], expected=read_date(row.date_text).edtf[:300],
                    record=row.pk if name == "Record" else records.get(row.pk),
                )
                for row in given
                if row.date_text
            )


def unit_named(words):
    reading = parse_unit(words)
    if not reading.levels or len(reading.readings) != 1 or len(reading.normal) > 120:
        return ""
    return reading.normal


def units_given_by_hand(apps, schema_editor):
    Finding = apps.get_model("catalog", "CatalogueFinding")
    Mention = apps.get_model("catalog", "Mention")
    rows = Mention.objects.filter(unit__isnull=False).select_related("unit").only("pk", "name", "unit_text", "record_id", "unit__normal_form")
    for batch in batches(rows):
        given = [row for row in batch if row.unit.normal_form != unit_named(row.unit_text)]
        Mention.objects.filter(pk__in=[row.pk for row in given]).update(unit_by_hand=True)
        Finding.objects.bulk_create(
            Finding(
                model="catalog.mention", key=row.pk, what="unit_given", name=f"{row.name}: {row.unit_text}"[:300],
                stored=row.unit.normal_form[:300], expected=unit_named(row.unit_text)[:300], record=row.record_id,
            )
            for row in given
            if row.unit_text
        )


def standing_anew(apps, schema_editor):
    Record, Change = apps.get_model("catalog", "Record"), apps.get_model("catalog", "Change")
    columns = ("pk", "parent_id", "status", "trashed_at", "access_level", "access_until", "chain_published", "open_from")
    below, stands = {}, {}
    for row in Record.objects.values_list(*columns, named=True).iterator():
        below.setdefault(row.parent_id, []).append(row)
    wrong, level = {}, below.get(None, [])
    while level:
        following = []
        for row in level:
            published, inherited = stands.get(row.parent_id, (True, ALWAYS))
            own = ALWAYS if row.access_level == "open" else row.access_until
            right = (
                row.status == "published" and row.trashed_at is None and published,
                max(own, inherited) if own and inherited else None,
            )
            stands[row.pk] = right
            if right != (row.chain_published, row.open_from):
                wrong.setdefault(right, []).append(row.pk)
            following += below.get(row.pk, [])
        level = following
    for (published, open_from), keys in wrong.items():
        for at in range(0, len(keys), 500):
            some = keys[at : at + 500]
            Record.objects.filter(pk__in=some).update(chain_published=published, open_from=open_from)
            Change.objects.bulk_create(Change(kind="below", key=key, hides=True) for key in some)


def published_is_seen(apps, schema_editor):
    Record, History = apps.get_model("catalog", "Record"), apps.get_model("catalog", "HistoricalRecord")
    today = timezone.localdate()
    of_it = History.objects.filter(id=OuterRef("pk"))
    public_then = of_it.filter(chain_published=True, open_from__lte=today)
    never = Record.objects.filter(published_at__isnull=False).exclude(chain_published=True, open_from__lte=today)
    keys = list(never.filter(Exists(of_it), ~Exists(public_then)).values_list("pk", flat=True))
    for at in range(0, len(keys), 500):
        Record.objects.filter(pk__in=keys[at : at + 500]).update(published_at=None)


def merged_by_a_field(apps, schema_editor):
    Person, Merge, Change = (apps.get_model("catalog", name) for name in ("Person", "PersonMerge", "Change"))
    Identification, PersonName, Statement = (
        apps.get_model("catalog", name) for name in ("Identification", "PersonName", "Statement")
    )
    for gone in Person.objects.filter(merged_into__isnull=False).order_by("pk"):
        stays, seen = gone.merged_into, {gone.pk}
        while stays.merged_into_id and stays.pk not in seen:
            seen.add(stays.pk)
            stays = stays.merged_into
        moved = []

        def move(model, row, name, **values):
            before = {column: kept(getattr(row, column)) for column in values}
            model.objects.filter(pk=row.pk).update(**values)
            moved.append({
                "model": model._meta.label_lower, "key": row.pk, "name": name[:200], "before": before,
                "after": {column: kept(value) for column, value in values.items()},
            })

        standing = {one.mention_id: one for one in Identification.objects.filter(person=stays, withdrawn_at=None)}
        for one in Identification.objects.filter(person=gone).order_by("pk"):
            other = standing.get(one.mention_id)
            values = {"person_id": stays.pk}
            if one.withdrawn_at is None and other is not None:
                if CERTAINTIES.index(one.certainty) < CERTAINTIES.index(other.certainty):
                    move(Identification, other, other.reason_vi, withdrawn_at=timezone.now())
                else:
                    values["withdrawn_at"] = timezone.now()
            move(Identification, one, one.reason_vi, **values)
        known = set(PersonName.objects.filter(person=stays).values_list("value", "kind"))
        for name in PersonName.objects.filter(person=gone).order_by("pk"):
            if (name.value, name.kind) not in known:
                move(PersonName, name, name.value, person_id=stays.pk)
        preferred = set(Statement.objects.filter(person=stays, preferred=True).values_list("topic", flat=True))
        for statement in Statement.objects.filter(person=gone).order_by("pk"):
            values = {"person_id": stays.pk}
            if statement.preferred and statement.topic in preferred:
                values["preferred"] = False
            move(Statement, statement, statement.value_vi, **values)
        moved.append({
            "model": "catalog.person", "key": gone.pk, "name": gone.name_vi[:200],
            "before": {"merged_into_id": None}, "after": {"merged_into_id": gone.merged_into_id},
        })
        Merge.objects.create(person=gone, into=stays, moved=moved)
        Change.objects.bulk_create([Change(kind="person", key=gone.pk), Change(kind="person", key=stays.pk)])


def kept(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


def provisional_covers(apps, schema_editor):
    apps.get_model("catalog", "Cover").objects.filter(reason_en=UNSURE_EN).update(provisional=True)


def trashed_by_whom(apps, schema_editor):
    """Whoever made the history row with which a thing went to the trash put it there."""
    for name in ("Record", "Page", "Mention", "Person", "Exhibition", "Cover"):
        model, history = apps.get_model("catalog", name), apps.get_model("catalog", f"Historical{name}")
        for key in model.objects.filter(trashed_at__isnull=False).values_list("pk", flat=True):
            went = history.objects.filter(id=key, trashed_at__isnull=False).order_by("history_date", "history_id").first()
            if went is not None and went.history_user_id:
                model.objects.filter(pk=key).update(trashed_by=went.history_user_id)


def nothing(apps, schema_editor):
    """The columns go with 0012; what was worked out anew is right for 0.4.2 too."""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0012_writing")]
    operations = [
        migrations.RunPython(step, nothing)
        for step in (
            dates_given_by_hand, units_given_by_hand, standing_anew, published_is_seen, merged_by_a_field,
            provisional_covers, trashed_by_whom,
        )
    ]
