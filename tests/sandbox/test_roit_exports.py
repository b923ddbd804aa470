"""Exports of the simulated ROIT: their life, their parts, and the fiscal files inside of them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from lxml import etree
from sandbox_roit_client import Roit, roit

EXPORTS = "/assembler-documents-manager/api/v1/export/requests"
WIDE = {"gte": "2020-01-01T03:00:00.000Z"}
NFE = "{http://www.portalfiscal.inf.br/nfe}"


def body(types: tuple[str, ...] = (".xml",), **filters: Any) -> dict[str, Any]:
    every = {"type": {"in": list(types)}, "createAt": WIDE, "issueDate": WIDE, "entryDate": WIDE}
    return {"preference": "original", "filters": {**every, **filters}}


def finished(client: Roit, request: dict[str, Any]) -> dict[str, Any]:
    """Create an export and ask until it is neither pending nor processing."""
    export = client.data("POST", EXPORTS, request)
    while export["status"] in ("pending", "processing"):
        export = client.data("GET", f"{EXPORTS}/{export['id']}")
    return export


def items(client: Roit, export: dict[str, Any]) -> list[dict[str, Any]]:
    found = client.data("GET", f"{EXPORTS}/{export['id']}/items")
    return found.get("data", [found]) if isinstance(found, dict) else found


def files(client: Roit, export: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Path and content of every file of every part."""
    result = []
    for item in items(client, export):
        content = httpx.get(item["url"]).content
        assert len(content) == item["size"]
        assert hashlib.sha256(content).hexdigest() == item.get("sha256", hashlib.sha256(content).hexdigest())
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            result += [(name, archive.read(name)) for name in archive.namelist()]
    return result


@pytest.fixture(scope="module")
def world() -> Iterator[Roit]:
    with roit(scale=900, files_per_part=100) as client:
        yield client


@pytest.fixture(scope="module")
def export(world: Roit) -> dict[str, Any]:
    return finished(world, body((".xml", ".pdf", ".jpg")))


@pytest.fixture(scope="module")
def exported(world: Roit, export: dict[str, Any]) -> list[tuple[str, bytes]]:
    return files(world, export)


@pytest.fixture(scope="module")
def notes(exported: list[tuple[str, bytes]]) -> dict[str, Any]:
    """The NF-e by access key."""
    return {
        path.rpartition("/")[2][:44]: etree.fromstring(content)
        for path, content in exported
        if path.endswith("-nfe.xml")
    }


def amount(note: Any, path: str) -> Decimal:
    return sum(
        (Decimal(e.text) for e in note.iterfind("./" + "/".join(NFE + p for p in path.split("/")))),
        Decimal(0),
    )


def test_an_export_is_pending_then_processing_then_done(world: Roit) -> None:
    created = world.data("POST", EXPORTS, body())
    assert (created["status"], created["totalOfParts"]) == ("pending", 0)
    assert world.refused("GET", f"{EXPORTS}/{created['id']}/items")[0] == 400
    states = [world.data("GET", f"{EXPORTS}/{created['id']}")["status"] for _ in range(3)]
    assert states == ["pending", "processing", "done"]


def test_a_finished_export_says_how_much_it_holds(export: dict, exported: list, world: Roit) -> None:
    assert export["status"] == "done"
    assert export["quantity"] == len(exported)
    assert export["size"] == sum(len(content) for _, content in exported)
    assert export["totalOfParts"] == export["totalOfPartsProcessed"] == len(items(world, export)) > 2
    assert {"sha256" in item for item in items(world, export)} == {True, False}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"createAt": {"gte": "2026-01-01T00:00:00Z"}}, [("gte", "type_error")]),
        ({"createAt": {"gte": "2026-01-01T00:00:00.000000Z"}}, [("gte", "type_error")]),
        ({"createAt": {"gte": "2026-01-01T00:00:00.000+00:00"}}, [("gte", "type_error")]),
        ({"updatedAt": WIDE}, [("updatedAt", "extra_forbidden")]),
        ({"totalValue": {"gte": "100"}}, [("gte", "type_error")]),
        ({"finalized": {"eq": "true"}}, [("eq", "type_error")]),
        ({"number": {"gte": 100}}, [("gte", "type_error")]),
        ({"clientTree": {"identifier": {}}}, [("clientTree", "list_type")]),
    ],
)
def test_a_wrong_export_is_refused_with_its_place(world: Roit, change: dict, wrong: list) -> None:
    assert world.refused("POST", EXPORTS, body(**change)) == (422, wrong)


