"""CLAIMED: in-toto statements and their predicates. A claim is not yet evidence."""
