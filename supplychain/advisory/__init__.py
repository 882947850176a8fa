"""KNOWN: OSV records, the database they are kept in, version order, and the matcher."""
