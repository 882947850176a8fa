package supplychain.waivers_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.lib.waivers as lib
import data.supplychain.sast
import data.supplychain.vulnerabilities
import data.supplychain.waivers

# What no version mends, of a severity.
finding(severity) := sample.finding({"severity": severity, "without_fix": true}, {"fixed": []})

weakness := {
	"id": "python-eval",
	"title": "eval",
	"severity": "high",
	"status": "affected",
	"location": {"path": "shop/app.py", "line": 7},
}

vulns := sample.vulns_with([finding("high")])

analysis := object.union(sample.sast, {"predicate": {"findings": [weakness]}})

run_at(at, statements, profile) := found if {
	document := object.union(sample.document_of(statements), {"at": at})
	found := {
		"deny": (vulnerabilities.deny | sast.deny),
		"told": {violation | some violation in (vulnerabilities.warn | sast.warn); violation.code == "WAIVED"},
		"warn": waivers.warn,
		"cannot_tell": waivers.cannot_tell,
	} with input as document with data.profile as profile
	sample.are_whole((((found.deny | found.warn) | found.told) | found.cannot_tell))
}

run(changes) := run_at(sample.at, [vulns, sample.sast, sample.waiver(changes)], sample.profile)

test_without_a_waiver_nothing_is_said if {
	found := run_at(sample.at, [vulns, analysis], sample.profile)
	count(found.deny) == 2
	found.told == set()
	found.warn == set()
}

test_a_waiver_turns_a_denial_into_a_warning if {
	found := run({})
	found.deny == set()
	found.warn == set()
	some told in found.told
	told.message == "jinja2 2.4.1 has PYSEC-1 (high): waived by ada until 2026-12-31T00:00:00Z: not reachable"
	told.evidence.owner == "ada"
	told.evidence.needed == true
	told.evidence.finding.purl == "pkg:pypi/jinja2@2.4.1"
	count(found.told) == 1
}

test_by_id_or_alias_and_by_pattern if {
	every changes in [
		{"waives": "PYSEC-1"},
		{"scope": {"component": "pkg:pypi/jinja2@*"}},
		{"scope": {"component": "pkg:pypi/*"}},
		{"scope": {"environments": []}},
		{"scope": {"environments": ["staging", "production"]}},
	] {
		run(changes).deny == set()
	}
}

test_a_source_finding_by_path if {
	scope := {"component": "", "path": "shop/*"}
	waiver := sample.waiver({"waives": "python-eval", "scope": scope})
	found := run_at(sample.at, [sample.vulns, analysis, waiver], sample.profile)
	found.deny == set()
	found.warn == set()
	some told in found.told
	told.message == "shop/app.py:7 has python-eval (high): waived by ada until 2026-12-31T00:00:00Z: not reachable"
	told.evidence.finding.line == 7
}

test_the_end_of_one_for_a_source_finding_is_told if {
	scope := {"component": "", "path": "shop/*"}
	waiver := sample.waiver({"waives": "python-eval", "scope": scope, "until": "2026-11-21T00:00:00Z"})
	found := run_at(sample.at, [sample.vulns, analysis, waiver], sample.profile)
	count(found.deny) == 1
	sample.codes(found.warn) == {"WAIVER_EXPIRED"}
}

test_what_does_not_fit_covers_nothing_and_is_told if {
	every changes in [
		{"waives": "CVE-2"},
		{"waives": ""},
		{"scope": {"component": "pkg:pypi/jinja2"}},
		{"scope": {"component": "pkg:pypi/jinja2@3*"}},
		{"scope": {"path": "shop/*"}},
	] {
		found := run(changes)
		count(found.deny) == 1
		found.told == set()
		sample.codes(found.warn) == {"WAIVER_UNUSED"}
	}
}

test_for_another_environment_it_is_not_even_told if {
	found := run({"scope": {"environments": ["staging"]}})
	count(found.deny) == 1
	found.warn == set()
}

test_the_end_is_exact if {
	statements := [vulns, sample.sast, sample.waiver({"until": "2026-11-22T00:00:00Z"})]
	before := run_at("2026-11-21T23:59:59Z", statements, sample.profile)
	before.deny == set()
	sample.codes(before.warn) == {"WAIVER_EXPIRING"}
	every at in ["2026-11-22T00:00:00Z", "2026-11-22T00:00:01Z"] {
		after := run_at(at, statements, sample.profile)
		count(after.deny) == 1
		after.told == set()
		sample.codes(after.warn) == {"WAIVER_EXPIRED"}
	}
}

test_before_its_beginning_it_does_not_count if {
	statements := [vulns, sample.sast, sample.waiver({"from": "2026-11-22T00:00:00Z"})]
	count(run_at(sample.at, statements, sample.profile).deny) == 1
	run_at("2026-11-22T00:00:00Z", statements, sample.profile).deny == set()
}

test_a_renewed_waiver_makes_the_old_one_silent if {
	old := sample.waiver({"until": "2026-11-20T00:00:00Z"})
	found := run_at(sample.at, [vulns, sample.sast, old, sample.waiver({})], sample.profile)
	found.deny == set()
	found.warn == set()
}

test_an_old_waiver_of_a_finding_that_is_gone_is_silent if {
	old := sample.waiver({"until": "2026-11-20T00:00:00Z"})
	run_at(sample.at, [sample.vulns, sample.sast, old], sample.profile).warn == set()
}

