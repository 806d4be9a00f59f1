"""Every door of the site, taken from its own addresses, and what a door answers."""

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from catalog.records.models import Record
from tests.doors.planted import Planted

# Signing out, ending sessions and the like: they change who asks, and show nothing.
PASSED_BY = {"sign-out", "logout", "admin/logout/"}


@dataclass(frozen=True)
class Door:
    """A pattern of the site. route: as the resolver has it. names: of its arguments."""

    route: str
    name: str
    names: tuple[str, ...]


def doors() -> list[Door]:
    """Every pattern that the resolver knows, in its own order."""
    results = []
    for route, pattern in _walk(get_resolver()):
        names = tuple(re.findall(r"<(?:\w+:)?(\w+)>", route)) or tuple(
            f"argument {number}" for number in range(route.count("([^/]+)"))
        )
        if (pattern.name or route) not in PASSED_BY:
            results.append(Door(route, pattern.name or "", names))
    return results


def _walk(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for url_pattern in resolver.url_patterns:
        route = before + str(url_pattern.pattern)
        if isinstance(url_pattern, URLResolver):
            yield from _walk(url_pattern, route)
        else:
            yield route, url_pattern


# What each argument is filled with: by the door's name, else by the name of the argument.
OF_DOOR: dict[str, str] = {
    "iiif-text": "page",
    "iiif-names": "page",
    "person": "person",
    "person-slip": "person",
    "place": "place",
    "desk-person": "person",
    "desk-person-merge": "person",
    "desk-merge-undo": "merge",
    "desk-standing": "record",
    "desk-files": "record",
    "desk-pages": "record",
    "desk-pages-undo": "record",
    "desk-page-scans": "page",
    "desk-batch": "batch",
    "desk-batch-csv": "batch",
    "desk-refused-settle": "refused",
    "desk-page-image": "page",
    "desk-page-image-preview": "page",
    "desk-text": "page",
    "desk-text-draft": "page",
    "desk-text-versions": "page",
    "desk-page-proposals": "page",
    "desk-proposal": "proposal",
    "me-session-end": "session",
    "reset-second-factor": "user",
    "iiif-repository": "repository slug",
    "iiif-exhibition": "slug",
    "exhibition": "slug",
    "unit": "unit",
    "desk-upload": "upload",
    "desk-upload-drop": "upload",
    "list": "list",
    "list-result": "list",
    "list-delete": "list",
}
OF_ARGUMENT: dict[str, str] = {"code": "code", "public_id": "image", "image_path": "image request"}
# Arguments that say how, not what; each with what is asked for.
FIXED: dict[str, list[str]] = {
    "number": ["1", "2", "4"],
    "address": ["1", "2", "4"],
    "form": ["txt"],
    "kind": ["csv"],
    "region": ["full"],
    "size": ["200,"],
    "uid": ["MQ"],
    "token": ["set-password"],
    "app_label": ["catalog"],
    "url": ["nowhere"],
}
FORMS = {"page-text": {"form": ["txt", "alto", "hocr", "xml", "json"]}}
ADMIN = re.compile(r"admin/(\w+)/(\w+)/(?:\^\(\[\^/\]\+\)|<path:object_id>|<id>)(.*)")


@dataclass(frozen=True)
class DoorRequest:
    """An address. state: what it belongs to ('' for what everybody sees, or for none). kind: of its key, where one
    thing has several. unknown: the same door with a key that never was ('' where it has none)."""

    address: str
    state: str = ""
    door: str = ""
    kind: str = ""
    unknown: str = ""


# What else a door is asked.
MORE: dict[str, list[str]] = {"desk-text": ["?into=en"], "desk-text-versions": ["?into=en"], "record": ["?page=4"]}


class NoFiller(AssertionError):
    """A door has an argument for which no value is known."""


# Keys that never were.
UNKNOWN: dict[str, str] = {
    "code": "KX-NOWHERE-1",
    "image": "0123456789abcdefp987654",
    "slug": "trung-bay-zukovefiraso",
    "repository slug": "kho-zukovefiraso",
    "upload": "00000000-0000-4000-8000-000000000000",
    "list": "00000000-0000-4000-8000-000000000000",
}


def addresses(door: Door, planted: Planted, *, strict: bool = True) -> list[DoorRequest]:
    """The door with every planted key. Raises NoFiller for a door that cannot be filled, if `strict`."""
    if not door.names:
        return [DoorRequest(f"/{_plain(door.route)}", door=door.route)]
    match = ADMIN.match(door.route)
    if match:
        return _of_admin(door, planted, match[1], match[2], match[3])
    if door.route.startswith("admin/r/"):
        start = f"/admin/r/{ContentType.objects.get_for_model(Record).pk}"
        return [
            DoorRequest(f"{start}/{key}/", state, door.route, unknown=f"{start}/987654/")
            for key, state in planted.rows["record"].items()
        ]
    if door.route.startswith("admin/") and "(?P<" in door.route:
        return [DoorRequest(f"/admin/{item}/", door=door.route) for item in ("catalog", "auth", "nowhere")]
    requests = [DoorRequest(f"/{door.route}", door=door.route, unknown=f"/{door.route}")]
    try:
        for argument in door.names:
            requests = [
                DoorRequest(
                    _filled(row.address, argument, value),
                    row.state or state,
                    door.route,
                    row.kind or kind,
                    _filled(row.unknown, argument, unknown),
                )
                for row in requests
                for value, state, kind, unknown in _values(door, argument, planted)
            ]
    except NoFiller:
        if strict:
            raise
        return []
    sent_requests = [
        replace(row, address=row.address + more, unknown=row.unknown + more, kind=more)
        for row in requests
        for more in MORE.get(door.name, ())
    ]
    return requests + sent_requests


def _filled(address: str, argument: str, value: Any) -> str:
    return re.sub(rf"<(?:\w+:)?{argument}>", lambda _found: quote(str(value), safe="/"), address, count=1)


def _plain(route: str) -> str:
    return route.replace("^", "").replace("$", "")


def _values(door: Door, argument: str, planted: Planted) -> list[tuple[Any, str, str, Any]]:
    """Values of an argument: each with the state it belongs to, its kind, and a value that never was."""
    if argument in FORMS.get(door.name, {}):
        return [(value, "", str(value), value) for value in FORMS[door.name][argument]]
    kind = OF_DOOR.get(door.name) if argument in ("pk", "token", "slug", "normal_form") else None
    kind = kind or OF_ARGUMENT.get(argument)
    if kind == "image request":
        rest = "/full/200,/0/default.jpg"
        return [
            (f"{key}{rest}", state, "", UNKNOWN["image"] + rest) for key, state in planted.rows.get("image", {}).items()
        ]
    if kind is not None:
        if not planted.rows.get(kind):
            raise NoFiller(f"{door.route}: no {kind} was planted")
        return [
            (value, state, "R" if re.fullmatch(r"R\d+", str(value)) else "", _never(kind, value))
            for value, state in planted.rows[kind].items()
        ]
    if argument in FIXED:
        return [(value, "", str(value), value) for value in FIXED[argument]]
    raise NoFiller(f"{door.route}: say in tests/doors/doors.py what fills “{argument}”")


def _never(kind: str, value: Any) -> Any:
    return "R987654" if re.fullmatch(r"R\d+", str(value)) else UNKNOWN.get(kind, 987654)


def _of_admin(door: Door, planted: Planted, label: str, model_name: str, rest: str) -> list[DoorRequest]:
    model = apps.get_model("auth" if label == "auth" else "catalog", model_name)
    states = planted.rows.get(model_name, {})
    requests = []
    for key in model._default_manager.order_by("pk").values_list("pk", flat=True):
        start, never = f"/admin/{label}/{model_name}/{key}", f"/admin/{label}/{model_name}/987654"
        state = states.get(key, "")
        if rest.startswith("/history/("):
            history = getattr(model, "history", None)
            versions = history.filter(**{model._meta.pk.name: key}) if history is not None else []
            requests += [
                DoorRequest(
                    f"{start}/history/{version.pk}/", state, door.route, unknown=f"{never}/history/{version.pk}/"
                )
                for version in versions
            ]
        else:
            requests.append(DoorRequest(start + _plain(rest), state, door.route, unknown=never + _plain(rest)))
    return requests


def autocompletes() -> list[str]:
    """Every field of the admin that answers while one types."""
    results = []
    for model, screen in admin.site._registry.items():
        inlines = [(inline.model, inline.autocomplete_fields) for inline in screen.inlines]
        for of, names in [(model, screen.autocomplete_fields), *inlines]:
            results += [
                f"/admin/autocomplete/?app_label={of._meta.app_label}&model_name={of._meta.model_name}&field_name={name}&term="
                for name in names
            ]
    return sorted(set(results))


def asking_doors(planted: Planted) -> list[str]:
    """Doors that answer a question; the word goes behind them."""
    results = [
        "/search?q=",
        "/search?tab=pages&q=",
        "/search?tab=people&q=",
        "/search.csv?q=",
        "/search.atom?q=",
        "/find?q=",
        "/find?name=",
        "/find?home=",
        "/find?unit=",
        "/find?kin=",
        "/suggest?q=",
        "/slip?name=",
        "/api/v1/search?q=",
        "/api/v1/people/search?name=",
        "/api/v1/people/search?name=L%C3%AA%20",
        "/records/?lender=",
        "/search?lender=",
        "/search?repository=",
        "/search?q=lender:",
        "/search?q=repository:",
        "/api/v1/records?repository=",
        "/units/",
    ]
    results += [
        f"/iiif/records/{code}/{what}?q="
        for code in list(planted.rows["code"])[:6]
        for what in ("search", "search/1", "autocomplete")
    ]
    results += [
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/?q="
        for model, screen in admin.site._registry.items()
        if screen.search_fields
    ]
    return results + autocompletes()


def lookups() -> list[str]:
    """Lists of the admin narrowed by a field that holds what only some may read."""
    return [
        f"/admin/catalog/{model}/?{name}__icontains="
        for model, name in (
            ("record", "archivist_note"),
            ("record", "access_reason"),
            ("mention", "kin"),
            ("mention", "lines_text"),
            ("custodyevent", "staff_note"),
            ("person", "note"),
        )
    ]


def body_of(response: Any) -> str:
    """What an answer says: status line, headers and body, decompressed, in small letters, marks taken away."""
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    if response.headers.get("Content-Encoding") == "gzip":
        raw = gzip.decompress(raw)
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as file:
            raw = b"\n".join(file.read(name) for name in file.namelist())
    heads = "\n".join(f"{name}: {value}" for name, value in response.items())
    text = raw.decode("utf-8", "replace") if raw[:3] != b"\xff\xd8\xff" else ""
    return re.sub(r"</?(?:mark|b|em)>", "", unquote(f"{heads}\n\n{text}")).lower()


def without_own(text: str, address: str) -> str:
    """The answer without the address that was asked for, which pages repeat."""
    path = unquote(address).lower()
    # In the other language too: each page leads to itself there.
    other = path.removeprefix("/en")
    for item in (path, path.partition("?")[0], other, other.partition("?")[0]):
        text = text.replace(item, "")
    return text


TURNS = re.compile(
    r'x-request-id: \S+|csrfmiddlewaretoken" value="[^"]*"|csrftoken\S*|nonce="[^"]*"|'
    r"\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?|etag: \S+"
    r"|<path[^>]*>|content-length: \d+|\b\d{4}-\d\d-\d\dt[\d:.+z-]+|expires[:=][^\n;]*|last-modified: [^\n]*|"
    r"date: [^\n]*|sessionid\S*|set-cookie[^\n]*"
)


def settled(text: str) -> str:
    """The answer without what is another each time: numbers of requests, tokens, the time of day."""
    return TURNS.sub("", text)
