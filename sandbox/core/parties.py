"""Companies and suppliers that the systems have in common, and the documents that two systems both hold.

Names are made up and say so. CNPJ roots start with 98, a range that is not issued, and CPFs with 0000, so
that no real register is met; the check digits are right. Some CNPJs carry letters, allowed since July 2026.
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

SUPPLIERS = 60
COMPANIES = 3
SHARED_DOCUMENTS = 40
LETTERS_SINCE = date(2026, 7, 1)
"""CNPJs, and so access keys, may hold letters from this day."""

UF_CODE = "35"
"""São Paulo, the first two digits of an access key."""

_TRADES = (
    "Papelaria Fictícia",
    "Transportes Imaginários",
    "Serviços Inventados",
    "Indústria Modelo",
    "Comércio Exemplo",
    "Energia Simulada",
    "Telecom Hipotética",
    "Consultoria Amostra",
    "Embalagens Faz de Conta",
    "Química Teste",
)


@dataclass(frozen=True)
class Party:
    """`tax_id` is text: a CNPJ of 14 characters or, for a PERSON, a CPF of 11 digits, leading zeros kept."""

    name: str
    tax_id: str
    kind: Literal["COMPANY", "PERSON"]


@dataclass(frozen=True)
class SharedDocument:
    """An invoice that is in ROIT as an NF-e payable and in Tereina as an INVOICE."""

    number: str
    supplier: Party
    company: Party
    issue_date: date
    due_date: date
    amount: Decimal
    currency: str
    access_key: str


def mod11(text: str, weights: list[int]) -> int:
    """The Brazilian check digit: characters count as code point less 48, remainders 0 and 1 give 0."""
    rest = sum((ord(c) - 48) * w for c, w in zip(text, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def cnpj(root: str) -> str:
    """A CNPJ of the 12 characters `root` with its two check digits."""
    first = mod11(root, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    second = mod11(f"{root}{first}", [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    return f"{root}{first}{second}"


def cpf(root: str) -> str:
    """A CPF of the 9 digits `root` with its two check digits."""
    first = mod11(root, list(range(10, 1, -1)))
    second = mod11(f"{root}{first}", list(range(11, 1, -1)))
    return f"{root}{first}{second}"


def access_key(issuer: str, issued: date, model: int, series: int, number: int, code: int) -> str:
    """The 44 characters that name an NF-e (model 55) or CT-e (57): state, month, issuer, number, digit."""
    body = f"{UF_CODE}{issued:%y%m}{issuer:0>14}{model:02}{series:03}{number:09}1{code:08}"
    weights = [2 + (len(body) - 1 - i) % 8 for i in range(len(body))]
    return f"{body}{mod11(body, weights)}"


def make_companies(rng: random.Random) -> list[Party]:
    """The paying companies: one group, so one CNPJ root with branches."""
    root = f"98{rng.randrange(10**6):06}"
    return [
        Party(f"Casa Ledger Fictícia {n} S.A.", cnpj(f"{root}{n:04}"), "COMPANY")
        for n in range(1, COMPANIES + 1)
    ]


def make_suppliers(rng: random.Random) -> list[Party]:
    """The supplier pool: mostly companies, every tenth with letters in its CNPJ, every twelfth a person."""
    parties = []
    for n in range(1, SUPPLIERS + 1):
        if n % 12 == 0:
            parties.append(Party(f"Pessoa Fictícia {n:02}", cpf(f"0000{rng.randrange(10**5):05}"), "PERSON"))
            continue
        tail = "".join(rng.choices(string.ascii_uppercase + string.digits, k=6))
        root = f"98{tail}" if n % 10 == 0 else f"98{rng.randrange(10**6):06}"
        legal = "Ltda" if n % 2 else "S/A"
        parties.append(Party(f"{_TRADES[n % len(_TRADES)]} {n:02} {legal}", cnpj(f"{root}0001"), "COMPANY"))
    return parties


def may_issue(party: Party, day: date) -> bool:
    """Whether the party can issue an NF-e on that day: a company, and no letters before they exist."""
    return party.kind == "COMPANY" and (party.tax_id.isdigit() or day >= LETTERS_SINCE)


def make_shared(
    rng: random.Random, suppliers: list[Party], companies: list[Party], today: date
) -> list[SharedDocument]:
    """Documents of the last 75 days that both systems hold; some share supplier and amount."""
    documents: list[SharedDocument] = []
    for n in range(SHARED_DOCUMENTS):
        issued = today - timedelta(days=rng.randrange(3, 75))
        supplier = rng.choice([p for p in suppliers if may_issue(p, issued)])
        amount = Decimal(rng.randrange(5_000, 9_000_000)) / 100
        if n % 8 == 7:
            # The commonest false duplicate: same supplier and amount as the one before, another invoice.
            supplier, amount = documents[-1].supplier, documents[-1].amount
            issued = max(issued, documents[-1].issue_date)
        number = 70_000 + n
        documents.append(
            SharedDocument(
                number=str(number),
                supplier=supplier,
                company=companies[n % len(companies)],
                issue_date=issued,
                due_date=issued + timedelta(days=rng.choice([15, 28, 30, 45, 60])),
                amount=amount,
                currency="BRL",
                access_key=access_key(supplier.tax_id, issued, 55, 1, number, rng.randrange(10**8)),
            )
        )
    return documents
