"""Verification of Sigstore bundles, offline: certificates, logs, timestamps against a trusted root.

    root = load_root("production")
    bundle = SigstoreBundle.parse(data, where="release.sigstore.json")
    signer = CertificateIdentity(identity="https://github.com/…@refs/tags/v1", issuer="https://token.actions.…")
    verified = verify_bundle(bundle, artifact=digest, trusted_root=root, signer=signer)

`verifier` lists the steps; each has a module: `trusted_root`, `timestamp` (RFC 3161), `certificate` and `claims`,
`sct` (RFC 6962), `rekor` with `merkle` and `checkpoint`, `entry` (what the log says about the bundle), `keys`.
Nothing here reads a clock or leaves the process. Keyed verification without a log needs none of this package.
"""
