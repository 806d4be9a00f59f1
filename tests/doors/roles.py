"""Who comes to the doors, and what each may see by the permissions given: written from the rules, not from any
answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib.auth.models import Group, Permission

from catalog.accounts.actions import CATALOGUE_MODELS, EXHIBITION_MODELS, ROLES, VERBS
from catalog.accounts.models import User

KINDS = [*CATALOGUE_MODELS, *EXHIBITION_MODELS]


@dataclass(frozen=True)
class Role:
    """Who asks. permissions: of this catalogue, by codename. staff: may open staff pages."""

    name: str
    permissions: frozenset[str] = frozenset()
    staff: bool = True
    everything: bool = False
    user: User | None = field(default=None, compare=False)

    def has(self, *codenames: str) -> bool:
        """Whether the role holds every one of them."""
        return self.everything or self.permissions >= set(codenames)


Rule = Callable[[Role], bool]

# A role of the stock, and roles one makes oneself: each holds no right to see what is closed or unpublished.
HOME_MADE: dict[str, list[str]] = {
    "describes records": ["view_record", "change_record"],
    "looks at everything": [f"view_{kind}" for kind in KINDS],
    "writes everything": [f"{verb}_{kind}" for kind in KINDS for verb in VERBS]
    + ["publish_record", "close_record", "judge_life", "show_living", "run_reading", "run_jobs", "search_lists"],
    "no role": [],
}


def make_roles() -> dict[str, Role]:
    """A visitor and one signed-in user for every role, stock and home-made."""
    roles = {"visitor": Role("visitor", staff=False)}
    for name, codenames in [*ROLES.items(), ("administrator", []), *HOME_MADE.items()]:
        staff, everything = name != "association", name == "administrator"
        user = User.objects.create_user(name, password="x", is_staff=staff, is_superuser=everything)
        if name in HOME_MADE:
            user.user_permissions.set(
                Permission.objects.filter(content_type__app_label="catalog", codename__in=codenames)
            )
            assert user.user_permissions.count() == len(set(codenames)), "a permission of that name is not there"
        else:
            user.groups.add(Group.objects.get(name=name))
        roles[name] = Role(name, frozenset(codenames), staff, everything, user)
    return roles


def needs(*codenames: str, staff: bool = False) -> Rule:
    """Visible to a role that holds all of these; `staff`: at staff pages only."""
    return lambda role: role.has(*codenames) and (role.staff or not staff)


def either(*rules: Rule) -> Rule:
    """Visible where any of the rules allows it."""
    return lambda role: any(rule(role) for rule in rules)
