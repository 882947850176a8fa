"""Evidence anyone can check, and a gate that lets an artifact move only when the evidence satisfies policy.

THE MAP. Data goes forward, top to bottom; imports run only upward (a station may use the ones above it).

    errors        the error tree, the exit codes, and how an error explains itself
    files         bounded reads and whole-or-nothing writes
    encoding      strict JSON, YAML and TOML in; canonical JSON and RFC 3339 out
    markup        strict XML in, as a stream of elements
    spots         where each value of a YAML text stands, for careful edits
    process       the only place that starts a subprocess
    cache         results kept by the digest of everything that went into them
    artifact      WHAT        digests, artifacts, source revisions
    inventory     MADE OF     components and SBOMs, from lock files and environments
    advisory      KNOWN       OSV records, the database, version order, the matcher
    scan          SEEN        findings and coverage, one file per scanner
    statement     CLAIMED     in-toto statements, one file per predicate type
    signing       SIGNED      DSSE envelopes, keys and signers
    store         KEPT        where envelopes lie; untrusted
    verification  TRUSTED     raw to verified; trust, expectations, the dossier
    policy        DECIDED     the Rego input, the policy set, the engine, the decision
    promotion     REMEMBERED  the verification summary (VSA) and the ladder of environments
    report        TOLD        values in, text out
    pipeline      the verbs, composed: run, gate, promote, admit
    cli           one file per verb, no logic
"""

__version__ = "0.1.0"
