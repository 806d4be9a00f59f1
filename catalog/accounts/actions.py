"""Roles (groups with permissions, brought up to date at every migrate), and the language of a user."""

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import User

CATALOGUE = [
    "record",
    "identifier",
    "custodyevent",
    "instantiation",
    "page",
    "mention",
    "mentionreading",
    "identification",
    "statement",
    "person",
    "personname",
    "unit",
    "unitalias",
    "place",
    "placename",
    "placesuccession",
    "source",
    "repository",
    "scan",
    "pagetext",
    "pagetranslation",
    "mentionproposal",
    "cover",
]
HALL = ["exhibition", "part", "panel", "placement", "milestone", "guestbookentry"]
WRITE = ("add", "change", "delete", "view")

ROLES: dict[str, list[str]] = {
    "archivist": [f"{verb}_{model}" for model in CATALOGUE for verb in WRITE]
    + [f"view_{model}" for model in HALL]
    + ["view_unpublished", "view_closed", "publish_record", "close_record", "judge_life", "show_living"]
    + ["search_lists", "run_reading", "run_jobs", "no_harvest_limit"],
    "reviewer": [f"{verb}_{model}" for model in CATALOGUE for verb in ("change", "view")]
    + ["view_unpublished", "view_closed", "publish_record", "close_record", "judge_life", "show_living"]
    + ["search_lists", "no_harvest_limit"],
    "curator": [f"{verb}_{model}" for model in HALL for verb in WRITE]
    + [f"view_{model}" for model in CATALOGUE]
    + ["view_unpublished", "search_lists", "no_harvest_limit"],
    "family officer": [f"view_{model}" for model in CATALOGUE]
    + [
        f"{verb}_{model}"
        for model in ("person", "personname", "identification", "statement")
        for verb in ("add", "change")
    ]
    + ["view_closed", "judge_life", "search_lists", "no_harvest_limit"],
    # Those who look for many from outside the house: they see what a visitor sees, but may ask with a whole list.
    "association": ["search_lists"],
}

# As their holders read them; a role that somebody made is called as they called it.
ROLE_TITLES = {
    "administrator": _("administrator"),
    "archivist": _("archivist"),
    "reviewer": _("reviewer"),
    "curator": _("curator of exhibitions"),
    "family officer": _("family officer"),
    "association": _("association"),
}


def set_language(*, user: User, language: str) -> None:
    """Set the language in which the pages and mails for `user` are written; '' for none."""
    user.language = language
    user.save(update_fields=["language"])


def ensure_roles() -> None:
    """Make each role's group hold the permissions above; those added by hand stay. Administrators are superusers
    too."""
    every = {
        permission.codename: permission for permission in Permission.objects.filter(content_type__app_label="catalog")
    }
    for role, codenames in ROLES.items():
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.add(*(every[codename] for codename in codenames if codename in every))
    administrators, _made = Group.objects.get_or_create(name="administrator")
    administrators.permissions.add(*Permission.objects.all())
