"""The people, companies and accounts that more than one ROIT record names."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sources.kit.tables import CamelRecord, LooseText, Personal


class User(CamelRecord):
    """A person who works in ROIT."""

    id: str | None = Field(None, description="ROIT's id of the user.")
    name: Annotated[str | None, Personal()] = Field(None, description="The user's name.")
    email: Annotated[str | None, Personal()] = Field(None, description="The user's e-mail address.")


class BankAccount(CamelRecord):
    """An account at a Brazilian bank."""

    bank_code: LooseText | None = Field(None, description="COMPE code of the bank, three digits.")
    agency: Annotated[LooseText | None, Personal()] = Field(None, description="Branch of the bank.")
    account: Annotated[LooseText | None, Personal()] = Field(
        None, description="Account number with its check digit."
    )
    account_type: str | None = Field(None, description="Kind of account, such as current or savings.")
