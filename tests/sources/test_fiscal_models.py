"""The models of fiscal documents: made from the declarations of the parsers, fed by them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sources.kit.formats import (
    CTE_TABLES,
    EVENT_TABLES,
    NFE_TABLES,
    NFSE_EVENT_TABLES,
    NFSE_TABLES,
    access_key_check_digit,
    read_nfe,
)
from sources.kit.tables import Decoder, Type, table_shapes
from sources.roit.models import Cte, CteEvent, Nfe, NfeEvent, Nfse, NfseEvent, document_record

FIRST_43 = "3526030000000000019155001000000123100000123"
KEY = f"{FIRST_43}{access_key_check_digit(FIRST_43)}"
XML = f"""<nfeProc xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"><NFe><infNFe Id="NFe{KEY}" versao="4.00">
<ide><mod>55</mod><serie>1</serie><nNF>123</nNF><dhEmi>2026-03-01T22:30:00-03:00</dhEmi><indFinal>1</indFinal></ide>
<emit><CNPJ>00000000000191</CNPJ><xNome>Fornecedora Inventada</xNome></emit>
<det nItem="1"><prod><cProd>P1</cProd><xProd>Papel</xProd><vUnCom>0.0123456789</vUnCom><vProd>100.10</vProd>
<rastro><nLote>L1</nLote></rastro></prod></det>
<det nItem="2"><prod><cProd>P2</cProd><xProd>Tinta</xProd><vProd>0.20</vProd></prod></det>
<total><ICMSTot><vNF>100.30</vNF></ICMSTot></total>
<cobr><dup><nDup>001</nDup><dVenc>2026-03-31</dVenc><vDup>100.30</vDup></dup></cobr>
<pag><detPag><tPag>15</tPag><vPag>100.30</vPag></detPag></pag>
<infRespTec><xContato>Pessoa Inventada</xContato></infRespTec>
</infNFe></NFe><protNFe versao="4.00"><infProt><chNFe>{KEY}</chNFe><dhRecbto>2026-03-01T22:31:00-03:00</dhRecbto>
<nProt>135260000000001</nProt></infProt></protNFe></nfeProc>""".encode()

CTE_LISTS = (
    "deliveries",
    "documents",
    "previous_documents",
    "components",
    "quantities",
    "installments",
    "complements",
)


def parsed() -> bytes:
    (rows,) = read_nfe(XML)
    return document_record(rows)


def test_an_invoice_has_a_header_and_a_table_for_each_of_its_lists() -> None:
    assert {shape.name: shape.key for shape in table_shapes(Nfe)} == {
        "nfe": ("access_key",),
        "nfe__items": ("nfe_access_key", "position"),
        "nfe__payments": ("nfe_access_key", "position"),
        "nfe__installments": ("nfe_access_key", "position"),
        "nfe__references": ("nfe_access_key", "position"),
    }


def test_the_other_documents_have_keys_that_are_never_null_and_tables_for_their_lists() -> None:
    keys = {
        shape.name: shape.key
        for model in (Cte, Nfse, NfeEvent, CteEvent, NfseEvent)
        for shape in table_shapes(model)
    }
    assert keys == {
        "cte": ("access_key",),
        **{f"cte__{name}": ("cte_access_key", "position") for name in CTE_LISTS},
        "nfse": ("id",),
        "nfse__services": ("nfse_id", "position"),
        "nfse__taxes": ("nfse_id", "position"),
        "nfe_events": ("access_key", "event_type", "sequence"),
        "cte_events": ("access_key", "event_type", "sequence"),
        "nfse_events": ("access_key", "event_type", "sequence"),
    }
    for model in (Cte, Nfse, NfeEvent, CteEvent, NfseEvent):
        root = table_shapes(model)[0]
        assert all(not column.nullable for column in root.columns if column.name in root.key)


@pytest.mark.parametrize("model", [Nfe, NfeEvent, Cte, CteEvent, Nfse, NfseEvent])
def test_every_column_that_the_parser_declares_is_there_with_its_type_and_mark(model: Any) -> None:
    types = {"int": Type.BIGINT}
    for shape in table_shapes(model):
        parents = {"position", *shape.parent_key, *([shape.partition.name] if shape.partition else [])}
        declared = {
            spec.name: (types.get(spec.type) or Type(spec.type), spec.description, spec.personal)
            for spec in (NFE_TABLES | CTE_TABLES | NFSE_TABLES | EVENT_TABLES | NFSE_EVENT_TABLES)[shape.name]
            if spec.name not in {"_extra", *parents}
        }
        found = {c.name: (c.type, c.description, c.personal) for c in shape.columns}
        own = found.keys() - declared.keys()
        assert {name: found[name] for name in declared} == declared
        assert own <= {"_extra", "_tombstone", *parents}


def test_a_parsed_invoice_is_a_record_of_its_model() -> None:
    record: dict[str, Any] = json.loads(parsed())
    assert record["access_key"] == KEY
    assert record["issued_at"] == "2026-03-01T22:30:00-03:00"
    assert record["is_final_consumer"] is True
    assert record["items"][0]["unit_value"] == "0.0123456789"
    assert record["installments"][0]["due_date"] == "2026-03-31"
    assert not {"position", "nfe_access_key", "_extra"} & record["items"][0].keys()

    decoded = Decoder(Nfe).decode([parsed()])
    assert decoded.rejected == []
    assert len(decoded.objects) == 1


def test_what_no_column_names_is_kept_as_an_unknown_field_of_its_row() -> None:
    decoder = Decoder(Nfe)
    assert decoder.decode([parsed()]).rejected == []
    assert decoder.drift == {"$.infRespTec", "$.items[].prod/rastro"}
    record = json.loads(parsed())
    assert record["infRespTec"] == {"xContato": "Pessoa Inventada"}
    assert record["items"][0]["prod/rastro"] == {"nLote": "L1"}


def test_only_the_access_key_is_required() -> None:
    assert Decoder(Nfe).decode([json.dumps({"access_key": KEY}).encode()]).rejected == []
    (rejected,) = Decoder(Nfe).decode([b'{"number": "123"}']).rejected
    assert rejected.field == "$.access_key"
