"""The sample cycles: invented Members whose submissions are written as real files in all three forms, from a seed.

targets.py    what a sample cycle is to look like (`raw/samples/<cycle>/`)
roster.py     invented Members with attributes spread as those of the first cycle's participants
answers.py    their answers
files.py      the answers as files, some with faults
"""

from orchestration.sample.files import write_sample
from orchestration.sample.targets import Targets, read_targets, sample_names

__all__ = ["Targets", "read_targets", "sample_names", "write_sample"]
