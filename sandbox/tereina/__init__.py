"""Simulated Tereina: the ERP batch queue with companies, invoices, payments and bank statements."""

from .app import create_app

__all__ = ["create_app"]
