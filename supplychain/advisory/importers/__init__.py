"""Importers: from advisory files of one format to OSV records. One file per format."""
