"""Payment requests, what banks said about them, and bank statements.

The ISO 20022 documents pain.001, pain.002 and camt.053 are mapped onto the same records. What only they say is
null for records that came otherwise.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import CamelRecord, Child, Codes, FreeForm, LooseText, Personal, Table

from ._base import PayloadObject, Timestamp, Versioned

# ISO 20022, external code set ExternalPaymentTransactionStatus1: those that Tereina is known to send.
PAYMENT_STATUSES = Codes("ACCP", "ACSC", "ACSP", "RJCT", "PDNG")
CREDIT_DEBIT = Codes("CRDT", "DBIT")


class DebtorAccount(CamelRecord):
    """The account that pays."""

    iban: Annotated[str | None, Personal()] = Field(None, description="Number of the account that pays.")
    bic: str | None = Field(None, description="The paying bank's identifier, ISO 9362.")


class Creditor(CamelRecord):
    """Who is paid."""

    reference_id: str | None = Field(None, description="The company that is paid.")
    name: Annotated[str | None, Personal()] = Field(None, description="Name of who is paid.")


class CreditorAccount(CamelRecord):
    """The account that receives the money."""

    iban: Annotated[str | None, Personal()] = Field(None, description="Number of the receiving account.")
    account_number: Annotated[LooseText | None, Personal()] = Field(
        None, description="Number of the receiving account in its bank's own country."
    )
    bic: str | None = Field(None, description="The receiving bank's identifier, ISO 9362.")
    pix_key: Annotated[LooseText | None, Personal()] = Field(
        None, description="PIX key of the receiving account."
    )


class Remittance(CamelRecord):
    """A part of a payment that settles one invoice."""

    invoice_reference_id: str | None = Field(None, description="The invoice that is paid.")
    amount: Decimal | None = Field(None, description="The part of the payment, in its currency.")
    text: str | None = Field(None, description="What the payer says about it.")


class PaymentRequest(PayloadObject):
    """An order to a bank to pay."""

    table: ClassVar[Table | None] = Table(
        name="payment_requests",
        singular="payment_request",
        key=("reference_id",),
        version="version",
        history=True,
        currency="currency",
        amount="amount",
        partition="execution_date",
    )

    company_code_reference_id: str | None = Field(None, description="The company code that pays.")
    execution_date: date | None = Field(None, description="When the bank is to pay.")
    currency: str | None = Field(None, description="Currency of the payment, ISO 4217.")
    amount: Decimal | None = Field(None, description="Amount to pay.")
    method: str | None = Field(None, description="How it is paid.")
    debtor_account: DebtorAccount | None = Field(None, description="The account that pays.")
    creditor: Creditor | None = Field(None, description="Who is paid.")
    creditor_account: CreditorAccount | None = Field(None, description="The account that receives the money.")
    remittances: list[Remittance] | None = Field(
        None, description="One row per invoice that a payment request settles."
    )
    end_to_end_id: str | None = Field(
        None, description="Identifies the payment from the payer to the receiver; banks pass it on."
    )
    message_id: str | None = Field(None, description="The pain.001 message that it came in.")
    payment_information_id: str | None = Field(
        None, description="The group of payments in the pain.001 that the bank may book as one."
    )


class PaymentStatus(Versioned):
    """One thing that a bank said about a payment: every status ever seen stays.

    The end-to-end id belongs to the key: a status without one cannot be told from another, and is rejected.
    """

    table: ClassVar[Table | None] = Table(
        name="payment_statuses",
        singular="payment_status",
        key=("end_to_end_id", "status", "status_at"),
        append_only=True,
        status="status",
        currency="currency",
        amount="amount",
        partition="status_at",
    )

    reference_id: str | None = Field(
        None, description="Reference of the message; it comes again with each status of the payment."
    )
    payment_request_reference_id: str | None = Field(None, description="The payment request it is about.")
    end_to_end_id: str = Field(description="End-to-end id of the payment that it is about.")
    status: Annotated[str, PAYMENT_STATUSES] = Field(description="Status of the payment, ISO 20022 code.")
    reason_code: str | None = Field(None, description="Why, as an ISO 20022 code.")
    reason_text: str | None = Field(None, description="Why, in words.")
    status_at: Timestamp = Field(description="When the payment came to have the status, UTC.")
    amount: Decimal | None = Field(None, description="Amount of the payment.")
    currency: str | None = Field(None, description="Currency of the payment, ISO 4217.")
    reported_at: Timestamp | None = Field(None, description="When the bank made the pain.002 report, UTC.")
    status_id: str | None = Field(None, description="The bank's own id of the status in its report.")
    message_id: str | None = Field(None, description="The pain.002 message that it came in.")


class EntryTransaction(CamelRecord):
    """One payment of a batch that the bank booked as a single entry."""

    end_to_end_id: str | None = Field(None, description="End-to-end id of the payment.")
    amount: Decimal | None = Field(None, description="Amount, positive; its direction is the entry's.")
    currency: str | None = Field(None, description="Currency of the amount, ISO 4217.")
    counterparty_name: Annotated[str | None, Personal()] = Field(None, description="Name of the other party.")
    counterparty_iban: Annotated[str | None, Personal()] = Field(
        None, description="Account number of the other party."
    )
    remittance_text: Annotated[str | None, Personal()] = Field(
        None, description="What the payer said about it; often names a person."
    )


class BankEntry(CamelRecord):
    """One booking on an account."""

    entry_reference: LooseText | None = Field(None, description="The bank's reference of the booking.")
    booking_date: date | None = Field(None, description="When it was booked, as the bank wrote it.")
    value_date: date | None = Field(None, description="From when it counts for interest.")
    amount: Decimal | None = Field(None, description="Amount, positive, in the account's currency.")
    credit_debit: Annotated[str | None, CREDIT_DEBIT] = Field(
        None, description="CRDT: money came in; DBIT: money went out."
    )
    status: str | None = Field(None, description="State of the booking, such as booked or pending.")
    end_to_end_id: str | None = Field(None, description="End-to-end id of the payment behind it.")
    counterparty_name: Annotated[str | None, Personal()] = Field(None, description="Name of the other party.")
    counterparty_iban: Annotated[str | None, Personal()] = Field(
        None, description="Account number of the other party."
    )
    remittance_text: Annotated[str | None, Personal()] = Field(
        None, description="What the payer said about it; often names a person."
    )
    bank_transaction_code: str | None = Field(
        None, description="Kind of transaction, by ISO 20022 or the bank."
    )
    currency: str | None = Field(
        None, description="Currency of the amount where the entry names it, ISO 4217."
    )
    account_servicer_reference: str | None = Field(None, description="The bank's reference in a camt.053.")
    reversal: bool | None = Field(
        None, description="True when it reverses an earlier booking; null where that is not said."
    )
    charges: FreeForm | None = Field(None, description="Charges inside the amount, as the camt.053 has them.")
    transactions: list[EntryTransaction] | None = Field(
        None, description="One row per payment of a batch that the bank booked as one entry."
    )


class BankStatement(PayloadObject):
    """A bank's statement of one account and period: opening + credits - debits = closing."""

    table: ClassVar[Table | None] = Table(
        name="bank_statements",
        singular="bank_statement",
        key=("reference_id",),
        version="version",
        currency="currency",
        amount="closing_balance",
        partition="to_date",
    )

    account_iban: Annotated[str | None, Personal()] = Field(None, description="Number of the account.")
    account_number: Annotated[LooseText | None, Personal()] = Field(
        None, description="Number of the account in its bank's own country, where it has no IBAN."
    )
    currency: str | None = Field(None, description="Currency of the account, ISO 4217.")
    statement_number: LooseText | None = Field(None, description="The bank's number of the statement.")
    from_date: date | None = Field(None, description="First day of the statement, as the bank wrote it.")
    to_date: date | None = Field(None, description="Last day of the statement, as the bank wrote it.")
    opening_balance: Decimal | None = Field(
        None, description="Booked balance before the first entry; negative when overdrawn."
    )
    closing_balance: Decimal | None = Field(
        None, description="Booked balance after the last entry; negative when overdrawn."
    )
    entries: Annotated[list[BankEntry] | None, Child(singular="entry")] = Field(
        None, description="One row per booking on a bank statement."
    )
