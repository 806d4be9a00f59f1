"""Distinct name forms, the orders each can be read in, and the keys of their syllables.

A million mentions hold far fewer distinct forms, and those fewer distinct syllables: a syllable asked for is compared
with each stored one once, and what is left are exact look-ups of given with family or middle name.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from catalog.rules.names import read_name, stored_arrangements, stored_keys
from catalog.rules.text import canonical, fold

# Raised when the rules change what is kept for a form; `manage.py rekey` then writes those that are behind.
KEYS_VERSION = 1
BATCH = 400
T = TypeVar("T")


class NameFormManager(models.Manager["NameForm"]):
    """Getting the forms of names, with their keys, in the transaction of whoever needs them."""

    def of(self, name: str) -> "NameForm":
        """The form of `name`, made with its keys when it is new."""
        text = self.written(name)
        form = self.filter(text=text).first()
        if form is None:
            return self.get(pk=self.of_all([name])[text])
        if form.keys_version != KEYS_VERSION:
            self.rekey([form])
        return form

    def of_all(self, names: Iterable[str]) -> dict[str, int]:
        """Primary keys by text (as `written`) of the forms of all `names`; new ones are made with their keys."""
        texts = list(dict.fromkeys(self.written(name) for name in names))
        standing = self._standing(texts)
        fresh = [text for text in texts if text not in standing]
        if fresh:
            with transaction.atomic():
                self.bulk_create(
                    [NameForm(text=text, folded=fold(text)[:200]) for text in fresh],
                    ignore_conflicts=True,
                    batch_size=1000,
                )
                made = list(self._named(fresh))
                self.rekey(made)
            standing |= {form.text: form.pk for form in made}
        return standing

    @staticmethod
    def written(name: str) -> str:
        """The text under which a name's form is kept: canonical, single spaces, at most 200 letters."""
        return " ".join(canonical(name).replace("\0", " ").split())[:200]

    def rekey(self, forms: Sequence["NameForm"]) -> None:
        """Write the orders and syllable keys of `forms` anew, as the rules now read them."""
        arrangements = [one for form in forms for one in self.arrangements_of(form)]
        syllables = {syllable for one in arrangements for syllable in one.syllables}
        with transaction.atomic():
            for some in _in_batches([form.pk for form in forms if form.keys_version]):
                NameArrangement.objects.filter(form__in=some).delete()
            NameArrangement.objects.bulk_create(arrangements, batch_size=2000)
            SyllableKey.objects.learn(syllables)
            for some in _in_batches([form.pk for form in forms]):
                self.filter(pk__in=some).update(keys_version=KEYS_VERSION)

    @staticmethod
    def arrangements_of(form: "NameForm") -> list["NameArrangement"]:
        """The orders in which the rules now read `form`, not saved."""
        found: dict[tuple[str, str, str], NameArrangement] = {}
        for one in stored_arrangements(read_name(form.text)):
            family, middle, given = placed = (one.family[:40], one.middle[:80], one.given[:40])
            if placed not in found:
                found[placed] = NameArrangement(
                    form=form,
                    family=family,
                    middle=middle,
                    near=middle.split(" ")[-1][:40],
                    given=given,
                    how=" ".join(one.how)[:60],
                    factor=one.factor,
                    bare=one.bare,
                )
        return list(found.values())

    def behind(self) -> models.QuerySet["NameForm"]:
        """Forms whose keys are not those of the present rules."""
        return self.exclude(keys_version=KEYS_VERSION)

    def _named(self, texts: Sequence[str]) -> Iterable["NameForm"]:
        for some in _in_batches(list(texts)):
            yield from self.filter(text__in=some)

    def _standing(self, texts: Sequence[str]) -> dict[str, int]:
        found = {form.text: form for form in self._named(texts)}
        behind = [form for form in found.values() if form.keys_version != KEYS_VERSION]
        if behind:
            self.rekey(behind)
        return {text: form.pk for text, form in found.items()}


class NameForm(models.Model):
    """One distinct way a name is written (canonical spelling, NFC)."""

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
    """A form as family, middle and given name (lower case, canonical): what a search looks up, exactly."""

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
        """The syllables by whose keys it is found."""
        return [self.family, self.given, *self.middle.split()]


class SyllableKeyManager(models.Manager["SyllableKey"]):
    """Learning new syllables."""

    def learn(self, syllables: Iterable[str]) -> None:
        """Write the keys of those `syllables` that are not known yet."""
        wanted = [one for one in dict.fromkeys(syllables) if one]
        known: set[str] = set()
        for some in _in_batches(wanted):
            known.update(self.filter(text__in=some).values_list("text", flat=True))
        rows = [SyllableKey(text=one, key=key[:44]) for one in wanted if one not in known for key in stored_keys(one)]
        self.bulk_create(rows, ignore_conflicts=True, batch_size=4000)


class SyllableKey(models.Model):
    """A distinct syllable of any name and one key under which it is looked for (sound, looks, letters, initial)."""

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


def _in_batches(things: Sequence[T]) -> Iterable[Sequence[T]]:
    for at in range(0, len(things), BATCH):
        yield things[at : at + BATCH]
