"""Whether two homes publish the same rows: `python -m tests.torture.rows HOME HOME`."""

import sys
from pathlib import Path

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import Home
from tests.lab import marts

one, other = (Home(Path(argument)) for argument in sys.argv[1:3])
sys.exit(any(marts(one.published(audience)) != marts(other.published(audience)) for audience in AUDIENCES))
