"""The page of a unit, the page of a code (a cover name or letter box), and the choice between several readings."""

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
from catalog.web.unit_tree import NATION, MentionsByUnit, UnitLine, broader_units, unit_name, units_one_step_below

PAGE_SIZE = 50
LEVEL = re.compile(r"[a-f]\d")
RECORDS_SHOWN = 30


@require_safe
def unit(request: HttpRequest, normal_form: str) -> HttpResponse:
    """The unit's names and everyone named in it or below it. Other ways of writing it redirect to its address."""
    readings = parse_unit(normal_form).readings
    if not readings:
        return _cover_name_page(request, normal_form)
    # b5 means both a platoon and a front: the address b5 is the platoon, the address B5 asks which is meant.
    normal = normal_form if normal_form in readings and not is_code(normal_form) else "|".join(readings)
    address = address_of(normal)
    if address != normal_form:
        return _redirect_to(request, address)
    if "|" in normal:
        return _choice_page(request, normal, readings)
    return _code_page(request, normal) if is_code(normal) else _unit_page(request, normal)


def _redirect_to(request: HttpRequest, address: str) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    target = reverse("unit", args=[address])
    return HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)


def _unit_rows(normal: str) -> tuple[list[Unit], tuple[str, ...]]:
    """The rows of the unit, of units below it and of its family; and the divisions of its family that were included."""
    if NATION.match(normal):
        return list(foreign_units(normal).prefetch_related("aliases")), ()
    keys: list[int] = []
    family: tuple[str, ...] = ()
    if not codes_within(normal):
        # Of c2/KBM only the code says which unit it is: other companies 2 are not meant.
        _normal, keys, family = units_covered(normal)
    return list(units_named([normal], keys).prefetch_related("aliases")), family


def _mention_counts(units: list[Unit], asker: Asker) -> dict[int, int]:
    rows = visible_mentions(asker).filter(unit__in=units).order_by().values_list("unit").annotate(n=Count("pk"))
    return {key: count for key, count in rows if key}


def _is_described(unit: Unit) -> bool:
    """Whether a person described the unit. Rows created while mentions were saved only repeat a number."""
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


def _ambiguous_writing(normal: str) -> str:
    """The ambiguous writing (B5) of which this unit is one reading; '' if there is none."""
    written = normal.rpartition(":")[2].upper()
    readings = parse_unit(written).readings
    return written if len(readings) > 1 and normal in readings else ""


def _unit_page(request: HttpRequest, normal: str) -> HttpResponse:
    units, family = _unit_rows(normal)
    counts = _mention_counts(units, request.user)
    shown_units = [unit for unit in units if unit.pk in counts or _is_described(unit)]
    own_row = next((unit for unit in shown_units if unit.normal_form == normal), None)
    words = unit_name(normal)
    meanings = [alias for alias in meanings_of(normal, words) if own_row is None or alias.unit_id != own_row.pk]
    if not shown_units and not meanings and not _ambiguous_writing(normal):
        raise Http404
    mentions = with_current_identifications(visible_mentions(request.user))
    all_mentions = MentionsByUnit(mentions, counts, {unit.pk: unit for unit in units})
    page = Paginator(all_mentions, PAGE_SIZE).get_page(request.GET.get("page"))
    mentions_shown = cast(list[Mention], page.object_list)
    units_by_key = {unit.pk: unit for unit in units}
    groups = [
        (units_by_key[key], list(of_unit))
        for key, of_unit in groupby(mentions_shown, key=lambda mention: mention.unit_id or 0)
    ]
    below, same_number = units_one_step_below(normal, shown_units, counts)
    records = records_of_units(shown_units, request.user)
    nation = NATION.match(normal)
    context = {
        "unit": own_row,
        "normal_form": normal,
        "name": unit_name(normal, own_row),
        "words": words,
        "aliases": own_row.aliases.select_related("source") if own_row else [],
        "meanings": meanings,
        "also_read": _ambiguous_writing(normal),
        "has_levels": LEVEL.match(normal) is not None,
        "nation": _nation_name(nation[1]) if nation else "",
        "foreign": bool(nation) or bool(own_row and own_row.foreign),
        "family": [
            _division_name(piece) for piece in family if any(piece == unit.f and unit in shown_units for unit in units)
        ],
        "broader": broader_units(normal),
        "below": below,
        "same_number": same_number,
        "codes": [(code_in_words(code), address_of(code)) for code in codes_within(normal)],
        "total": len(all_mentions),
        "page": page,
        "groups": groups,
        "records": records[:RECORDS_SHOWN],
        "records_more": max(records.count() - RECORDS_SHOWN, 0),
        "for_staff": may_see_staff_notes(request.user),
    }
    return render(request, "catalog/units/unit.html", context)


def _choice_page(request: HttpRequest, normal: str, readings: tuple[str, ...]) -> HttpResponse:
    """One way of writing that means several units: each is offered, none is chosen."""
    lines = []
    for reading in readings:
        units, _family = _unit_rows(reading)
        counts = _mention_counts(units, request.user)
        name = code_in_words(reading) if is_code(reading) else unit_name(reading)
        has_page = bool(counts) or is_code(reading) or _ambiguous_writing(reading) or any(map(_is_described, units))
        lines.append(UnitLine(reading, address_of(reading) if has_page else "", name, sum(counts.values())))
    return render(
        request, "catalog/units/choice.html", {"normal_form": normal, "lines": lines, "name": _common_writing(readings)}
    )


def _common_writing(readings: tuple[str, ...]) -> str:
    """What was probably written: the part that all readings have in common, else the names of all of them."""
    tails = {reading.rpartition(":")[2].replace("?", "").upper() for reading in readings}
    return tails.pop() if len(tails) == 1 else " / ".join(unit_name(reading) for reading in readings)


def _cover_name_page(request: HttpRequest, written: str) -> HttpResponse:
    """The page of a cover name that is not written in the notation (Bình Giã), if it is known for a unit. Raises
    Http404."""
    meanings = meanings_of("-", written)
    if not meanings:
        raise Http404
    if meanings[0].value != written:
        return _redirect_to(request, meanings[0].value)
    return _code_page(request, "-", written)


def _code_page(request: HttpRequest, normal: str, written: str = "") -> HttpResponse:
    """What a code meant according to which source and when, and the mentions in which it is written."""
    written = written or address_of(normal).removeprefix("letterbox:").removeprefix("doan:")
    name = written if normal == "-" else code_in_words(normal)
    code = name.partition(" (")[0] if normal.startswith(("doan:", "alias:congtruong")) else written
    mentions = with_current_identifications(code_mentions(normal, code, request.user)).order_by(
        "unit_text", "name", "pk"
    )
    context = {
        "name": name,
        "written": code,
        "kind": normal.partition(":")[0],
        "meanings": meanings_of(normal, code),
        "page": Paginator(mentions, PAGE_SIZE).get_page(request.GET.get("page")),
        "total": mentions.count(),
        "for_staff": may_see_staff_notes(request.user),
    }
    return render(request, "catalog/units/code.html", context)


def _division_name(piece: str) -> str:
    return piece[1:].upper()


def _nation_name(code: str) -> str:
    return {
        "us": _("United States"),
        "arvn": _("Republic of Vietnam"),
        "rok": _("South Korea"),
        "aus": _("Australia"),
        "thai": _("Thailand"),
        "fr": _("France"),
    }.get(code, code)