test_ending_soon if {
	sample.codes(run({"until": "2026-11-28T00:00:00Z"}).warn) == {"WAIVER_EXPIRING"}
	run({"until": "2026-11-28T00:00:01Z"}).warn == set()
}

test_wide if {
	every component in ["", "*", "pkg:*", "pkg:pypi/*", "pkg:pypi/jinja2*"] {
		found := run({"scope": {"component": component}})
		found.deny == set()
		sample.codes(found.warn) == {"WAIVER_WIDE"}
	}
}

test_every_version_of_one_package_is_not_wide if {
	every component in ["pkg:pypi/jinja2@*", "pkg:pypi/jinja2@2.*"] {
		run({"scope": {"component": component}}).deny == set()
		not "WAIVER_WIDE" in sample.codes(run({"scope": {"component": component}}).warn)
	}
}

test_longer_than_the_profile_allows if {
	found := run({"until": "2027-11-01T00:00:00Z"})
	count(found.deny) == 1
	sample.codes(found.warn) == {"WAIVER_TOO_LONG"}
	some violation in found.warn
	contains(violation.message, "at most 90 days")
}

test_two_waivers_are_both_told if {
	other := sample.waiver({"owner": "grace"})
	found := run_at(sample.at, [vulns, sample.sast, sample.waiver({}), other], sample.profile)
	count(found.told) == 2
}

test_a_finding_that_only_warns_does_not_need_it if {
	scan := sample.vulns_with([finding("low")])
	found := run_at(sample.at, [scan, sample.sast, sample.waiver({})], sample.profile)
	some told in found.told
	told.evidence.needed == false
}

test_what_has_no_fix_needs_none_where_the_profile_only_warns_of_it if {
	some told in run_at(sample.at, [vulns, sample.sast, sample.waiver({})], sample.profile).told
	told.evidence.needed == true
	lenient := sample.profile_with("vulnerabilities", {"unfixed": "warn"})
	some other in run_at(sample.at, [vulns, sample.sast, sample.waiver({})], lenient).told
	other.evidence.needed == false
}

test_ignored_findings_are_covered_silently if {
	scan := sample.vulns_with([finding("none")])
	found := run_at(sample.at, [scan, sample.sast, sample.waiver({})], sample.profile)
	found.told == set()
	found.warn == set()
}

test_a_profile_without_the_rule_accepts_no_waiver if {
	rules := [rule | some rule in sample.rules; rule != "waivers"]
	profile := object.union(sample.profile, {"rules": rules})
	count(run_at(sample.at, [vulns, sample.sast, sample.waiver({})], profile).deny) == 1
}

test_absent_thresholds_cannot_tell_and_accept_nothing if {
	profile := object.union(
		object.remove(sample.profile, ["thresholds"]),
		{"thresholds": object.remove(sample.thresholds, ["waivers"])},
	)
	found := run_at(sample.at, [vulns, sample.sast, sample.waiver({})], profile)
	sample.codes(found.cannot_tell) == {"WAIVERS_PROFILE_DATA_MISSING"}
	count(found.cannot_tell) == 2
	count(found.deny) == 1
	found.warn == set()
}

test_odd_predicates_count_for_nothing if {
	every changes in [
		{"until": "soon"}, {"until": null}, {"from": 5}, {"waives": ["CVE-1"]},
		{"scope": {"environments": "production"}, "waives": 5}, {"until": "2026-10-01T00:00:00Z"},
	] {
		count(run(changes).deny) == 1
	}
}

test_without_a_clock_nothing_is_in_force if {
	lib.in_force == [] with input as object.remove(sample.document_of([sample.waiver({})]), ["at"])
		with data.profile as sample.profile
}

scan_of(kind) := object.union(sample.sast, {"digest": sprintf("sha256:%s", [kind]), "predicate": {"scanner": {"kind": kind}, "findings": [weakness]}})

about_weakness(changes) := sample.waiver(object.union(
	{"waives": "python-eval", "scope": {"component": "", "path": "shop/*"}},
	changes,
))

test_waivers_of_other_scans_are_used_and_missed if {
	every kind in ["secrets", "iac", "image"] {
		run_at(sample.at, [scan_of(kind), about_weakness({})], sample.profile).warn == set()
		expired := run_at(sample.at, [scan_of(kind), about_weakness({"until": "2026-11-20T00:00:00Z"})], sample.profile)
		sample.codes(expired.warn) == {"WAIVER_EXPIRED"}
	}
}

test_a_scope_that_cannot_be_read_covers_nothing if {
	every scope in [
		{"environments": "staging"},
		{"environments": null},
		{"environments": ["production", 1]},
		{"component": null},
		{"component": ["pkg:pypi/jinja2@2.4.1"]},
		{"path": 5},
	] {
		found := run({"scope": scope})
		sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
		sample.codes(found.warn) == {"WAIVER_MALFORMED"}
	}
	every changes in [{"scope": null}, {"from": "once"}, {"until": null}] {
		sample.codes(run(changes).warn) == {"WAIVER_MALFORMED"}
	}
	without := object.union(sample.profile, {"rules": ["scan"]})
	run_at(sample.at, [vulns, sample.sast, sample.waiver({"scope": null})], without).warn == set()
}
