"""A place on a page's image."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.rules.geometry import Box


class BoxedModel(models.Model):
    """Something with a place on a page, in pixels of its upright full-size image, so that it does not depend on any
    derivative."""

    box_x = models.PositiveIntegerField(_("box: left"), null=True, blank=True)
    box_y = models.PositiveIntegerField(_("box: top"), null=True, blank=True)
    box_w = models.PositiveIntegerField(_("box: width"), null=True, blank=True)
    box_h = models.PositiveIntegerField(_("box: height"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def box(self) -> Box | None:
        """x, y, width, height in pixels of the upright full-size image; None if not known."""
        if self.box_x is None or self.box_y is None or self.box_w is None or self.box_h is None:
            return None
        return self.box_x, self.box_y, self.box_w, self.box_h
