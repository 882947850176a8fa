"""Provenance by public builders, verified against what the SLSA ecosystem publishes about them; offline.

The semantics are those of slsa-verifier (https://github.com/slsa-framework/slsa-verifier), one module per idea:

- `evidence`       which family of builder a file speaks for (before anything is believed)
- `builders`       the known builders, one line each: identity, build types, SLSA level
- `shapes`         SLSA provenance v0.2 and v1 read into one shape
- `references`     git references, builder ids and versioned tags
- `workflow`       the GitHub workflow a signing certificate names
- `github`         slsa-github-generator, its delegators, GitHub artifact attestations
- `npm`            packages of npm: provenance by npm's CLI or a builder, with the registry's publish attestation
- `forgeable`      what a build could write itself is held against the certificate
- `cloud_build`    Google Cloud Build, with the text beside the signed provenance
- `summary`        verification summaries (VSA) of others, by their key
- `checks`         source, artifact, branch, tag, inputs, package: what a user expects
- `public`         the entry: one file of evidence, one artifact, expectations

Nothing here reads a clock or leaves the process; `data/` holds published public keys.
"""
