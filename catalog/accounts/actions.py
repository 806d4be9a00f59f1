"""Roles (groups with permissions, brought up to date at every migrate), and the language of a user."""

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import User

CATALOGUE_MODELS = [
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
EXHIBITION_MODELS = ["exhibition", "part", "panel", "placement", "milestone", "guestbookentry"]
VERBS = ("add", "change", "delete", "view")

ROLES: dict[str, list[str]] = {
    "archivist": [f"{verb}_{model}" for model in CATALOGUE_MODELS for verb in VERBS]
    + [f"view_{model}" for model in EXHIBITION_MODELS]
    + ["view_unpublished", "view_closed", "publish_record", "close_record", "judge_life", "show_living"]
    + ["search_lists", "run_reading", "run_jobs", "no_harvest_limit"],
    "reviewer": [f"{verb}_{model}" for model in CATALOGUE_MODELS for verb in ("change", "view")]
    + ["view_unpublished", "view_closed", "publish_record", "close_record", "judge_life", "show_living"]
    + ["search_lists", "no_harvest_limit"],
    "curator": [f"{verb}_{model}" for model in EXHIBITION_MODELS for verb in VERBS]
    + [f"view_{model}" for model in CATALOGUE_MODELS]
    + ["view_unpublished", "search_lists", "no_harvest_limit"],
    "family officer": [f"view_{model}" for model in CATALOGUE_MODELS]
    + [
        f"{verb}_{model}"
        for model in ("person", "personname", "identification", "statement")
        for verb in ("add", "change")
    ]
    + ["view_closed", "judge_life", "search_lists", "no_harvest_limit"],
    # For people outside the archive who look for many names: they see what a visitor sees, but may search with a list.
    "association": ["search_lists"],
}

# The names of the roles for people. A role that was added by hand is shown by its own name.
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
    """Give the group of each role the permissions above; permissions added by hand stay. Administrators are superusers
    too."""
    permissions = {
        permission.codename: permission for permission in Permission.objects.filter(content_type__app_label="catalog")
    }
    for role, codenames in ROLES.items():
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.add(*(permissions[codename] for codename in codenames if codename in permissions))
    administrators, _made = Group.objects.get_or_create(name="administrator")
    administrators.permissions.add(*Permission.objects.all())
