"""Reads the reports of other tools (tests, coverage, complexity, benchmarks), strictly: a doubt is an error."""