def test_missing_filters_and_unknown_fields_are_refused(world: Roit) -> None:
    wrong = body()
    del wrong["filters"]["issueDate"], wrong["filters"]["type"]
    assert world.refused("POST", EXPORTS, wrong) == (422, [("type", "missing"), ("issueDate", "missing")])
    assert world.refused("POST", EXPORTS, {**body(), "name": "x"}) == (422, [("name", "extra_forbidden")])
    assert world.refused("POST", EXPORTS, {**body(), "preference": "mine"}) == (422, [("preference", "enum")])


def test_exports_cannot_be_listed_and_are_gone_once_deleted(world: Roit) -> None:
    assert world.refused("GET", f"{EXPORTS}")[0] == 405
    done = finished(world, body(classification={"in": ["/fiscal/cte"]}))
    (item, *_) = items(world, done)
    assert httpx.get(item["url"]).status_code == 200
    assert world.http.delete(f"{EXPORTS}/{done['id']}").status_code == 200
    assert world.refused("GET", f"{EXPORTS}/{done['id']}")[0] == 404
    assert httpx.get(item["url"]).status_code == 404


def test_an_export_of_nothing_is_done_without_parts(world: Roit) -> None:
    empty = finished(world, body(accessKey={"eq": "none"}))
    assert (empty["status"], empty["quantity"], empty["totalOfParts"]) == ("done", 0, 0)
    assert items(world, empty) == []


def test_windows_by_creation_share_out_all_documents(world: Roit) -> None:
    middle = world.sandbox.world.start.isoformat(timespec="milliseconds").replace("2026-06", "2026-08")
    middle = middle.replace("+00:00", "Z")
    before = finished(world, body(createAt={"lte": middle.replace(".500Z", ".499Z")}))
    after = finished(world, body(createAt={"gte": middle}))
    names = [{p.rpartition("/")[2] for p, _ in files(world, e)} for e in (before, after)]
    every = {p.rpartition("/")[2] for p, _ in files(world, finished(world, body()))}
    assert names[0]
    assert names[1]
    assert names[0] | names[1] == every
    assert not names[0] & names[1]


def test_other_filters_select_too(world: Roit, notes: dict) -> None:
    def chosen(**filters: Any) -> list[str]:
        return [path for path, _ in files(world, finished(world, body(**filters)))]

    key = next(iter(notes))
    assert {path.rpartition("/")[2] for path in chosen(accessKey={"eq": key})} >= {f"{key}-nfe.xml"}
    assert all("cte" in path for path in chosen(classification={"in": ["/fiscal/cte"]}))
    assert chosen(movement={"in": ["OUTPUT"]}) == []
    assert len(chosen(entryDate={"gte": "2026-09-01T03:00:00.000Z"})) < len(chosen())
    company = world.sandbox.world.companies[0].tax_id
    assert 0 < len(chosen(clientTree=[{"identifier": {"in": [company]}}])) < len(chosen())


def test_exports_fail_or_expire_where_asked() -> None:
    with roit(scale=30, export_error_every=2, export_expired_every=3, export_polls=0) as client:
        assert [finished(client, body())["status"] for _ in range(4)] == ["done", "error", "expired", "error"]


def test_signed_urls_live_as_long_as_the_item_says(world: Roit, export: dict) -> None:
    item = items(world, export)[0]
    assert httpx.get(item["url"], headers={"Authorization": world.token}).status_code == 400
    with roit(scale=60, url_seconds=30) as client:
        done = finished(client, body())
        old = items(client, done)[0]["url"]
        client.sandbox.clock.advance(31)
        assert httpx.get(old).status_code == 403
        assert httpx.get(items(client, done)[0]["url"]).status_code == 200


def test_parts_have_folders_copies_and_files_of_all_kinds(exported: list) -> None:
    paths = [path for path, _ in exported]
    assert {path.rpartition(".")[2] for path in paths} == {"xml", "pdf", "jpg"}
    assert any(path.startswith("2026/") for path in paths)
    assert any(path.startswith("copia/") for path in paths)
    contents = Counter(hashlib.sha256(content).hexdigest() for _, content in exported)
    assert max(contents.values()) == 2


