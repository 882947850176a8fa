"""REMEMBERED: verification summaries (VSA) and the ladder of environments."""
