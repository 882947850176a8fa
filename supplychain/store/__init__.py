"""KEPT: where envelopes and documents lie, by the digest of what they are about. Untrusted by definition."""
