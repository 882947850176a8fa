"""Fetching what changed from a server that speaks OSV's per-ecosystem zip protocol, and importing it as a whole."""
