"""ROIT, simulated: accounts payable, fiscal documents and their exports, ERP integration, tax reform data."""

from .app import create_app

__all__ = ["create_app"]
