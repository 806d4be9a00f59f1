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
        boxes, position = [], 0
        for line, text in enumerate(words.split("\n")):
            for place, word in enumerate(text.split(" ")):
                start = words.index(word, position)
                boxes.append([start, start + len(word), 100 + 150 * place, 200 + 100 * line, 120, 40])
                position = start + len(word)
        set_page_text(page=page, text=words, boxes=boxes, origin="person")
    first = record.pages.get(number=1)
    first.sheet, first.side = 1, "r"
    first.save()
    make_mention(record, "Lê Văn Mẫu", page=first, box_x=250, box_y=300, box_w=420, box_h=40)
    return record


def read_json(client: Client, address: str, **headers: Any) -> Any:
    response = client.get(address, **headers)
    assert response.status_code == 200, (address, response.content[:300])
    assert response["Access-Control-Allow-Origin"] == "*"
    return response.json()


def every_id(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["id"]] if "id" in node and "type" in node else []
        return own + [name for value in node.values() for name in every_id(value)]
    return [name for item in node for name in every_id(item)] if isinstance(node, list) else []


def test_a_manifest_tells_what_the_record_is(client: Client, letter: Record) -> None:
    manifest = read_json(client, "/iiif/records/HC-9000/manifest")
    assert manifest["@context"] == "http://iiif.io/api/presentation/3/context.json" and manifest["type"] == "Manifest"
    assert manifest["id"] == f"{BASE}/iiif/records/HC-9000/manifest"
    assert manifest["label"] == {"vi": ["Thư của Lê Văn Mẫu"], "en": ["Letter of Lê Văn Mẫu"]}
    assert manifest["rights"] == "http://creativecommons.org/publicdomain/mark/1.0/"
    assert manifest["navDate"] == "1967-07-05T00:00:00Z"
    assert manifest["provider"][0]["type"] == "Agent" and manifest["thumbnail"][0]["type"] == "Image"
    assert [item["language"] for item in manifest["homepage"]] == [["vi"], ["en"]]
    assert manifest["homepage"][1]["id"] == f"{BASE}/en/records/HC-9000"
    assert manifest["partOf"] == [{"id": f"{BASE}/iiif/records/HC-ST/collection", "type": "Collection"}]
    assert (
        set(manifest["requiredStatement"]) == {"label", "value"}
        and "HC-9000" in manifest["requiredStatement"]["value"]["vi"][0]
    )
    values = {row["label"]["en"][0]: row["value"] for row in manifest["metadata"]}
    assert values["Date"] == {"none": ["5/7/1967"]} and values["Part of"]["en"] == ["Invented collection"]
    canvas = manifest["items"][0]
    scan = letter.pages.get(number=1).scans.get()
    painting = canvas["items"][0]["items"][0]
    assert (canvas["width"], canvas["height"]) == (scan.width, scan.height)
    assert painting["motivation"] == "painting" and painting["target"] == canvas["id"]
    assert painting["body"]["service"] == [
        {"id": f"{BASE}/iiif/image/{scan.public_id}", "type": "ImageService3", "profile": "level2"}
    ]
    assert manifest["structures"][0]["items"][0]["label"] == {"vi": ["tờ 1"], "en": ["sheet 1"]}
    assert manifest["structures"][0]["items"][0]["items"] == [{"id": canvas["id"], "type": "Canvas"}]
    ids = [
        name
        for name in every_id({key: value for key, value in manifest.items() if key != "structures"})
        if "/image/" not in name
    ]
    assert len(set(ids)) == len(ids)


def test_what_a_manifest_names_is_there(client: Client, letter: Record) -> None:
    manifest = read_json(client, "/iiif/records/HC-9000/manifest")
    for address in (
        manifest["thumbnail"][0]["id"],
        manifest["seeAlso"][0]["id"],
        manifest["partOf"][0]["id"],
        manifest["homepage"][0]["id"],
        *(annotation["id"] for canvas in manifest["items"] for annotation in canvas["annotations"]),
        manifest["service"][0]["id"],
        *(item["id"] for item in manifest["rendering"]),
        manifest["items"][0]["rendering"][0]["id"],
        manifest["items"][0]["seeAlso"][0]["id"],
        f"{manifest['items'][0]['items'][0]['items'][0]['body']['service'][0]['id']}/info.json",
    ):
        assert client.get(address.removeprefix(BASE)).status_code == 200, address


def test_all_words_of_a_record_as_text(client: Client, letter: Record) -> None:
    html = client.get("/records/HC-9000/text.txt").content.decode()
    assert html.startswith("[trang 1]\n\nThư nhà\n") and "\n[trang 2]\n\nMẫu gửi mẹ\n" in html
    letter.status = "draft"
    letter.save()
    assert client.get("/records/HC-9000/text.txt").status_code == 404


def test_words_and_names_are_annotations_at_their_place(client: Client, letter: Record) -> None:
    canvas = read_json(client, "/iiif/records/HC-9000/manifest")["items"][0]
    text, names = (read_json(client, annotation["id"].removeprefix(BASE)) for annotation in canvas["annotations"])
    assert [item["body"]["value"] for item in text["items"]] == ["Thư nhà", "Tên: Lê Văn Mẫu, thôn Đoài"]
    assert text["items"][1]["target"] == f"{canvas['id']}#xywh=100,300,870,40"
    assert text["items"][0]["motivation"] == "supplementing"
    assert [(item["body"]["value"], item["target"]) for item in names["items"]] == [
        ("Lê Văn Mẫu", f"{canvas['id']}#xywh=250,300,420,40")
    ]