def test_every_xml_parses_and_has_its_root(exported: list) -> None:
    roots = Counter(etree.fromstring(content).tag for path, content in exported if path.endswith(".xml"))
    assert set(roots) == {
        f"{NFE}nfeProc",
        f"{NFE}procEventoNFe",
        "{http://www.portalfiscal.inf.br/cte}cteProc",
        "{http://www.portalfiscal.inf.br/cte}cteSimpProc",
        "{http://www.sped.fazenda.gov.br/nfse}NFSe",
        "{http://www.sped.fazenda.gov.br/nfse}evento",
        "{http://www.abrasf.org.br/nfse.xsd}CompNfse",
    }


def test_a_note_has_the_key_the_supplier_and_the_value_of_its_payable(world: Roit, notes: dict) -> None:
    payables = {row["accessKey"]: row for row in world.walk({"documentType": {"eq": "NFE"}})}
    assert len(notes) > 0.8 * len(payables)
    for key, note in notes.items():
        row = payables[key]
        assert amount(note, "NFe/infNFe/total/ICMSTot/vNF") == row["value"]["gross"]
        assert note.findtext(f".//{NFE}emit/{NFE}CNPJ") == row["provider"]["nationalRegister"]
        assert note.findtext(f".//{NFE}dhEmi")[:10] == row["issueDate"]
        assert note.findtext(f".//{NFE}chNFe") == key
    for document in world.sandbox.world.shared_documents:
        assert document.access_key in notes


def test_the_items_of_a_note_add_up_to_its_totals(notes: dict) -> None:
    for note in notes.values():
        root = "NFe/infNFe"
        total = f"{root}/total/ICMSTot"
        assert amount(note, f"{root}/det/prod/vProd") == amount(note, f"{total}/vProd")
        value = amount(note, f"{total}/vProd") + amount(note, f"{total}/vIPI")
        assert value == amount(note, f"{total}/vNF") == amount(note, f"{root}/pag/detPag/vPag")
        assert value == amount(note, f"{root}/cobr/dup/vDup")
        for tax, field in (("IPI", "vIPI"), ("PIS", "vPIS"), ("COFINS", "vCOFINS"), ("ICMS", "vICMS")):
            items = sum(
                (
                    Decimal(e.text)
                    for e in note.iterfind(f".//{NFE}det/{NFE}imposto/{NFE}{tax}//{NFE}{field}")
                ),
                Decimal(0),
            )
            assert items == amount(note, f"{total}/{field}"), tax
        reform = [Decimal(e.text) for e in note.iterfind(f".//{NFE}det//{NFE}gIBSCBS/{NFE}gCBS/{NFE}vCBS")]
        assert sum(reform, Decimal(0)) == amount(note, f"{root}/total/IBSCBSTot/gCBS/vCBS")
        for code in note.iterfind(f".//{NFE}IBSCBS"):
            assert code.findtext(f"{NFE}cClassTrib").startswith(code.findtext(f"{NFE}CST"))


def test_notes_are_rich(notes: dict) -> None:
    tags = {e.tag.removeprefix(NFE) for note in notes.values() for e in note.iter(f"{NFE}*")}
    assert tags >= {"ICMS00", "ICMS20", "ICMS40", "ICMS51", "ICMS60", "ICMS90", "ICMSSN101", "ICMSSN102"}
    assert tags >= {
        "IPITrib",
        "IPINT",
        "PISAliq",
        "PISNT",
        "IBSCBS",
        "IS",
        "ISTot",
        "gRed",
        "NFref",
        "vol",
        "dup",
    }
    assert any(len(note.findall(f".//{NFE}detPag")) == 2 for note in notes.values())


def test_bad_files_are_in_an_export_only_where_asked() -> None:
    with roit(scale=60, bad_files=6) as client:
        broken = []
        for path, content in files(client, finished(client, body())):
            try:
                etree.fromstring(content)
            except etree.XMLSyntaxError:
                broken.append(path)
        assert len({path.rpartition("_")[2] for path in broken}) == 5
