"""The DuckDB files: raw tables and how they are written, the one writer's lock, publication by atomic replacement."""
