"""The cancellation of a national NFS-e, as the environment that registered it hands it out (layout 1.00)."""

from __future__ import annotations

from ..facts import Facts
from ..skeleton import HOUR
from .nfe import issued_at
from .nfse import NATIONAL, access_key
from .xml import document, el, fields, local, signature

CANCELLATION = "101101"


def make_nfse_cancellation(facts: Facts) -> bytes:
    """`evento` of type 101101 around its request: the note was cancelled a day after its issue."""
    key = access_key(facts)
    at = issued_at(facts) + 24 * HOUR
    author = "CNPJAutor" if facts.supplier.kind == "COMPANY" else "CPFAutor"
    detail = fields(xDesc="Cancelamento de NFS-e", cMotivo="2", xMotivo="O serviço não chegou a ser prestado")
    request = el(
        "infPedReg",
        fields(tpAmb="2", verAplic="sandbox 1", dhEvento=local(at)),
        fields(**{author: facts.supplier.tax_id}),
        fields(chNFSe=key, nPedRegEvento="001"),
        el(f"e{CANCELLATION}", detail),
        Id=f"PRE{key}{CANCELLATION}001",
    )
    event = el(
        "infEvento",
        fields(verAplic="sandbox 1", ambGer="2", nSeqEvento="001", dhProc=local(at + HOUR // 60)),
        fields(nDFe=str(facts.index + 1)),
        el("pedRegEvento", request, signature(f"PRE{key}{CANCELLATION}001"), versao="1.00"),
        Id=f"EVT{key}{CANCELLATION}001",
    )
    root = el("evento", event, signature(f"EVT{key}{CANCELLATION}001"), versao="1.00", xmlns=NATIONAL)
    return document(root)
