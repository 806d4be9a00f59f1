"""Names found in texts by rules, for a person to accept, correct or refuse. None becomes a mention automatically."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.records.models import Mention, Page
from catalog.records.models.boxes import BoxedModel
from catalog.texts.models import PageText


class MentionProposal(BoxedModel):
    """A name found in a page's text, with the facts around it. `name_key` and `ordinal` (its position among equal names
    on the page) identify it when the page is read again, so that a refused proposal does not come back."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("to be decided")
        ACCEPTED = "accepted", _("accepted")
        CORRECTED = "corrected", _("accepted with corrections")
        REFUSED = "refused", _("refused")

    FACTS = (
        "rank",
        "post",
        "unit_text",
        "home_text",
        "born_text",
        "enlisted_text",
        "died_text",
        "number",
    )

    page = models.ForeignKey(Page, models.CASCADE, related_name="mention_proposals", verbose_name=_("page"))
    text = models.ForeignKey(
        PageText, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("text it was found in")
    )
    name = models.CharField(_("name as written"), max_length=200)
    name_key = models.CharField(_("name without marks"), max_length=200)
    ordinal = models.PositiveSmallIntegerField(_("occurrence on the page"), default=1)
    position = models.PositiveIntegerField(_("place in the text"), default=0)
    rank = models.CharField(_("rank"), max_length=80, blank=True)
    post = models.CharField(_("post"), max_length=120, blank=True)
    unit_text = models.CharField(_("unit as written"), max_length=200, blank=True)
    home_text = models.CharField(_("home as written"), max_length=300, blank=True)
    born_text = models.CharField(_("born, as written"), max_length=100, blank=True)
    enlisted_text = models.CharField(_("enlisted, as written"), max_length=200, blank=True)
    died_text = models.CharField(_("died, as written"), max_length=200, blank=True)
    number = models.CharField(_("service number"), max_length=60, blank=True)
    lines = models.TextField(_("the lines it was read from"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    mention = models.ForeignKey(
        Mention, models.SET_NULL, null=True, blank=True, related_name="proposals", verbose_name=_("mention made of it")
    )

    class Meta:
        app_label = "catalog"
        ordering = ["page__record", "page__number", "position", "pk"]
        verbose_name = _("proposed mention")
        verbose_name_plural = _("proposed mentions")
        indexes = [
            models.Index(fields=["page", "position"], name="proposal_open", condition=models.Q(state="proposed"))
        ]
        constraints = [
            models.UniqueConstraint(fields=["page", "name_key", "ordinal"], name="proposal_once"),
            models.CheckConstraint(
                name="proposal_box_whole_or_none",
                condition=models.Q(box_x=None, box_y=None, box_w=None, box_h=None)
                | models.Q(box_x__gte=0, box_y__gte=0, box_w__gte=1, box_h__gte=1),
            ),
            models.CheckConstraint(
                name="proposal_decided_at_some_time",
                condition=models.Q(state="proposed", decided_at=None)
                | (~models.Q(state="proposed") & models.Q(decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name
