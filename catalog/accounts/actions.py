"""Roles: groups with permissions, kept true at every migrate."""

from django.contrib.auth.models import Group, Permission

CATALOGUE = [
    "record", "identifier", "custodyevent", "instantiation", "page", "mention", "mentionreading", "identification",
    "statement", "person", "personname", "unit", "unitalias", "place", "placename", "placesuccession", "source",
    "repository", "scan", "pagetext", "pagetranslation", "mentionproposal", "cover",
]  # fmt: skip
HALL = ["exhibition", "part", "panel", "placement", "milestone", "guestbookentry"]
WRITE = ("add", "change", "delete", "view")

ROLES: dict[str, list[str]] = {
    "archivist": [f"{verb}_{model}" for model in CATALOGUE for verb in WRITE]
    + [f"view_{model}" for model in HALL]
    + ["view_unpublished", "view_closed", "publish_record", "close_record", "judge_life", "show_living", "search_lists", "run_reading", "run_jobs"],
    "reviewer": [f"{verb}_{model}" for model in CATALOGUE for verb in ("change", "view")]
    + ["view_unpublished", "view_closed", "publish_record", "close_record", "judge_life", "show_living", "search_lists"],
    "curator": [f"{verb}_{model}" for model in HALL for verb in WRITE]
    + [f"view_{model}" for model in CATALOGUE]
    + ["view_unpublished", "search_lists"],
    "family officer": [f"view_{model}" for model in CATALOGUE]
    + [f"{verb}_{model}" for model in ("person", "personname", "identification", "statement") for verb in ("add", "change")]
    + ["view_closed", "judge_life", "search_lists"],
    # Those who look for many from outside the house: they see what a visitor sees, but may ask with a whole list.
    "association": ["search_lists"],
}  # fmt: skip


def ensure_roles() -> None:
    """Make each role's group hold the permissions above; those added by hand stay. Administrators are superusers too."""
    every = {
        permission.codename: permission for permission in Permission.objects.filter(content_type__app_label="catalog")
    }
    for role, codenames in ROLES.items():
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.add(*(every[codename] for codename in codenames if codename in every))
    administrators, _made = Group.objects.get_or_create(name="administrator")
    administrators.permissions.add(*Permission.objects.all())
