"""Predicates: one file per predicate type, each with `TYPE`, a class, `parse` and `to_json`."""
