"""Distinct name forms, the orders in which each can be read, and the keys of their syllables.

A million mentions have far fewer distinct forms, and these even fewer distinct syllables. So a syllable of a query is
compared with each stored syllable once; the rest are exact look-ups of a given name with a family or middle name.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from catalog.rules.names import read_name, stored_arrangements, stored_keys
from catalog.rules.text import canonical, fold

# Raised when the rules change what is stored for a form; `manage.py rekey` then writes the outdated forms again.
KEYS_VERSION = 1
BATCH = 400
T = TypeVar("T")


class NameFormManager(models.Manager["NameForm"]):
    """Returns the forms of names and creates missing ones, with their keys, in the transaction of the caller."""

    def of(self, name: str) -> "NameForm":
        """The form of `name`; a new one is created with its keys."""
        text = self.written(name)
        form = self.filter(text=text).first()
        if form is None:
            return self.get(pk=self.of_all([name])[text])
        if form.keys_version != KEYS_VERSION:
            self.rekey([form])
        return form

    def of_all(self, names: Iterable[str]) -> dict[str, int]:
        """Primary keys of the forms of all `names` by text (as `written`); new ones are created with their keys."""
        texts = list(dict.fromkeys(self.written(name) for name in names))
        keys = self._existing(texts)
        new_texts = [text for text in texts if text not in keys]
        if new_texts:
            with transaction.atomic():
                self.bulk_create(
                    [NameForm(text=text, folded=fold(text)[:200]) for text in new_texts],
                    ignore_conflicts=True,
                    batch_size=1000,
                )
                forms = list(self._with_texts(new_texts))
                self.rekey(forms)
            keys |= {form.text: form.pk for form in forms}
        return keys

    @staticmethod
    def written(name: str) -> str:
        """The text under which the form of a name is stored: canonical, single spaces, at most 200 letters."""
        return " ".join(canonical(name).replace("\0", " ").split())[:200]

    def rekey(self, forms: Sequence["NameForm"]) -> None:
        """Write the arrangements and syllable keys of `forms` again, by the present rules."""
        arrangements = [arrangement for form in forms for arrangement in self.arrangements_of(form)]
        syllables = {syllable for arrangement in arrangements for syllable in arrangement.syllables}
        with transaction.atomic():
            for batch in _batches([form.pk for form in forms if form.keys_version]):
                NameArrangement.objects.filter(form__in=batch).delete()
            NameArrangement.objects.bulk_create(arrangements, batch_size=2000)
            SyllableKey.objects.learn(syllables)
            for batch in _batches([form.pk for form in forms]):
                self.filter(pk__in=batch).update(keys_version=KEYS_VERSION)

    @staticmethod
    def arrangements_of(form: "NameForm") -> list["NameArrangement"]:
        """The arrangements of `form` by the present rules, not saved."""
        arrangements: dict[tuple[str, str, str], NameArrangement] = {}
        for stored in stored_arrangements(read_name(form.text)):
            family, middle, given = names = (stored.family[:40], stored.middle[:80], stored.given[:40])
            if names not in arrangements:
                arrangements[names] = NameArrangement(
                    form=form,
                    family=family,
                    middle=middle,
                    near=middle.split(" ")[-1][:40],
                    given=given,
                    how=" ".join(stored.how)[:60],
                    factor=stored.factor,
                    bare=stored.bare,
                )
        return list(arrangements.values())

    def outdated(self) -> models.QuerySet["NameForm"]:
        """Forms whose keys are outdated."""
        return self.exclude(keys_version=KEYS_VERSION)

    def _with_texts(self, texts: Sequence[str]) -> Iterable["NameForm"]:
        for batch in _batches(list(texts)):
            yield from self.filter(text__in=batch)

    def _existing(self, texts: Sequence[str]) -> dict[str, int]:
        forms = {form.text: form for form in self._with_texts(texts)}
        outdated = [form for form in forms.values() if form.keys_version != KEYS_VERSION]
        if outdated:
            self.rekey(outdated)
        return {text: form.pk for text, form in forms.items()}


class NameForm(models.Model):
    """One distinct spelling of a name (canonical spelling, NFC)."""

    text = models.CharField(_("name"), max_length=200, unique=True)
    folded = models.CharField(_("name without marks"), max_length=200, default="", db_index=True, editable=False)
    keys_version = models.PositiveSmallIntegerField(_("version of its keys"), default=0, editable=False)
    objects = NameFormManager()

    class Meta:
        app_label = "catalog"
        verbose_name = _("name form")
        verbose_name_plural = _("name forms")
        indexes = [
            models.Index(fields=["id"], name="name_form_behind", condition=~models.Q(keys_version=KEYS_VERSION)),
        ]

    def __str__(self) -> str:
        return self.text


class NameArrangement(models.Model):
    """A form as family, middle and given name (lower case, canonical), for exact look-up by a search."""

    form = models.ForeignKey(NameForm, models.CASCADE, related_name="arrangements", verbose_name=_("name form"))
    family = models.CharField(_("family name"), max_length=40, blank=True)
    middle = models.CharField(_("middle name"), max_length=80, blank=True)
    near = models.CharField(_("middle name next to the given one"), max_length=40, blank=True)
    given = models.CharField(_("given name"), max_length=40)
    how = models.CharField(_("read as"), max_length=60, blank=True)
    factor = models.FloatField(_("factor"), default=1.0)
    bare = models.BooleanField(_("written without marks"), default=False)

    class Meta:
        app_label = "catalog"
        verbose_name = _("order of a name")
        verbose_name_plural = _("orders of names")
        indexes = [
            models.Index(fields=["given", "family", "middle"], name="arrangement_given_family"),
            models.Index(fields=["given", "near"], name="arrangement_given_near"),
        ]

    def __str__(self) -> str:
        return f"{self.family} {self.middle} {self.given}"

    @property
    def syllables(self) -> list[str]:
        """The syllables whose keys find this arrangement."""
        return [self.family, self.given, *self.middle.split()]


class SyllableKeyManager(models.Manager["SyllableKey"]):
    """Stores the keys of new syllables."""

    def learn(self, syllables: Iterable[str]) -> None:
        """Write the keys of those `syllables` that are not known yet."""
        wanted = [syllable for syllable in dict.fromkeys(syllables) if syllable]
        known: set[str] = set()
        for batch in _batches(wanted):
            known.update(self.filter(text__in=batch).values_list("text", flat=True))
        rows = [
            SyllableKey(text=syllable, key=key[:44])
            for syllable in wanted
            if syllable not in known
            for key in stored_keys(syllable)
        ]
        self.bulk_create(rows, ignore_conflicts=True, batch_size=4000)


class SyllableKey(models.Model):
    """A distinct syllable of any name, and one key under which it is found (sound, look, letters, initial)."""

    text = models.CharField(_("syllable"), max_length=40, db_index=True)
    key = models.CharField(_("key"), max_length=44)
    objects = SyllableKeyManager()

    class Meta:
        app_label = "catalog"
        verbose_name = _("key of a syllable")
        verbose_name_plural = _("keys of syllables")
        constraints = [models.UniqueConstraint(fields=["key", "text"], name="syllable_key_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.text}"


def _batches(items: Sequence[T]) -> Iterable[Sequence[T]]:
    for offset in range(0, len(items), BATCH):
        yield items[offset : offset + BATCH]
