"""What tantivy stores of a document, and how (extra `tantivy`).

It gets our own tokens joined by spaces and only splits at spaces, so that words are those of `rules.text`. Words of the
title are in `folded` too, and pairs of very common words are terms of their own (rules.shortcuts).
"""

import tantivy

from catalog.engines.interface import Document
from catalog.engines.profiles import COLUMN, profile_of
from catalog.engines.tokens import GAP, UNDATED, facet_terms, fielded
from catalog.rules.shortcuts import pairs_of
from catalog.rules.text import exact_and_folded

Fields = list[tuple[str, str | int | float]]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("key", "kind", "audience", "number", "facet", "group", "above", "revision", COLUMN):
        stored, fast = name in ("key", "revision"), name in ("number", "group", COLUMN)
        builder.add_text_field(name, stored=stored, fast=fast, tokenizer_name="raw", index_option="basic")
    for name in ("title", "folded", "exact", "fielded"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("pairs", tokenizer_name="whitespace", index_option="basic")
    for name in ("date_from", "date_to", "by_date"):
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_float_field("newest", fast=True)
    return builder.build()


SCHEMA = _schema()


def fields_of(document: Document) -> Fields:
    """The values of a document for the fields of SCHEMA."""
    title_exact, title_folded = exact_and_folded(document.title)
    body_exact, body_folded = exact_and_folded(document.body)
    fields: Fields = [
        ("key", document.key),
        ("revision", document.revision),
        ("kind", document.kind),
        ("audience", document.audience),
        ("number", document.number),
        ("group", document.group),
        ("title", " ".join(title_folded)),
        ("folded", " ".join([*title_folded, GAP, *body_folded])),
        ("exact", " ".join([*title_exact, GAP, *body_exact])),
        ("pairs", " ".join(pairs_of(title_exact, title_folded, body_exact, body_folded))),
        ("fielded", " ".join(fielded(document))),
        ("by_date", UNDATED if document.date_from is None else document.date_from),
        ("newest", document.newest),
        (COLUMN, profile_of(document)),
        *(("above", key) for key in document.above),
        *(("facet", term) for name, values in document.facets.items() for term in facet_terms(name, values)),
    ]
    if document.date_from is not None:
        fields.append(("date_from", document.date_from))
    if document.date_to is not None:
        fields.append(("date_to", document.date_to))
    return fields


def tantivy_document(fields: Fields) -> tantivy.Document:
    """The values as a document of tantivy's, to be added to an index."""
    document = tantivy.Document()
    for name, value in fields:
        if isinstance(value, str):
            document.add_text(name, value)
        elif isinstance(value, int):
            document.add_integer(name, value)
        else:
            document.add_float(name, value)
    return document
