"""Distinct name forms and the keys under which each is found.

A million mentions hold far fewer distinct forms: keys are kept, and names compared, once per form.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.rules.names import name_keys
from catalog.rules.text import canonical


class NameFormManager(models.Manager["NameForm"]):
    """Getting the form of a name, with its keys, in the transaction of whoever needs it."""

    def of(self, name: str) -> "NameForm":
        """The form of `name`, made with its keys when it is new."""
        text = canonical(name).strip()[:200]
        form, made = self.get_or_create(text=text)
        if made:
            NameKey.objects.bulk_create([NameKey(form=form, key=key) for key in dict.fromkeys(name_keys(text))])
        return form


class NameForm(models.Model):
    """One distinct way a name is written (canonical spelling, NFC)."""

    text = models.CharField(_("name"), max_length=200, unique=True)
    objects = NameFormManager()

    class Meta:
        app_label = "catalog"
        verbose_name = _("name form")
        verbose_name_plural = _("name forms")

    def __str__(self) -> str:
        return self.text


class NameKey(models.Model):
    """A key of a form; exact look-ups only."""

    form = models.ForeignKey(NameForm, models.CASCADE, related_name="keys", verbose_name=_("name form"))
    key = models.CharField(_("key"), max_length=120)

    class Meta:
        app_label = "catalog"
        verbose_name = _("name key")
        verbose_name_plural = _("name keys")
        constraints = [models.UniqueConstraint(fields=["key", "form"], name="name_key_once")]

    def __str__(self) -> str:
        return self.key
