"""Companies, their payment terms and accounts, and the company codes that pay."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ..core.parties import Party
from ..core.world import World
from .values import Object, audit, brazilian_iban, iban

SANDBOX_BANK = 99_999_001
"""No bank has this code."""

OPENING, OVERDRAWN = Decimal("25000.00"), Decimal("-310.05")
MASTER_DATA_AGE = timedelta(days=400)


@dataclass(frozen=True)
class Account:
    """An account of the group that pays suppliers and has statements."""

    company_code: str
    iban: str
    bic: str
    currency: str
    opening: Decimal


@dataclass(frozen=True)
class Supplier:
    """A supplier as the rest of the data needs it; `term` is its payment term."""

    reference_id: str
    party: Party
    term: Object
    iban: str
    bic: str
    account_number: str
    method: str


@dataclass(frozen=True)
class MasterData:
    """Everything invoices and payments refer to, as objects and as what they are made from."""

    companies: list[Object]
    company_codes: list[Object]
    suppliers: list[Supplier]
    accounts: list[Account]

    def account(self, company_code: str, currency: str) -> Account:
        """Return the account from which a company code pays in a currency."""
        return next(
            item for item in self.accounts if (item.company_code, item.currency) == (company_code, currency)
        )

    def currencies(self, company_code: str) -> list[str]:
        return [item.currency for item in self.accounts if item.company_code == company_code]


def due_dates(term: Object, baseline: date) -> list[tuple[date, Decimal]]:
    """Return when each installment of a term falls due, with its percentage."""
    if term["asap"]:
        return [(baseline, Decimal(100))]
    return [(_due(part, baseline), part["percentage"]) for part in term["installments"]]


def _due(part: Object, baseline: date) -> date:
    if part["dueDateType"] == "RELATIVE_DAYS":
        return baseline + timedelta(days=part["dueDays"])
    month = baseline.month - 1 + part["monthsShift"]
    return date(baseline.year + month // 12, month % 12 + 1, part["fixedDayOfMonth"])


def _installment(sequence: int, percentage: str, days: int) -> Object:
    return {
        "sequence": sequence,
        "percentage": Decimal(percentage),
        "dueDateType": "RELATIVE_DAYS",
        "fixedDayOfMonth": None,
        "monthsShift": None,
        "dueDays": days,
    }


def payment_terms() -> list[Object]:
    """Return the terms in use. The percentages of each add up to 100."""
    parts: tuple[tuple[str, str, list[Object]], ...] = (
        ("T030", "30 dias", [_installment(1, "100", 30)]),
        ("T3060", "30/60 dias", [_installment(1, "50.00", 30), _installment(2, "50.00", 60)]),
        (
            "T369",
            "30/60/90 dias",
            [_installment(1, "33.33", 30), _installment(2, "33.33", 60), _installment(3, "33.34", 90)],
        ),
        (
            "TD15",
            "Dia 15 do mês seguinte",
            [
                {
                    "sequence": 1,
                    "percentage": Decimal("100.0"),
                    "dueDateType": "FIXED_DAY_OF_MONTH",
                    "fixedDayOfMonth": 15,
                    "monthsShift": 1,
                    "dueDays": None,
                }
            ],
        ),
        ("TASAP", "À vista", []),
    )
    return [
        {
            "referenceId": reference,
            "name": name,
            "description": f"Pagamento: {name}",
            "baselineType": "INVOICE_DATE",
            "asap": reference == "TASAP",
            "installments": installments,
        }
        for reference, name, installments in parts
    ]


def make_master_data(world: World) -> MasterData:
    """Return the master data of the world's companies and suppliers."""
    rng = world.random("tereina master data")
    born = world.started_at - MASTER_DATA_AGE
    terms = payment_terms()
    codes = [f"CC{number:02d}" for number in range(1, len(world.companies) + 1)]
    accounts = _accounts(codes)
    suppliers = [_supplier(rng, n, party, terms) for n, party in enumerate(world.suppliers, start=1)]
    own = [
        _own_company(rng, code, party, accounts, suppliers[n], born)
        for n, (code, party) in enumerate(zip(codes, world.companies, strict=True))
    ]
    others = [_company(rng, supplier, codes[0], born) for supplier in suppliers]
    for company in others[::9]:
        company["riskProfile"] = {
            "score": Decimal("0.730"),
            "labels": ["novo", "sem histórico"],
        }  # unannounced
    return MasterData(
        [*own, *others],
        [_company_code(rng, code, party, born) for code, party in zip(codes, world.companies, strict=True)],
        suppliers,
        accounts,
    )


def _accounts(codes: list[str]) -> list[Account]:
    """Every company code pays in BRL; the first two also in a currency of their own."""
    accounts = [
        Account(code, brazilian_iban(SANDBOX_BANK, 1, 1000 + n), "XXXXBRSPXXX", "BRL", OPENING)
        for n, code in enumerate(codes)
    ]
    accounts.append(Account(codes[0], brazilian_iban(SANDBOX_BANK, 1, 2000), "XXXXBRSPXXX", "USD", OVERDRAWN))
    accounts.append(Account(codes[1], iban("NL", "XXXX0000000001"), "XXXXNL2AXXX", "EUR", OPENING))
    return accounts


