"""dbt's manifest of the project as it is installed, without a warehouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pipelines.errors import UsageError, WorkFailed
from pipelines.transform import PROJECT

LAST_LINES = 3
# The dictionary shows what is built only where a variable says so, too.
EVERY_MODEL = {"using_discount_terms": True}


def read_manifest() -> dict[str, Any]:
    """What ``dbt parse`` writes. It connects to nothing, and the project is not written into."""
    if not (PROJECT / "dbt_project.yml").exists():
        raise UsageError(f"the dbt project is not where it was installed: {PROJECT}")
    with tempfile.TemporaryDirectory(prefix="ledgerhouse-dictionary-") as folder:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [
                *(sys.executable, "-P", "-m", "dbt.cli.main", "--no-use-colors", "parse"),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", folder, "--log-path", folder),
                *("--vars", json.dumps(EVERY_MODEL)),
            ],
            env=os.environ | {"DO_NOT_TRACK": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        manifest = Path(folder) / "manifest.json"
        if done.returncode or not manifest.exists():
            said = " ".join((done.stdout + done.stderr).strip().splitlines()[-LAST_LINES:])
            raise WorkFailed(f"dbt cannot read the project: {said}")
        return dict(json.loads(manifest.read_text(encoding="utf-8")))
