"""Statistics that SQL does not say well: correlations with their p-values and intervals, and their correction for number.

correlation.py  Spearman's coefficients with p-values and intervals, and the correction of many of them
"""

NO_VARIATION = 1e-12
"""Relative range up to which values differ by rounding only; the same as the macro `has_variation` of the dbt project."""
