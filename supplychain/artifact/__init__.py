"""WHAT: digests, artifacts (in-toto ResourceDescriptor), files and source revisions."""
