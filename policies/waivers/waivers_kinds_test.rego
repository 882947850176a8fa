package supplychain.waivers_test

import data.supplychain.lib.sample_test as sample

# Waivers are used, missed and left over in the same way whatever they waive.

weak := {"id": "weak", "title": "weak", "severity": "high", "status": "affected", "location": {"path": "deploy/a.yaml", "line": 7}}

of_kind(kind) := object.union(sample.sast, {"digest": sprintf("sha256:%s", [kind]), "predicate": {"scanner": {"kind": kind}, "findings": [weak]}})

license := object.union(sample.sast, {"digest": "sha256:licenses", "predicate": {
	"scanner": {"kind": "licenses"},
	"findings": [{"id": "license:X", "aliases": [], "title": "a is under X", "component": {"purl": "pkg:pypi/a@1"}}],
}})

choosy := {"missing": "warn", "reaction": "deny", "unknown": "deny", "allowed": ["MIT"], "denied": []}

broad := object.union(sample.profile_with("licenses", choosy), {"rules": array.concat(sample.rules, ["secrets", "iac", "image", "licenses"])})

# A scan with one finding, what it is waived by, a scope that reaches it, and one that does not.
families := [
	[vulns, "CVE-1", {"component": "pkg:pypi/jinja2@2.4.1", "path": ""}, {"component": "pkg:pypi/flask@1", "path": ""}],
	[analysis, "python-eval", {"component": "", "path": "shop/app.py"}, {"component": "", "path": "other.py"}],
	[of_kind("secrets"), "weak", {"component": "", "path": "deploy/a.yaml"}, {"component": "", "path": "other.yaml"}],
	[of_kind("iac"), "weak", {"component": "", "path": "deploy/a.yaml"}, {"component": "", "path": "other.yaml"}],
	[of_kind("image"), "weak", {"component": "", "path": "deploy/a.yaml"}, {"component": "", "path": "other.yaml"}],
	[license, "license:X", {"component": "pkg:pypi/a@1", "path": ""}, {"component": "pkg:pypi/b@1", "path": ""}],
]

kept(waives, scope) := sample.waiver({"waives": waives, "scope": scope})

gone(waives, scope) := sample.changed(
	sample.waiver({"waives": waives, "scope": scope, "until": "2026-11-20T00:00:00Z", "owner": "grace"}),
	{"digest": "sha256:gone"},
)

codes_told(statements) := sample.codes(run_at(sample.at, statements, broad).warn)

test_a_waiver_that_covers_is_silent_and_one_beside_it_unused if {
	every family in families {
		codes_told([family[0], kept(family[1], family[2])]) == set()
		codes_told([family[0], kept(family[1], family[3])]) == {"WAIVER_UNUSED"}
		beside := sample.changed(kept("other", family[3]), {"digest": "sha256:beside"})
		codes_told([family[0], kept(family[1], family[2]), beside]) == {"WAIVER_UNUSED"}
	}
}

test_an_ended_waiver_is_told_where_it_is_missed if {
	every family in families {
		codes_told([family[0], gone(family[1], family[2])]) == {"WAIVER_EXPIRED"}
		codes_told([family[0], gone(family[1], family[3])]) == set()
		codes_told([family[0], gone("other", family[2])]) == set()
		codes_told([family[0], gone(family[1], family[2]), kept(family[1], family[2])]) == set()
	}
}

test_an_unborn_or_too_long_waiver_has_not_expired if {
	sample.codes(run({"from": "2026-11-22T00:00:00Z"}).warn) == set()
	sample.codes(run({"from": "2026-01-01T00:00:00Z", "until": "2026-11-20T00:00:00Z"}).warn) == {"WAIVER_TOO_LONG"}
}

test_the_longest_waiver_is_exact if {
	run({"until": "2027-01-30T00:00:00Z"}).deny == set()
	sample.codes(run({"until": "2027-01-30T00:00:01Z"}).warn) == {"WAIVER_TOO_LONG"}
}

test_no_day_at_all_is_a_limit_too if {
	none := sample.profile_with("waivers", {"max_days": 0})
	sample.codes(run_at(sample.at, [vulns, sample.sast, sample.waiver({})], none).warn) == {"WAIVER_TOO_LONG"}
}

test_a_pattern_of_any_path_is_wide if {
	every path in ["*", "*.py", "**/app.py"] {
		"WAIVER_WIDE" in codes_told([analysis, kept("python-eval", {"component": "", "path": path})])
	}
	every path in ["shop/*", "shop/app.py"] {
		not "WAIVER_WIDE" in codes_told([analysis, kept("python-eval", {"component": "", "path": path})])
	}
}

test_a_waiver_is_told_with_its_facts if {
	some violation in run({"until": "2026-11-22T00:00:00Z"}).warn
	violation.evidence == {
		"waives": "CVE-1",
		"owner": "ada",
		"ticket": "SEC-1",
		"until": "2026-11-22T00:00:00Z",
		"signers": ["ci"],
		"statement": "sha256:waiver",
	}
	some long in run({"until": "2027-11-01T00:00:00Z"}).warn
	contains(long.message, "lasts from 2026-11-01T00:00:00Z until 2027-11-01T00:00:00Z")
}
