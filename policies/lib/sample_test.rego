# Good evidence and a strict profile, from which the tests of every rule make bad ones.
package supplychain.lib.sample_test

at := "2026-11-21T00:00:00Z"

sha256 := "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

severities := {"critical": "deny", "high": "deny", "medium": "warn", "low": "warn", "none": "ignore", "unknown": "deny"}

thresholds := {
	"provenance": {
		"min_builder_level": 1,
		"require_clean_source": true,
		"max_age_hours": 48,
		"allowed_builders": ["https://builder.example/*"],
	},
	"sbom": {"max_age_hours": 48, "min_components": 1, "allow_missing_versions": false, "tolerated_gaps": ["no_version"]},
	"scan": {
		"required": ["dependencies", "sast"],
		"max_age_hours": 48,
		"database_max_age_hours": 168,
		"stale_database": "deny",
		"tolerated_skips": ["not_pinned", "sast:unsupported_file", "no_database"],
		"allow_empty": ["sast"],
	},
	"vulnerabilities": {"severities": severities, "unfixed": "deny"},
	"sast": {"missing": "deny", "severities": severities},
	"waivers": {"max_days": 90, "expiring_days": 7},
	"previous_environment": {"min_soak_hours": 2, "after": "staging"},
}

rules := ["evidence", "provenance", "sbom", "scan", "vulnerabilities", "sast", "waivers", "previous_environment"]

profile := {"environment": "production", "rules": rules, "thresholds": thresholds}

# The profile with some thresholds of one rule replaced.
profile_with(rule, changes) := object.union(profile, {"thresholds": {rule: changes}})

document := {
	"version": 1,
	"at": at,
	"environment": "production",
	"previous_environment": "staging",
	"artifact": {"name": "shop-1.0-py3-none-any.whl", "digest": {"sha256": sha256}},
	"statements": statements,
	"rejected": [],
}

# The document with other statements.
document_of(chosen) := object.union(document, {"statements": chosen})

statements := [provenance, sbom, vulns, sast, vsa]

statement(kind, name, predicate) := {
	"kind": kind,
	"predicate_type": "urn:example",
	"digest": sprintf("sha256:%s", [name]),
	"time": "2026-11-20T12:00:00Z",
	"signers": ["ci"],
	"builder_level": 0,
	"predicate": predicate,
	"document": null,
}

# A statement with some fields replaced; objects are merged, everything else is exchanged.
changed(original, changes) := object.union(original, changes)

newer(original, changes) := object.union(original, object.union({"time": "2026-11-20T13:00:00Z"}, changes))

source := {
	"uri": "git+https://git.example/shop@refs/heads/main",
	"digest": {"gitCommit": "0123456789abcdef0123456789abcdef01234567"},
	"annotations": {"dirty": false},
}

plain_source := {"uri": "file:///shop", "digest": {"sha256": sha256}, "annotations": {"revision_control": "none"}}

dependency := {"uri": "pkg:pypi/build@1.3.0", "digest": {"sha256": sha256}}

provenance := object.union(
	statement("provenance", "provenance", {
		"buildDefinition": {"buildType": "urn:example", "resolvedDependencies": [dependency, source]},
		"runDetails": {"builder": {"id": "https://builder.example/1"}},
	}),
	{"builder_level": 1},
)

# Provenance with another list of resolved dependencies.
built_from(dependencies) := object.union(
	provenance,
	{"predicate": {"buildDefinition": {"resolvedDependencies": dependencies}}},
)

sbom := object.union(
	statement("sbom", "sbom", {}),
	{"document": {
		"format": "CycloneDX",
		"components": 12,
		"without_version": [],
		"without_purl": [],
		"subjects": [{"sha256": sha256}],
		"gaps": [],
	}},
)

database := {"built": "2026-11-20T00:00:00Z", "digest": "sha256:database", "records": 2661}

coverage := {"asked": 2, "looked_at": 2, "skipped": [], "database": database, "rules": null, "time_limit_hit": false}

vulns := statement("vulns", "vulns", {"scanner": {"result": []}, "coverage": coverage})

sast := statement("scan", "sast", {
	"scanner": {"name": "semgrep", "kind": "sast"},
	"findings": [],
	"coverage": object.union(coverage, {"database": null}),
})

vsa := statement("vsa", "vsa", {
	"policy": {"uri": "urn:supplychain:policy:staging"},
	"verificationResult": "PASSED",
})

# A waiver of CVE-1 in one component, in force at `at` for another 40 days.
waiver(changes) := statement("waiver", "waiver", object.union(
	{
		"waives": "CVE-1",
		"scope": {"environments": ["production"], "component": "pkg:pypi/jinja2@2.4.1", "path": ""},
		"owner": "ada",
		"reason": "not reachable",
		"ticket": "SEC-1",
		"from": "2026-11-01T00:00:00Z",
		"until": "2026-12-31T00:00:00Z",
	},
	changes,
))

codes(violations) := {violation.code | some violation in violations}

# Every violation is whole: a code, a sentence with what was found, a next step, and facts.
are_whole(violations) if {
	every violation in violations {
		regex.match("^[A-Z_]+$", violation.code)
		count(violation.message) > 15
		count(violation.fix) > 10
		not contains(violation.message, "%!")
		not contains(violation.fix, "%!")
		is_object(violation.evidence)
	}
}