def test_searching_finds_folded_words_with_their_boxes(client: Client, letter: Record) -> None:
    data = read_json(client, "/iiif/records/HC-9000/search?q=mau&user=x")
    assert data["@context"] == "http://iiif.io/api/search/2/context.json" and data["type"] == "AnnotationPage"
    assert data["ignored"] == ["user"]
    pages = [page.pk for page in letter.pages.order_by("number")]
    assert [item["target"] for item in data["items"]] == [
        f"{BASE}/iiif/canvas/{pages[0]}#xywh=550,300,120,40",
        f"{BASE}/iiif/canvas/{pages[1]}#xywh=100,200,120,40",
    ]
    quote = data["annotations"][0]["items"][0]["target"]
    assert quote["source"] == data["items"][0]["id"]
    assert quote["selector"][0]["exact"] == "Mẫu" and quote["selector"][0]["prefix"].endswith("Lê Văn ")
    both = read_json(client, "/iiif/records/HC-9000/search", QUERY_STRING="q=le+mau")
    assert {item["target"].split("#")[0] for item in both["items"]} == {f"{BASE}/iiif/canvas/{pages[0]}"}
    assert read_json(client, "/iiif/records/HC-9000/search?q=")["items"] == []


def test_searching_in_the_older_words(client: Client, letter: Record) -> None:
    data = read_json(client, "/iiif/records/HC-9000/search/1?q=mau")
    assert data["@type"] == "sc:AnnotationList" and data["within"]["total"] == 2
    assert {name for hit in data["hits"] for name in hit["annotations"]} == {
        resource["@id"] for resource in data["resources"]
    }
    assert data["hits"][0]["match"] == "Mẫu" and "#xywh=550,300,120,40" in data["resources"][0]["on"]


def test_completing(client: Client, letter: Record) -> None:
    data = read_json(client, "/iiif/records/HC-9000/autocomplete?q=m")
    assert data["type"] == "TermPage" and [(item["value"], item["total"]) for item in data["items"]] == [
        ("mẫu", 2),
        ("mẹ", 1),
    ]
    older = read_json(client, "/iiif/records/HC-9000/autocomplete/1?q=m%E1%BA%AB")
    assert [term["match"] for term in older["terms"]] == ["mẫu"]
    assert read_json(client, older["terms"][0]["url"].removeprefix(BASE))["within"]["total"] == 2


def test_collections_from_the_top_to_the_page(client: Client, letter: Record) -> None:
    top = read_json(client, "/iiif/collection")
    repository = read_json(client, top["items"][0]["id"].removeprefix(BASE))
    (above,) = [item for item in repository["items"] if item["label"]["vi"] == ["Sưu tập hư cấu"]]
    assert above["type"] == "Collection"
    (file,) = read_json(client, above["id"].removeprefix(BASE))["items"]
    assert file["type"] == "Manifest" and file["thumbnail"][0]["service"][0]["type"] == "ImageService3"
    assert read_json(client, file["id"].removeprefix(BASE))["label"]["en"] == ["Letter of Lê Văn Mẫu"]


def test_an_exhibition_is_a_collection_of_what_hangs_in_it(
    client: Client, letter: Record, make_record: Callable[..., Record]
) -> None:
    hall = new_exhibition("hu-cau", title_vi="Trưng bày hư cấu", title_en="Invented")
    panel = Panel.objects.create(part=Part.objects.create(exhibition=hall, number=1, title_vi="Phần một"), number=1)
    closed = make_record(status="draft", title_vi="Chưa công bố")
    for position, record in enumerate((letter, closed)):
        Placement.objects.create(panel=panel, position=position, record=record, caption_vi="Thư")
    data = read_json(client, "/iiif/exhibitions/hu-cau/collection")
    assert [[item["label"]["vi"] for item in part["items"]] for part in data["items"]] == [[["Thư của Lê Văn Mẫu"]]]
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
        expected = 200 if state in SEEN[role] else 404
        for address in (
            f"/iiif/records/{code}/manifest",
            f"/iiif/records/{code}/collection",
            f"/iiif/records/{code}/search?q=vi",
            f"/iiif/records/{code}/search/1?q=vi",
            f"/iiif/records/{code}/autocomplete?q=v",
            f"/iiif/canvas/{page.pk}/text",
            f"/iiif/canvas/{page.pk}/names",
        ):
            response = client.get(address)
            assert response.status_code == expected, (role, state, address)
            if expected == 404:
                assert (response.content, response["Access-Control-Allow-Origin"]) == (unknown.content, "*")
        assert (record.title_vi in everything) == (state in SEEN[role])


def test_how_it_is_asked_and_answered(client: Client, letter: Record) -> None:
    address = "/iiif/records/HC-9000/manifest"
    plain, linked = client.get(address), client.get(address, HTTP_ACCEPT="application/ld+json")
    assert plain["Content-Type"] == "application/json"
    assert linked["Content-Type"] == 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
    assert client.get(address, HTTP_IF_NONE_MATCH=plain["ETag"]).status_code == 304
    response = client.options(address, HTTP_ORIGIN="https://viewer.example", HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET")
    assert response.status_code == 204 and response["Access-Control-Allow-Origin"] == "*"
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
        with CaptureQueriesContext(connection) as queries:
            assert len(read_json(client, f"/iiif/records/{code}/manifest")["items"]) == pages
        counted.append(len(queries))
    assert counted[0] == counted[1]
