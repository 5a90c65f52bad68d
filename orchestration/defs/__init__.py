"""All that imports Dagster: assets, automation, resources, runs and the event log."""
