"""The error that is the user's to mend."""

from __future__ import annotations


class UsageError(Exception):
    """Wrong usage or configuration: nothing was done. One line that says what to do."""
