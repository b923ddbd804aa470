"""Raw tables of ROIT's payables, made by SQL in the schema that the extraction makes, for the benchmark of dbt.

Two years of weekly loads: every payable is first seen open and, when its day has come, paid or cancelled; some
change in between. All values are functions of the payable's number, so that the same size is the same warehouse.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import duckdb

from pipelines.dbt_sources import SOURCES, source_tables

AS_OF = date(2026, 6, 30)
START = AS_OF - timedelta(days=728)
LOADS = 104
TYPES = {
    "text": "VARCHAR",
    "decimal": "DECIMAL(38,10)",
    "bigint": "BIGINT",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "json": "JSON",
}
CHILDREN = ("purchase_orders", "installments", "cost_centers", "tributes", "receipts")

# Shares: installments 1/2/3 are 80/12/8 %; a quarter is a service with tributes withheld; 3 % are in dollars;
# 3 % are cancelled, 90 % paid around their due date, 7 % stay open; 8 % are changed in between.
PAYABLES = """
CREATE OR REPLACE TEMP TABLE payables AS
WITH drawn AS (
    SELECT
        i,
        'AP' || lpad(i::varchar, 9, '0') AS id,
        CASE WHEN i > $rows THEN 718 + draw(i, 1, 9) ELSE draw(i, 1, 720) END AS issue_day,
        [14, 30, 30, 45, 60][1 + draw(i, 2, 5)] AS term_days,
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3][1 + draw(i, 3, 13)] AS parts,
        (100 * exp(3 + draw(i, 4, 7000) / 1000))::bigint AS net_cents,
        draw(i, 5, 4) = 0 AS is_service,
        draw(i, 6, 100) AS fate,
        draw(i, 7, 12) - 4 AS days_late,
        draw(i, 8, 100) < 8 AS is_changed,
        -- few suppliers have most of the payables
        floor(power(draw(i, 9, 1000000) / 1000000, 2) * greatest($rows // 50, 5))::bigint AS supplier,
        -- and each supplier sells to few companies
        (supplier + draw(i, 10, 2)) % 20 AS company,
        draw(i, 11, 100) < 3 AS is_foreign,
        draw(i, 12, 10) AS spread
    FROM range($first, $last) AS numbers(i)
)
SELECT
    *,
    issue_day + term_days AS due_day,
    CASE WHEN is_service THEN net_cents * 15 // 1000 ELSE 0 END AS irrf_cents,
    CASE WHEN is_service AND spread < 6 THEN net_cents * 5 // 100 ELSE 0 END AS iss_cents,
    net_cents - irrf_cents - iss_cents AS payable_cents
FROM drawn
"""
VERSIONS = f"""
CREATE OR REPLACE TEMP TABLE versions AS
WITH told AS (
    SELECT i, 1 AS v, 'OPEN' AS status, issue_day AS day, 0 AS due_shift FROM payables
    UNION ALL
    SELECT i, 2, 'APPROVED', issue_day + 9, 5 FROM payables WHERE is_changed
    UNION ALL
    SELECT i, 3, 'CANCELED', issue_day + 12, 0 FROM payables WHERE fate < 3
    UNION ALL
    SELECT i, 3, 'PAID', greatest(due_day + days_late, issue_day + 10), CASE WHEN is_changed THEN 5 ELSE 0 END
    FROM payables WHERE fate BETWEEN 3 AND 92
)
SELECT *, day // 7 + 1 AS load_number
FROM told
WHERE day // 7 + 1 <= {LOADS}
-- of two changes between two loads only the last one is seen
QUALIFY row_number() OVER (PARTITION BY i, load_number ORDER BY v DESC) = 1
"""
# What the next load brings: 1 % of the payables again, the open ones paid, the others put right.
CHANGES = f"""
CREATE OR REPLACE TEMP TABLE versions AS
SELECT
    payables.i, 9 AS v, CASE WHEN raw.is_open THEN 'PAID' ELSE raw.status END AS status,
    726 AS day, 7 AS due_shift, {LOADS} + 1 AS load_number
FROM payables INNER JOIN roit.accounts_payable AS raw ON payables.id = raw.id
WHERE draw(payables.i, 20, 100) = 0
UNION ALL
SELECT i, 1, 'OPEN', issue_day, 0, {LOADS} + 1 FROM payables WHERE i > $rows
"""
RECORDS = """
CREATE OR REPLACE TEMP TABLE records AS
SELECT
    id,
    md5(id || '-' || v::varchar) AS _version,
    'tenant-1' AS master_id,
    'N' || i::varchar AS document_number,
    CASE WHEN is_service THEN 'NFSE' ELSE 'NFE' END AS document_type,
    CASE WHEN NOT is_service THEN lpad(i::varchar, 44, '3') END AS access_key,
    status,
    status IN ('OPEN', 'APPROVED') AS is_open,
    CASE WHEN is_foreign THEN 'USD' ELSE 'BRL' END AS currency__code,
    CASE WHEN is_foreign THEN 5.4321 ELSE 1 END AS currency__rate,
    cents(net_cents) AS value__gross,
    0 AS value__discount, 0 AS value__interest, 0 AS value__fine,
    cents(net_cents) AS value__net,
    on_day(issue_day) AS issue_date,
    on_day(issue_day) AS entry_date,
    on_day(due_day + due_shift) AS due_date,
    CASE WHEN status = 'PAID' THEN at_day(day) END AS paid_at,
    CASE WHEN status = 'CANCELED' THEN at_day(day) END AS canceled__at,
    'Fornecedor ' || supplier::varchar AS provider__name,
    lpad((10000000000 + supplier * 97)::varchar, 14, '0') AS provider__national_register,
    'COMPANY' AS provider__type,
    'Compradora ' || company::varchar AS company__name,
    lpad((20000000000 + company * 89)::varchar, 14, '0') AS company__national_register,
    ['boleto', 'pix', 'ted'][1 + spread % 3] AS payment_detail__type,
    at_day(issue_day) AS created_at,
    at_day(day) AS updated_at,
    load_id(load_number) AS _dlt_load_id,
    v, day, due_shift, due_day, parts, payable_cents, net_cents, irrf_cents, iss_cents, spread
FROM versions INNER JOIN payables USING (i)
"""
INTERNAL = "v, day, due_shift, due_day, parts, payable_cents, net_cents, irrf_cents, iss_cents, spread"
KEYS = "id AS account_payable_id, _version, _dlt_load_id"
PART_CENTS = (
    "CASE WHEN position + 1 = parts THEN payable_cents - (parts - 1) * (payable_cents // parts)"
    " ELSE payable_cents // parts END"
)
CHILD_ROWS = {
    "purchase_orders": f"SELECT {KEYS}, 0 AS position, 'PO-' || id AS value FROM records WHERE spread < 3",
    "installments": f"""
        SELECT
            {KEYS}, position, position + 1 AS number,
            on_day(due_day + due_shift + 30 * position) AS due_date, cents({PART_CENTS}) AS value,
            CASE WHEN status = 'PAID' THEN 'PAID' ELSE 'OPEN' END AS status, paid_at
        FROM records, unnest(range(parts)) AS places(position)""",
    "cost_centers": f"""
        SELECT {KEYS}, position, 'CC' || (spread * 2 + position)::varchar AS code,
            CASE WHEN spread < 8 THEN 100 ELSE 50 END AS percentage
        FROM records, unnest(range(CASE WHEN spread < 8 THEN 1 ELSE 2 END)) AS places(position)""",
    "tributes": f"""
        SELECT {KEYS}, 0 AS position, 'IRRF' AS tribute, cents(net_cents) AS base, 1.5 AS rate,
            cents(irrf_cents) AS value, true AS withheld, issue_date + 20 AS due_date
        FROM records WHERE irrf_cents > 0
        UNION ALL BY NAME
        SELECT {KEYS}, 1 AS position, 'ISS' AS tribute, cents(net_cents) AS base, 5 AS rate,
            cents(iss_cents) AS value, true AS withheld, issue_date + 20 AS due_date
        FROM records WHERE iss_cents > 0""",
    # one payment for each installment, but for some one for all of them, which has to be shared out
    "receipts": f"""
        SELECT {KEYS}, position, 'R-' || id || '-' || position::varchar AS id, paid_at,
            cents(CASE WHEN spread = 0 THEN payable_cents ELSE {PART_CENTS} END) AS value
        FROM records, unnest(range(CASE WHEN spread = 0 THEN 1 ELSE parts END)) AS places(position)
        WHERE status = 'PAID'""",
}
EVENTS = """
INSERT INTO roit.accounts_payable_events BY NAME
SELECT
    _version AS id, id AS account_payable_id, updated_at AS created_at, _dlt_load_id,
    CASE WHEN v = 1 THEN 'CREATED' WHEN status = 'OPEN' THEN 'UPDATED' ELSE status END AS type
FROM records
"""


def create(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """All raw tables; those of ROIT's payables hold so many of them, with their children, versions and events."""
    for source in SOURCES:
        connection.execute(f"CREATE SCHEMA {source}")
        for table in source_tables(source):
            columns = ", ".join(f'"{c.name}" {TYPES[str(c.type)]}' for c in table.columns)
            connection.execute(f'CREATE TABLE {source}."{table.name}" ({columns})')
    _begin(connection)
    connection.execute(PAYABLES, {"rows": rows, "first": 1, "last": rows + 1})
    connection.execute(VERSIONS)
    _store(connection)
    _commit_loads(connection, 1, LOADS)


def change(connection: duckdb.DuckDBPyConnection, rows: int) -> int:
    """One more load: new versions of 1 % of the payables, 0.2 % new ones, 0.05 % gone; how many those are."""
    _begin(connection)
    connection.execute(PAYABLES, {"rows": rows, "first": 1, "last": rows + rows // 500 + 1})
    connection.execute(CHANGES, {"rows": rows})
    _store(connection)
    _commit_loads(connection, LOADS + 1, LOADS + 1)
    # not the new ones: what a load brings it does not find gone
    gone = f"UPDATE roit.accounts_payable SET _deleted_at = load_time({LOADS + 1})"
    connection.execute(f"{gone} WHERE hash(id) % 2000 = 0 AND id <= 'AP' || lpad({rows}::varchar, 9, '0')")
    found = connection.execute(
        "SELECT count(*) FROM (SELECT id FROM records UNION"
        " SELECT id FROM roit.accounts_payable WHERE _deleted_at IS NOT NULL)"
    ).fetchone()
    assert found is not None
    return int(found[0])


def _begin(connection: duckdb.DuckDBPyConnection) -> None:
    """Macros: a draw from 0 up to a limit, by a payable's number and a purpose; money; days since the start."""
    start = datetime.combine(START, time(6), UTC).isoformat()
    for macro in (
        "draw(number, purpose, below) AS (hash(number * 1000 + purpose) % below)::bigint",
        "cents(amount) AS (amount::decimal(28, 2) / 100)::decimal(38, 10)",
        f"on_day(day) AS DATE '{START}' + day::integer",
        f"at_day(day) AS TIMESTAMPTZ '{start}' + to_days(day::integer) + INTERVAL 9 HOUR",
        f"load_time(number) AS TIMESTAMPTZ '{start}' + to_days(7 * number::integer)",
        "load_id(number) AS epoch(load_time(number))::bigint::varchar || '.0000000'",
    ):
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")
    connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")


def _store(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the versions to the history; the last one of each payable takes the place of what there was."""
    connection.execute(RECORDS)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE newest AS SELECT id AS newest_id, arg_max(_version, v) AS newest_version"
        " FROM records GROUP BY id"
    )
    table = "roit.accounts_payable"
    history = f"SELECT * EXCLUDE ({INTERNAL}) FROM records"
    connection.execute(f"INSERT INTO {table}__history BY NAME {history}")
    connection.execute(f"DELETE FROM {table} WHERE id IN (SELECT newest_id FROM newest)")
    connection.execute(
        f"INSERT INTO {table} BY NAME SELECT * EXCLUDE ({INTERNAL}, _version) FROM records"
        " WHERE _version IN (SELECT newest_version FROM newest)"
    )
    for child in CHILDREN:
        rows = CHILD_ROWS[child]
        connection.execute(f"INSERT INTO {table}__{child}__history BY NAME {rows}")
        connection.execute(
            f"DELETE FROM {table}__{child} WHERE account_payable_id IN (SELECT newest_id FROM newest)"
        )
        connection.execute(
            f"INSERT INTO {table}__{child} BY NAME SELECT * EXCLUDE (_version) FROM ({rows})"
            " WHERE _version IN (SELECT newest_version FROM newest)"
        )
    connection.execute(EVENTS)


def _commit_loads(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
    connection.execute(
        "INSERT INTO roit._dlt_loads BY NAME SELECT load_id(number) AS load_id, 'roit' AS schema_name,"
        f" 0 AS status, load_time(number) AS inserted_at FROM range({first}, {last} + 1) AS numbers(number)"
    )
