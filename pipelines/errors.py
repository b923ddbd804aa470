"""Errors that are one line for the user, by what follows from them."""

from __future__ import annotations


class UsageError(Exception):
    """Wrong usage or configuration: nothing was done. One line that says what to do. Exit code 2."""


class WorkFailed(Exception):
    """Something beside the sources and the destination did not work. One line that says what. Exit code 1."""
