"""Manifests, collections and search for viewers elsewhere: true to what is here, and silent about what is closed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.accounts.models import User
from catalog.exhibitions.models import Panel, Part, Placement
from catalog.records.models import Mention, Page, Record
from catalog.texts.actions import set_page_text
from tests.factories import new_exhibition
from tests.records.test_visibility import SEEN, STATES, client_of, holdings

__all__ = ["holdings"]
pytestmark = pytest.mark.django_db
BASE = "http://testserver"


@pytest.fixture
def letter(
    make_record: Callable[..., Record], make_page: Callable[..., Page], make_mention: Callable[..., Mention]
) -> Record:
    """A file of two pages with words, boxes and a name, standing in a collection."""
    above = make_record(
        level="collection", code="ST", identifier="HC-ST", title_vi="Sưu tập hư cấu", title_en="Invented collection"
    )
    record = make_record(
        parent=above,
        code="HS",
        identifier="HC-9000",
        title_vi="Thư của Lê Văn Mẫu",
        title_en="Letter of Lê Văn Mẫu",
        rights_uri="https://creativecommons.org/publicdomain/mark/1.0/",
        date_text="5/7/1967",
        date_edtf="1967-07-05",
    )
    for number, words in enumerate(("Thư nhà\nTên: Lê Văn Mẫu, thôn Đoài", "Mẫu gửi mẹ\nngày về"), start=1):
        page = make_page(record, number)
        boxes, at = [], 0
        for line, text in enumerate(words.split("\n")):
            for place, word in enumerate(text.split(" ")):
                start = words.index(word, at)
                boxes.append([start, start + len(word), 100 + 150 * place, 200 + 100 * line, 120, 40])
                at = start + len(word)
        set_page_text(page=page, text=words, boxes=boxes, origin="person")
    first = record.pages.get(number=1)
    first.sheet, first.side = 1, "r"
    first.save()
    make_mention(record, "Lê Văn Mẫu", page=first, box_x=250, box_y=300, box_w=420, box_h=40)
    return record


def told(client: Client, address: str, **headers: Any) -> Any:
    answer = client.get(address, **headers)
    assert answer.status_code == 200, (address, answer.content[:300])
    assert answer["Access-Control-Allow-Origin"] == "*"
    return answer.json()


def every_id(thing: Any) -> list[str]:
    if isinstance(thing, dict):
        own = [thing["id"]] if "id" in thing and "type" in thing else []
        return own + [name for value in thing.values() for name in every_id(value)]
    return [name for one in thing for name in every_id(one)] if isinstance(thing, list) else []


def test_a_manifest_tells_what_the_record_is(client: Client, letter: Record) -> None:
    made = told(client, "/iiif/records/HC-9000/manifest")
    assert made["@context"] == "http://iiif.io/api/presentation/3/context.json" and made["type"] == "Manifest"
    assert made["id"] == f"{BASE}/iiif/records/HC-9000/manifest"
    assert made["label"] == {"vi": ["Thư của Lê Văn Mẫu"], "en": ["Letter of Lê Văn Mẫu"]}
    assert made["rights"] == "http://creativecommons.org/publicdomain/mark/1.0/"
    assert made["navDate"] == "1967-07-05T00:00:00Z"
    assert made["provider"][0]["type"] == "Agent" and made["thumbnail"][0]["type"] == "Image"
    assert [one["language"] for one in made["homepage"]] == [["vi"], ["en"]]
    assert made["homepage"][1]["id"] == f"{BASE}/en/records/HC-9000"
    assert made["partOf"] == [{"id": f"{BASE}/iiif/records/HC-ST/collection", "type": "Collection"}]
    assert (
        set(made["requiredStatement"]) == {"label", "value"}
        and "HC-9000" in made["requiredStatement"]["value"]["vi"][0]
    )
    values = {row["label"]["en"][0]: row["value"] for row in made["metadata"]}
    assert values["Date"] == {"none": ["5/7/1967"]} and values["Part of"]["en"] == ["Invented collection"]
    canvas = made["items"][0]
    scan = letter.pages.get(number=1).scans.get()
    painting = canvas["items"][0]["items"][0]
    assert (canvas["width"], canvas["height"]) == (scan.width, scan.height)
    assert painting["motivation"] == "painting" and painting["target"] == canvas["id"]
    assert painting["body"]["service"] == [
        {"id": f"{BASE}/iiif/image/{scan.public_id}", "type": "ImageService3", "profile": "level2"}
    ]
    assert made["structures"][0]["items"][0]["label"] == {"vi": ["tờ 1"], "en": ["sheet 1"]}
    assert made["structures"][0]["items"][0]["items"] == [{"id": canvas["id"], "type": "Canvas"}]
    ids = [
        name
        for name in every_id({key: value for key, value in made.items() if key != "structures"})
        if "/image/" not in name
    ]
    assert len(set(ids)) == len(ids)


def test_what_a_manifest_names_is_there(client: Client, letter: Record) -> None:
    made = told(client, "/iiif/records/HC-9000/manifest")
    for address in (
        made["thumbnail"][0]["id"],
        made["seeAlso"][0]["id"],
        made["partOf"][0]["id"],
        made["homepage"][0]["id"],
        *(one["id"] for canvas in made["items"] for one in canvas["annotations"]),
        made["service"][0]["id"],
        *(one["id"] for one in made["rendering"]),
        made["items"][0]["rendering"][0]["id"],
        made["items"][0]["seeAlso"][0]["id"],
        f"{made['items'][0]['items'][0]['items'][0]['body']['service'][0]['id']}/info.json",
    ):
        assert client.get(address.removeprefix(BASE)).status_code == 200, address


def test_all_words_of_a_record_as_text(client: Client, letter: Record) -> None:
    said = client.get("/records/HC-9000/text.txt").content.decode()
    assert said.startswith("[trang 1]\n\nThư nhà\n") and "\n[trang 2]\n\nMẫu gửi mẹ\n" in said
    letter.status = "draft"
    letter.save()
    assert client.get("/records/HC-9000/text.txt").status_code == 404


def test_words_and_names_are_annotations_where_they_stand(client: Client, letter: Record) -> None:
    canvas = told(client, "/iiif/records/HC-9000/manifest")["items"][0]
    text, names = (told(client, one["id"].removeprefix(BASE)) for one in canvas["annotations"])
    assert [one["body"]["value"] for one in text["items"]] == ["Thư nhà", "Tên: Lê Văn Mẫu, thôn Đoài"]
    assert text["items"][1]["target"] == f"{canvas['id']}#xywh=100,300,870,40"
    assert text["items"][0]["motivation"] == "supplementing"
    assert [(one["body"]["value"], one["target"]) for one in names["items"]] == [
        ("Lê Văn Mẫu", f"{canvas['id']}#xywh=250,300,420,40")
    ]


def test_searching_finds_folded_words_with_their_boxes(client: Client, letter: Record) -> None:
    made = told(client, "/iiif/records/HC-9000/search?q=mau&user=x")
    assert made["@context"] == "http://iiif.io/api/search/2/context.json" and made["type"] == "AnnotationPage"
    assert made["ignored"] == ["user"]
    pages = [page.pk for page in letter.pages.order_by("number")]
    assert [one["target"] for one in made["items"]] == [
        f"{BASE}/iiif/canvas/{pages[0]}#xywh=550,300,120,40",
        f"{BASE}/iiif/canvas/{pages[1]}#xywh=100,200,120,40",
    ]
    quote = made["annotations"][0]["items"][0]["target"]
    assert quote["source"] == made["items"][0]["id"]
    assert quote["selector"][0]["exact"] == "Mẫu" and quote["selector"][0]["prefix"].endswith("Lê Văn ")
    both = told(client, "/iiif/records/HC-9000/search", QUERY_STRING="q=le+mau")
    assert {one["target"].split("#")[0] for one in both["items"]} == {f"{BASE}/iiif/canvas/{pages[0]}"}
    assert told(client, "/iiif/records/HC-9000/search?q=")["items"] == []


def test_searching_in_the_older_words(client: Client, letter: Record) -> None:
    made = told(client, "/iiif/records/HC-9000/search/1?q=mau")
    assert made["@type"] == "sc:AnnotationList" and made["within"]["total"] == 2
    assert {name for hit in made["hits"] for name in hit["annotations"]} == {one["@id"] for one in made["resources"]}
    assert made["hits"][0]["match"] == "Mẫu" and "#xywh=550,300,120,40" in made["resources"][0]["on"]


def test_completing(client: Client, letter: Record) -> None:
    made = told(client, "/iiif/records/HC-9000/autocomplete?q=m")
    assert made["type"] == "TermPage" and [(one["value"], one["total"]) for one in made["items"]] == [
        ("mẫu", 2),
        ("mẹ", 1),
    ]
    older = told(client, "/iiif/records/HC-9000/autocomplete/1?q=m%E1%BA%AB")
    assert [one["match"] for one in older["terms"]] == ["mẫu"]
    assert told(client, older["terms"][0]["url"].removeprefix(BASE))["within"]["total"] == 2


def test_collections_from_the_top_to_the_page(client: Client, letter: Record) -> None:
    top = told(client, "/iiif/collection")
    repository = told(client, top["items"][0]["id"].removeprefix(BASE))
    (above,) = [one for one in repository["items"] if one["label"]["vi"] == ["Sưu tập hư cấu"]]
    assert above["type"] == "Collection"
    (file,) = told(client, above["id"].removeprefix(BASE))["items"]
    assert file["type"] == "Manifest" and file["thumbnail"][0]["service"][0]["type"] == "ImageService3"
    assert told(client, file["id"].removeprefix(BASE))["label"]["en"] == ["Letter of Lê Văn Mẫu"]


def test_an_exhibition_is_a_collection_of_what_hangs_in_it(
    client: Client, letter: Record, make_record: Callable[..., Record]
) -> None:
    hall = new_exhibition("hu-cau", title_vi="Trưng bày hư cấu", title_en="Invented")
    panel = Panel.objects.create(part=Part.objects.create(exhibition=hall, number=1, title_vi="Phần một"), number=1)
    closed = make_record(status="draft", title_vi="Chưa công bố")
    for position, record in enumerate((letter, closed)):
        Placement.objects.create(panel=panel, position=position, record=record, caption_vi="Thư")
    made = told(client, "/iiif/exhibitions/hu-cau/collection")
    assert [[one["label"]["vi"] for one in part["items"]] for part in made["items"]] == [[["Thư của Lê Văn Mẫu"]]]
    hall.status = "draft"
    hall.save()
    assert client.get("/iiif/exhibitions/hu-cau/collection").status_code == 404
    assert "Trưng bày" not in client.get("/iiif/collection").content.decode()


@pytest.mark.parametrize("role", SEEN)
def test_closed_is_closed(role: str, cast: dict[str, User], holdings: dict[str, tuple[Record, Page, Mention]]) -> None:
    client = client_of(role, cast)
    unknown = client.get("/iiif/records/HC-0000/manifest")
    everything = client.get("/iiif/repositories/hu-cau/collection").content.decode()
    for state in STATES:
        record, page, _mention = holdings[state]
        code = record.identifiers.get().matched
        wanted = 200 if state in SEEN[role] else 404
        for address in (
            f"/iiif/records/{code}/manifest",
            f"/iiif/records/{code}/collection",
            f"/iiif/records/{code}/search?q=vi",
            f"/iiif/records/{code}/search/1?q=vi",
            f"/iiif/records/{code}/autocomplete?q=v",
            f"/iiif/canvas/{page.pk}/text",
            f"/iiif/canvas/{page.pk}/names",
        ):
            answer = client.get(address)
            assert answer.status_code == wanted, (role, state, address)
            if wanted == 404:
                assert (answer.content, answer["Access-Control-Allow-Origin"]) == (unknown.content, "*")
        assert (record.title_vi in everything) == (state in SEEN[role])


def test_how_it_is_asked_and_answered(client: Client, letter: Record) -> None:
    address = "/iiif/records/HC-9000/manifest"
    plain, linked = client.get(address), client.get(address, HTTP_ACCEPT="application/ld+json")
    assert plain["Content-Type"] == "application/json"
    assert linked["Content-Type"] == 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
    assert client.get(address, HTTP_IF_NONE_MATCH=plain["ETag"]).status_code == 304
    asked = client.options(address, HTTP_ORIGIN="https://viewer.example", HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET")
    assert asked.status_code == 204 and asked["Access-Control-Allow-Origin"] == "*"
    assert client.post(address).status_code == 405
    for words in ("a" * 70_000, "\0", "((((", '"', "*", "%FF"):
        assert client.get("/iiif/records/HC-9000/search", {"q": words}).status_code == 200


def test_pages_of_a_large_record_cost_no_more_questions(
    client: Client, make_record: Callable[..., Record], make_page: Callable[..., Page]
) -> None:
    counted = []
    for code, pages in (("HC-9001", 2), ("HC-9002", 12)):
        record = make_record(identifier=code)
        for number in range(1, pages + 1):
            make_page(record, number, (300, 400))
        with CaptureQueriesContext(connection) as asked:
            assert len(told(client, f"/iiif/records/{code}/manifest")["items"]) == pages
        counted.append(len(asked))
    assert counted[0] == counted[1]
