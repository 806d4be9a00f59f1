"""A unit's page; the page of a code that is no unit's number; and the choice where one writing means several units."""

import re
from itertools import groupby
from typing import cast

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.people.models import Unit
from catalog.people.queries import foreign_units, units_covered, units_named
from catalog.records.models import Mention
from catalog.records.queries import (
    Asker,
    may_see_staff_notes,
    records_of_units,
    visible_mentions,
    with_current_identifications,
)
from catalog.rules.units import parse_unit
from catalog.rules.units.naming import unit_in_words
from catalog.web.unit_codes import address_of, code_in_words, code_mentions, codes_within, is_code, meanings_of
from catalog.web.unit_tree import NATION, ByUnit, UnitLine, broader, name_of, one_step

PAGE_SIZE = 50
LEVEL = re.compile(r"[a-f]\d")
RECORDS_SHOWN = 30


@require_safe
def unit(request: HttpRequest, normal_form: str) -> HttpResponse:
    """The unit's names and everyone named in it or below it. Other ways of writing it lead to its address."""
    readings = parse_unit(normal_form).readings
    if not readings:
        return _word(request, normal_form)
    # b5 is written both for a platoon and for a front; as an address it is the platoon, B5 is the question.
    normal = normal_form if normal_form in readings and not is_code(normal_form) else "|".join(readings)
    address = address_of(normal)
    if address != normal_form:
        return _moved(request, address)
    if "|" in normal:
        return _choice(request, normal, readings)
    return _code(request, normal) if is_code(normal) else _one(request, normal)


def _moved(request: HttpRequest, address: str) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    target = reverse("unit", args=[address])
    return HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)


def _covered(normal: str) -> tuple[list[Unit], tuple[str, ...]]:
    """The unit, what is below it and its family, as rows; and the divisions of its family that were taken in."""
    if NATION.match(normal):
        return list(foreign_units(normal).prefetch_related("aliases")), ()
    keys: list[int] = []
    family: tuple[str, ...] = ()
    if not codes_within(normal):
        # Beside a code, "company 2" says nothing of the other companies 2.
        _normal, keys, family = units_covered(normal)
    return list(units_named([normal], keys).prefetch_related("aliases")), family


def _counts(units: list[Unit], asker: Asker) -> dict[int, int]:
    rows = visible_mentions(asker).filter(unit__in=units).order_by().values_list("unit").annotate(n=Count("pk"))
    return {key: count for key, count in rows if key}


def _described(unit: Unit) -> bool:
    """Whether somebody described the unit; rows made while mentions were saved only repeat a number."""
    return bool(
        unit.source_id
        or unit.note_vi
        or unit.note_en
        or unit.from_year
        or unit.to_year
        or unit.foreign
        or unit.name_vi != unit_in_words(unit.normal_form, "vi")[:200]
        or unit.aliases.all()
    )


def _also_read(normal: str) -> str:
    """The ambiguous writing of which the notation knows this unit to be one meaning (B5), or ''."""
    written = normal.rpartition(":")[2].upper()
    readings = parse_unit(written).readings
    return written if len(readings) > 1 and normal in readings else ""


def _one(request: HttpRequest, normal: str) -> HttpResponse:
    units, family = _covered(normal)
    counts = _counts(units, request.user)
    shown = [one for one in units if one.pk in counts or _described(one)]
    own = next((one for one in shown if one.normal_form == normal), None)
    words = name_of(normal)
    meanings = [alias for alias in meanings_of(normal, words) if own is None or alias.unit_id != own.pk]
    if not shown and not meanings and not _also_read(normal):
        raise Http404
    mentions = with_current_identifications(visible_mentions(request.user))
    found = ByUnit(mentions, counts, {one.pk: one for one in units})
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    here = cast(list[Mention], page.object_list)
    names = {one.pk: one for one in units}
    groups = [(names[key], list(some)) for key, some in groupby(here, key=lambda one: one.unit_id or 0)]
    below, beside = one_step(normal, shown, counts)
    records = records_of_units(shown, request.user)
    nation = NATION.match(normal)
    context = {
        "unit": own,
        "normal_form": normal,
        "name": name_of(normal, own),
        "words": words,
        "aliases": own.aliases.select_related("source") if own else [],
        "meanings": meanings,
        "also_read": _also_read(normal),
        "has_levels": LEVEL.match(normal) is not None,
        "nation": _nation(nation[1]) if nation else "",
        "foreign": bool(nation) or bool(own and own.foreign),
        "family": [_division(one) for one in family if any(one == row.f and row in shown for row in units)],
        "broader": broader(normal),
        "below": below,
        "beside": beside,
        "codes": [(code_in_words(one), address_of(one)) for one in codes_within(normal)],
        "total": len(found),
        "page": page,
        "groups": groups,
        "records": records[:RECORDS_SHOWN],
        "records_more": max(records.count() - RECORDS_SHOWN, 0),
        "for_staff": may_see_staff_notes(request.user),
    }
    return render(request, "catalog/units/unit.html", context)


def _choice(request: HttpRequest, normal: str, readings: tuple[str, ...]) -> HttpResponse:
    """One writing, several units: each is offered, none is chosen."""
    lines = []
    for one in readings:
        units, _family = _covered(one)
        counts = _counts(units, request.user)
        name = code_in_words(one) if is_code(one) else name_of(one)
        there = bool(counts) or is_code(one) or _also_read(one) or any(map(_described, units))
        lines.append(UnitLine(one, address_of(one) if there else "", name, sum(counts.values())))
    return render(
        request, "catalog/units/choice.html", {"normal_form": normal, "lines": lines, "name": _shortest(readings)}
    )


def _shortest(readings: tuple[str, ...]) -> str:
    """What was probably written: the part that all readings share, else all of them."""
    tails = {one.rpartition(":")[2].replace("?", "").upper() for one in readings}
    return tails.pop() if len(tails) == 1 else " / ".join(name_of(one) for one in readings)


def _word(request: HttpRequest, written: str) -> HttpResponse:
    """A name that the notation does not know, if some unit is known to have borne it: Bình Giã."""
    meanings = meanings_of("-", written)
    if not meanings:
        raise Http404
    if meanings[0].value != written:
        return _moved(request, meanings[0].value)
    return _code(request, "-", written)


def _code(request: HttpRequest, normal: str, written: str = "") -> HttpResponse:
    """What a code is known to have meant, by whose word and when; and the mentions that write it."""
    written = written or address_of(normal).removeprefix("letterbox:").removeprefix("doan:")
    spoken = written if normal == "-" else code_in_words(normal)
    plain = spoken.partition(" (")[0] if normal.startswith(("doan:", "alias:congtruong")) else written
    mentions = with_current_identifications(code_mentions(normal, plain, request.user)).order_by(
        "unit_text", "name", "pk"
    )
    context = {
        "name": spoken,
        "written": plain,
        "kind": normal.partition(":")[0],
        "meanings": meanings_of(normal, plain),
        "page": Paginator(mentions, PAGE_SIZE).get_page(request.GET.get("page")),
        "total": mentions.count(),
        "for_staff": may_see_staff_notes(request.user),
    }
    return render(request, "catalog/units/code.html", context)


def _division(piece: str) -> str:
    return piece[1:].upper()


def _nation(code: str) -> str:
    return {
        "us": _("United States"),
        "arvn": _("Republic of Vietnam"),
        "rok": _("South Korea"),
        "aus": _("Australia"),
        "thai": _("Thailand"),
        "fr": _("France"),
    }.get(code, code)
