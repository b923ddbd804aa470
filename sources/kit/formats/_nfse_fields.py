"""NFS-e: the columns, each with its place in the national layout 1.00 and in ABRASF 2.04.

Sources: the public schemas tiposComplexos_v1.01.xsd (NFS-e nacional) and nfse v2-04.xsd (ABRASF); city halls
that keep parts of ABRASF 1.0 are read too where nothing contradicts. Codes stay codes, as text, and the two
layouts have their own: ``layout`` says whose. Amounts are in reais; rates are as they were written, in per cent
in both layouts.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sources.kit.formats._layout import FieldSpec, FieldType, text, typed

NOTE = "infNFSe"
DPS = f"{NOTE}/DPS/infDPS"
INF = "Nfse/InfNfse"
DECLARED = f"{INF}/DeclaracaoPrestacaoServico/InfDeclaracaoPrestacaoServico"
CANCELLED = "NfseCancelamento/Confirmacao"
CANCELLED_NOTE = f"{CANCELLED}/Pedido/InfPedidoCancelamento/IdentificacaoNfse"

PARENT_KEY = FieldSpec("nfse_id", "text", "Key of the note")


def _derived(name: str, kind: FieldType, description: str) -> FieldSpec:
    return FieldSpec(name, kind, description)


class _PartyField(NamedTuple):
    """A column of a party: its place in the national layout, and in ABRASF's identification or description."""

    name: str
    description: str
    national: str
    identified: str = ""
    described: str = ""
    personal: bool = True


def _party_fields(end: str, city: str) -> tuple[_PartyField, ...]:
    """``end`` is the national layout's address, ``city`` the part of it that has the municipality."""
    return (
        _PartyField(
            "tax_id",
            "CNPJ, CPF or foreign id",
            "CNPJ|CPF|NIF",
            "CpfCnpj/Cnpj|CpfCnpj/Cpf|Cnpj|Cpf",
            "NifTomador",
        ),
        _PartyField("name", "Registered name", "xNome", "", "RazaoSocial"),
        _PartyField("trade_name", "Trade name", "xFant", "", "NomeFantasia"),
        _PartyField("municipal_registration", "Municipal registration (IM)", "IM", "InscricaoMunicipal"),
        _PartyField("street", "Street", f"{end}/xLgr", "", "Endereco/Endereco"),
        _PartyField("street_number", "Number in the street", f"{end}/nro", "", "Endereco/Numero"),
        _PartyField(
            "address_complement", "Complement of the address", f"{end}/xCpl", "", "Endereco/Complemento"
        ),
        _PartyField("district", "District", f"{end}/xBairro", "", "Endereco/Bairro"),
        _PartyField(
            "municipality_code",
            "Municipality, IBGE's code",
            f"{city}/cMun",
            "",
            "Endereco/CodigoMunicipio|CodigoMunicipio",
            False,
        ),
        _PartyField("state", "State, two letters", f"{city}/UF", "", "Endereco/Uf", False),
        _PartyField("postal_code", "Postal code", f"{city}/CEP", "", "Endereco/Cep"),
        _PartyField("country_code", "Country", f"{end}/endExt/cPais", "", "Endereco/CodigoPais", False),
        _PartyField("phone", "Telephone", "fone", "", "Contato/Telefone"),
        _PartyField("email", "E-mail", "email", "", "Contato/Email"),
    )


def _places(bases: Iterable[str], paths: str) -> tuple[str, ...]:
    return tuple(f"{base}/{path}" for base in bases for path in paths.split("|") if path)


def _party(
    who: str, national: str, identities: tuple[str, ...] = (), descriptions: tuple[str, ...] = ()
) -> tuple[FieldSpec, ...]:
    """A party: its element in the national layout, and the elements that ABRASF has for it."""
    emitter = national.endswith("/emit")
    fields = _party_fields("enderNac", "enderNac") if emitter else _party_fields("end", "end/endNac")
    return tuple(
        FieldSpec(
            f"{who}__{field.name}",
            "text",
            f"{field.description} of the {who}",
            field.personal,
            _places((national,), field.national)
            + _places(identities, field.identified)
            + _places(descriptions, field.described),
        )
        for field in fields
    )