def _supplier(rng: random.Random, number: int, party: Party, terms: list[Object]) -> Supplier:
    account = rng.randrange(10**7)
    return Supplier(
        reference_id=f"SUP-{number:05d}",
        party=party,
        term=terms[number % len(terms)],
        iban=brazilian_iban(SANDBOX_BANK + 1, rng.randrange(10**4), account),
        bic="YYYYBRSPXXX",
        # leading zeros are part of the number
        account_number=f"00{account:07d}-{rng.randrange(10)}",
        method=("TED", "PIX", "BOLETO", "CHECK_IN_THE_MAIL")[number % 4],
    )


def _address(reference: str, primary: bool) -> Object:
    return {
        "referenceId": f"{reference}-ADR{1 if primary else 2}",
        "name": "Matriz" if primary else "Depósito",
        "line1": "Avenida do Exemplo, 1000" if primary else "Rodovia Imaginária, km 7",
        "line2": None if primary else 'Galpão 3, "fundos"',
        "city": "São Paulo",
        "region": "SP",
        "postalCode": "01000-000",
        "country": "BR",
        "isPrimary": primary,
    }


def _bank_account(
    reference: str, number: int, account: str, bic: str, currency: str, local: str | None
) -> Object:
    return {
        "referenceId": f"{reference}-ACC{number}",
        "name": f"Conta {currency}",
        "iban": account,
        "accountNumber": local,
        "bic": bic,
        "bankCode": account[4:12] if account.startswith("BR") else None,
        "currency": currency,
        "country": account[:2],
        "isPrimary": number == 1,
    }


def _company(rng: random.Random, supplier: Supplier, code: str, born: datetime) -> Object:
    reference, party = supplier.reference_id, supplier.party
    person = party.kind == "PERSON"
    return {
        "referenceId": reference,
        **audit(rng, born + timedelta(hours=rng.randrange(2000))),
        "name": party.name,
        # a number in some rows and text in others
        "number": rng.choice([rng.randrange(10**6), f"{rng.randrange(10**6):010d}"]),
        "registeredCountry": "BR",
        "registeredRegion": "SP",
        "owningOrganizationId": "ORG-1",
        "counterpartyOrganizationId": None,
        "companyCodeReferenceId": code,
        "supplier": True,
        "customer": rng.random() < 0.1,
        "addresses": [_address(reference, True)] + [_address(reference, False)] * (rng.random() < 0.3),
        "bankAccounts": [
            _bank_account(reference, 1, supplier.iban, supplier.bic, "BRL", supplier.account_number)
        ],
        "corporateIdentifiers": [{"type": "CPF" if person else "CNPJ", "value": party.tax_id}],
        "contacts": _contacts(reference) if not person else [],
        "companyRelations": [_relation(supplier, "OWN-CC01", "SUPPLIER")],
    }


def _contacts(reference: str) -> list[Object]:
    return [
        {
            "referenceId": f"{reference}-CON1",
            "firstName": "Beltrana",
            "lastName": "da Conceição Exemplo",
            "department": "Contas a receber",
            "title": None,
            "emailAddress": f"cobranca@{reference.lower()}.invalid",
            "phone": "+55 11 0000-0000",
        }
    ]


def _relation(supplier: Supplier, other: str, type_: str) -> Object:
    return {
        "referenceId": f"{supplier.reference_id}-{other}",
        "companyReferenceId": other,
        "relationshipType": type_,
        "paymentMethod": supplier.method,
        "paymentTerm": supplier.term,
    }


def _own_company(
    rng: random.Random, code: str, party: Party, accounts: list[Account], partner: Supplier, born: datetime
) -> Object:
    reference = f"OWN-{code}"
    own = [account for account in accounts if account.company_code == code]
    return {
        "referenceId": reference,
        **audit(rng, born),
        "name": party.name,
        "number": code,
        "registeredCountry": "BR",
        "registeredRegion": "SP",
        "owningOrganizationId": "ORG-1",
        "counterpartyOrganizationId": "ORG-1",
        "companyCodeReferenceId": code,
        "supplier": False,
        "customer": False,
        "addresses": [_address(reference, True)],
        "bankAccounts": [
            _bank_account(reference, n, item.iban, item.bic, item.currency, None)
            for n, item in enumerate(own, start=1)
        ],
        "corporateIdentifiers": [
            {"type": "CNPJ", "value": party.tax_id},
            {"type": "LEI", "value": "00000000000000000098"},
        ],
        "contacts": [],
        "companyRelations": [
            {**_relation(partner, partner.reference_id, "CUSTOMER"), "referenceId": f"{reference}-REL1"}
        ],
    }


def _company_code(rng: random.Random, code: str, party: Party, born: datetime) -> Object:
    return {
        "referenceId": code,
        **audit(rng, born),
        "code": code.removeprefix("CC").rjust(4, "0"),
        "name": party.name,
        "companyReferenceId": f"OWN-{code}",
        "country": "BR",
        "currency": "BRL",
    }
