"""Bytes from outside → records. Nothing here knows an API, a table or a destination."""

from sources.kit.formats._access_key import access_key_check_digit, is_access_key, is_cnpj, is_cpf
from sources.kit.formats._archives import ArchiveLimits, Member, read_archive
from sources.kit.formats._csv import CsvFile, read_csv
from sources.kit.formats._cte import CTE_TABLES, read_cte
from sources.kit.formats._errors import ArchiveRefused, FormatError, UnknownMessage, XmlRefused
from sources.kit.formats._events import EVENT_TABLES, read_cte_events, read_nfe_events
from sources.kit.formats._headers import normalise_headers
from sources.kit.formats._iso20022 import GroupStatus
from sources.kit.formats._json_streams import read_json_lines, read_json_list
from sources.kit.formats._kinds import Kind, kind
from sources.kit.formats._layout import FieldSpec
from sources.kit.formats._nfe import NFE_TABLES, read_nfe
from sources.kit.formats._nfse import NFSE_TABLES, read_nfse
from sources.kit.formats._nfse_events import NFSE_EVENT_TABLES, read_nfse_events
from sources.kit.formats._parquet import read_parquet
from sources.kit.formats._xml import parse_xml
from sources.kit.formats._xml_payloads import XmlPayload, read_xml_payload
from sources.kit.formats._xml_records import read_xml_records

__all__ = [
    "CTE_TABLES",
    "EVENT_TABLES",
    "NFE_TABLES",
    "NFSE_EVENT_TABLES",
    "NFSE_TABLES",
    "ArchiveLimits",
    "ArchiveRefused",
    "CsvFile",
    "FieldSpec",
    "FormatError",
    "GroupStatus",
    "Kind",
    "Member",
    "UnknownMessage",
    "XmlPayload",
    "XmlRefused",
    "access_key_check_digit",
    "is_access_key",
    "is_cnpj",
    "is_cpf",
    "kind",
    "normalise_headers",
    "parse_xml",
    "read_archive",
    "read_csv",
    "read_cte",
    "read_cte_events",
    "read_json_lines",
    "read_json_list",
    "read_nfe",
    "read_nfe_events",
    "read_nfse",
    "read_nfse_events",
    "read_parquet",
    "read_xml_payload",
    "read_xml_records",
]
