"""SIGNED: DSSE envelopes, identities, and signers chosen by URI."""
