"""`python -m benchmarks.compiled FOLDER` writes what dbt makes of the models of statistics, as `FOLDER/<model>.sql`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.lab import dbt
from tests.statistics_models import MODELS


def main() -> None:
    (target,) = sys.argv[1:]
    Path(target).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        dbt(Path(folder), "compile", "--select", *MODELS)
        for model in MODELS:
            (compiled,) = Path(folder, "compiled").rglob(f"{model}.sql")
            shutil.copy(compiled, target)


if __name__ == "__main__":
    main()
