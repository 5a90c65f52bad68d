"""`python -m benchmarks.compiled FOLDER MODEL...` writes what dbt makes of models, as `FOLDER/MODEL.sql`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.lab import dbt


def main() -> None:
    target, *models = sys.argv[1:]
    Path(target).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        dbt(Path(folder), "compile", "--select", *models)
        for model in models:
            (compiled,) = Path(folder, "compiled").rglob(f"{model}.sql")
            shutil.copy(compiled, target)


if __name__ == "__main__":
    main()
