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
	"sbom": {"max_age_hours": 48, "min_components": 1, "allow_missing_versions": false, "tolerated_gaps": ["no_version"], "minimum_elements": "cisa", "element_tolerance": {"supplier": 25}},
	"scan": {
		"required": ["dependencies", "sast"],
		"max_age_hours": 48,
		"database_max_age_hours": 168,
		"stale_database": "deny",
		"tolerated_skips": ["not_pinned", "sast:unsupported_file", "no_database"],
		"allow_empty": ["sast"],
	},
	"vulnerabilities": {
		"severities": severities,
		"unfixed": "deny",
		"known_before": "deny",
		"baselines": ["decision:production:*"],
		"vex": "refuse",
		"exploited": "deny",
		"epss_at_least": null,
	},
	"sast": {"missing": "deny", "severities": severities},
	"waivers": {"max_days": 90, "expiring_days": 7},
	"previous_environment": {"min_soak_hours": 2, "after": "staging"},
	"secrets": {"missing": "deny", "severities": severities, "named": {}},
	"iac": {"missing": "deny", "severities": severities, "named": {}},
	"image": {"missing": "deny", "severities": severities, "named": {}},
	"tests": {"min_tests": 10, "max_skipped": 2, "max_age_hours": 48},
	"coverage": {"min_lines_percent": 85, "min_branches_percent": null, "max_age_hours": 48},
	"complexity": {"max": 10, "max_over": 0, "max_age_hours": 48},
	"performance": {"max_regression_percent": 5, "min_compared": 1, "gone": "deny", "max_age_hours": 48},
	"approvals": {"needed": 2, "exclude_author": true, "max_days": 14},
	"break_glass": {"needed": 2, "max_hours": 4, "rules": ["tests", "coverage", "complexity", "performance", "secrets", "iac", "image", "sast", "vulnerabilities", "freeze", "previous_environment", "approvals", "evidence", "provenance"]},
	"freeze": {"weekly": [], "dated": [], "exceptions": []},
	"two_scanners": {"kinds": ["dependencies"], "min_scanners": 2, "disagreement": "deny"},
	"source": {"uris": ["git+https://git.example/shop"], "refs": ["refs/heads/main", "refs/tags/v*"]},
	"rebuilt": {"min_builders": 2, "min_builder_level": 1},
}

rules := ["evidence", "provenance", "sbom", "scan", "vulnerabilities", "sast", "waivers", "previous_environment", "break_glass"]

profile := {"environment": "production", "rules": rules, "thresholds": thresholds}

# The profile with some thresholds of one rule replaced.
profile_with(rule, changes) := object.union(profile, {"thresholds": {rule: changes}})

document := {
	"version": 2,
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
		"missing": {
			"supplier": 0,
			"name": 0,
			"version": 0,
			"unique_id": 0,
			"dependency": 0,
			"hash": 0,
			"license": 0,
			"author": 0,
			"timestamp": 0,
			"tool": 0,
			"generation_context": 0,
		},
	}},
)

database := {"built": "2026-11-20T00:00:00Z", "digest": "sha256:database", "records": 2661}

coverage := {"asked": 2, "looked_at": 2, "skipped": [], "database": database, "rules": null, "time_limit_hit": false}

vulns := object.union(
	statement("vulns", "vulns", {"scanner": {}, "coverage": coverage}),
	{"findings": {"unreadable": 0, "alike": []}},
)

# A dependency scan with findings, each in a group of its own.
vulns_with(findings) := object.union(vulns, {"findings": {"alike": findings}})

# A finding as the document has it, with some facts of its group and of its evidence replaced.
finding(group, evidence) := object.union(
	{
		"severity": "high",
		"status": "affected",
		"exploited": null,
		"new": null,
		"vex": null,
		"seen_by": [],
		"unlooked": false,
		"without_fix": false,
		"epss": "none",
	},
	object.union(group, {"members": [member(evidence)]}),
)

member(evidence) := {
	"message": "jinja2 2.4.1 has PYSEC-1 (high): slow",
	"fix": "raise jinja2 2.4.1 to 2.11.3",
	"evidence": object.union(
		{
			"id": "PYSEC-1",
			"purl": "pkg:pypi/jinja2@2.4.1",
			"name": "jinja2",
			"version": "2.4.1",
			"fixed": ["2.11.3"],
			"aliases": ["CVE-1"],
		},
		evidence,
	),
}

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

# A quality statement of a kind.
quality(kind, measured) := statement("test-result", kind, {
	"result": "PASSED",
	"configuration": [],
	"urn:supplychain:quality": {"kind": kind, "tools": ["tool"], "measured": measured},
})

# A word of a person about this artifact for production, said at noon the day before and good for two days.
approval(person, changes) := object.union(
	statement("approval", sprintf("approval-%s", [person]), object.union(
		{
			"environment": "production",
			"verdict": "approve",
			"approver": person,
			"reason": "looks good",
			"ticket": "",
			"rules": [],
			"from": "2026-11-20T12:00:00Z",
			"until": "2026-11-22T12:00:00Z",
		},
		changes,
	)),
	{"people": [person]},
)

# A glass that a person broke for a rule, for two hours around `at`.
broken(rule, person) := approval(person, {
	"verdict": "break_glass",
	"reason": "customers are down",
	"rules": [rule],
	"from": "2026-11-20T23:00:00Z",
	"until": "2026-11-21T01:00:00Z",
})

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