IDENTIFICATION = (
    _derived(
        "id",
        "text",
        "Key: SHA-256, in hex, of the issuer's tax id, the issuing municipality and the number, joined by '|'; "
        "empty for a municipality that is not given, the number without leading zeros",
    ),
    _derived("layout", "text", "national (1.00) or abrasf (2.04)"),
    text("@versao|Nfse/@versao", "layout_version", "Version of the layout"),
    text(f"{NOTE}/@Id", "access_key", "National layout: access key, 50 characters"),
    text(f"{INF}/@Id", "note_id", "ABRASF: id of the note's element"),
    text(f"{NOTE}/nNFSe|{INF}/Numero|{CANCELLED_NOTE}/Numero", "number", "Number"),
    text(f"{INF}/CodigoVerificacao", "verification_code", "ABRASF: code to look the note up with"),
    text(
        f"{DPS}/cLocEmi|{INF}/OrgaoGerador/CodigoMunicipio|{CANCELLED_NOTE}/CodigoMunicipio",
        "municipality_code",
        "Issuing municipality, IBGE's code",
    ),
    text(f"{NOTE}/xLocEmi", "municipality", "Issuing municipality, name"),
    text(f"{INF}/OrgaoGerador/Uf", "state", "State of the issuing municipality"),
    text(
        f"{NOTE}/dhProc|{INF}/DataEmissao",
        "issued_at_local",
        "When the note was made, as it was written: the time of day where it was issued",
    ),
    _derived("issued_on", "date", "Day on which the note was made, where it was issued"),
    _derived(
        "issued_at", "timestamp", "When the note was made; null when no offset is written (ABRASF has none)"
    ),
    _derived("issued_at_offset", "text", "Offset from UTC that `issued_at` was written with, as ±hh:mm"),
    typed(f"{DPS}/dCompet|{DECLARED}/Competencia|{INF}/Competencia", "competence_date", "date", "Competence"),
    text(f"{NOTE}/cStat", "status_code", "National: 100 issued, 102 court order, 103 single note, 107 MEI"),
    text(f"{NOTE}/nDFSe", "national_document_number", "National: number of the document in its environment"),
    text(
        f"{NOTE}/ambGer", "issuing_environment", "National: 1 the municipality's system, 2 the national one"
    ),
    text(f"{NOTE}/tpEmis", "emission_type", "National: 1 straight, 2 written over from the municipality"),
    text(f"{NOTE}/procEmi", "issuing_process", "National: whose software declared it"),
    text(f"{NOTE}/verAplic", "software", "National: version of the software that made the note"),
    text(f"{DPS}/tpAmb", "environment", "National: 1 production, 2 homologation"),
    text(f"{DPS}/tpEmit", "issued_by", "National: 1 provider, 2 customer, 3 intermediary"),
    text(f"{DPS}/@Id|{DECLARED}/@Id", "declaration__id", "Id of the declaration (DPS or RPS)"),
    text(
        f"{NOTE}/DPS/@versao", "declaration__layout_version", "National: version of the declaration's layout"
    ),
    text(
        f"{DPS}/serie|{DECLARED}/Rps/IdentificacaoRps/Serie",
        "declaration__series",
        "Series of the DPS or RPS",
    ),
    text(
        f"{DPS}/nDPS|{DECLARED}/Rps/IdentificacaoRps/Numero",
        "declaration__number",
        "Number of the DPS or RPS",
    ),
    text(f"{DECLARED}/Rps/IdentificacaoRps/Tipo", "declaration__type", "ABRASF: type of the RPS"),
    text(f"{DECLARED}/Rps/Status", "declaration__status", "ABRASF: status of the RPS, 1 normal, 2 cancelled"),
    text(
        f"{DPS}/dhEmi|{DECLARED}/Rps/DataEmissao", "declaration__issued_at_local", "When, as it was written"
    ),
    text(f"{DPS}/verAplic", "declaration__software", "National: version of the declaring software"),
)

PARTIES = (
    *_party("issuer", f"{NOTE}/emit"),
    *_party(
        "provider",
        f"{DPS}/prest",
        (f"{DECLARED}/Prestador", f"{INF}/PrestadorServico/IdentificacaoPrestador", CANCELLED_NOTE),
        (f"{INF}/PrestadorServico",),
    ),
    text(
        f"{DPS}/prest/regTrib/opSimpNac|{DECLARED}/OptanteSimplesNacional",
        "provider__simples",
        "Simples Nacional: national 1 not in it, 2 MEI, 3 in it; ABRASF 1 in it, 2 not",
    ),
    text(f"{DPS}/prest/regTrib/regApTribSN", "provider__simples_regime", "How a Simples taxpayer pays"),
    text(
        f"{DPS}/prest/regTrib/regEspTrib|{DECLARED}/RegimeEspecialTributacao",
        "provider__special_regime",
        "Special tax regime",
    ),
    text(f"{DECLARED}/IncentivoFiscal", "provider__incentive", "ABRASF: 1 with tax incentive, 2 without"),
    *_party(
        "customer",
        f"{DPS}/toma",
        tuple(f"{b}/IdentificacaoTomador" for b in (f"{DECLARED}/TomadorServico", f"{DECLARED}/Tomador")),
        (f"{DECLARED}/TomadorServico", f"{DECLARED}/Tomador"),
    ),
    *_party(
        "intermediary",
        f"{DPS}/interm",
        (f"{DECLARED}/Intermediario/IdentificacaoIntermediario",),
        (f"{DECLARED}/Intermediario",),
    ),
)

CHANGES = (
    text(f"{INF}/NfseSubstituida", "substituted_number", "ABRASF: number of the note that this one replaces"),
    text(
        f"{DPS}/subst/chSubstda", "substituted_access_key", "National: key of the note that this one replaces"
    ),
    text(f"{DPS}/subst/cMotivo", "substitution_reason_code", "National: why, as a code"),
    text(f"{DPS}/subst/xMotivo", "substitution_reason", "National: why, in words", personal=True),
    text(
        "NfseSubstituicao/SubstituicaoNfse/NfseSubstituidora",
        "substitute_number",
        "ABRASF: number of the note that replaces this one",
    ),
    _derived(
        "is_cancelled",
        "bool",
        "Whether the file says so; null in the national layout, whose notes do not say",
    ),
    text(
        f"{CANCELLED}/Pedido/InfPedidoCancelamento/CodigoCancelamento",
        "cancellation_code",
        "ABRASF: 1 error, 2 service not rendered, 3 signature, 4 duplicate, 5 processing",
    ),
    text(
        f"{CANCELLED}/DataHora|{CANCELLED}/DataHoraCancelamento|{CANCELLED}/InfConfirmacaoCancelamento/DataHora",
        "cancelled_at_local",
        "ABRASF: when it was cancelled, as it was written",
    ),
)
