"""What the tests of the kit share; being here puts this folder's helpers on the import path."""

from __future__ import annotations

import pytest
from kit_clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
