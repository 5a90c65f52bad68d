"""Statistics that SQL does not say well: correlations with their p-values and intervals, and their correction for number."""
