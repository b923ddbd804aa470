"""Simulated Solvimon: billing reports, invoices, payments and what they refer to."""

from .app import create_app

__all__ = ["create_app"]
