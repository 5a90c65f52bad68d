"""What the fork server imports before it forks: `workers.py` names this module, and nothing else imports it.

It alone does something when it is imported, since that is all that the standard library lets a fork server do.
"""

import atexit
import os

from orchestration.warm.garbage import kept_for_good

with kept_for_good():
    import orchestration.completeness.run
    import orchestration.publication.audit
    import orchestration.publication.differencing
    import orchestration.publication.make  # noqa: F401

# its ordinary end takes most of a second, and DuckDB's module then prints what it has not freed
atexit.register(os._exit, 0)
