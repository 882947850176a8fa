"""TRUSTED: from raw to verified. The only module that builds a VerifiedStatement is `verifier`."""
