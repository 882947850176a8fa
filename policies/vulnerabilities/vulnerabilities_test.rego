package supplychain.vulnerabilities_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.vulnerabilities

run(statements, profile) := found if {
	found := {
		"deny": vulnerabilities.deny,
		"warn": vulnerabilities.warn,
		"cannot_tell": vulnerabilities.cannot_tell,
	} with input as sample.document_of(statements)
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

finding(changes) := {
	"id": "PYSEC-1",
	"severity": [],
	"annotations": object.union(
		{
			"aliases": ["CVE-1"],
			"component": "pkg:pypi/jinja2@2.4.1",
			"name": "jinja2",
			"version": "2.4.1",
			"fixed": ["2.11.3"],
			"severity": "high",
			"status": "affected",
			"title": "slow",
		},
		changes,
	),
}

scan(findings) := object.union(sample.vulns, {"predicate": {"scanner": {"result": findings}}})

result(findings) := run([scan(findings)], sample.profile)

one(changes) := result([finding(changes)])

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_no_finding_passes if result([]) == nothing

test_no_scan_denies if sample.codes(run([sample.sast], sample.profile).deny) == {"VULNERABILITIES_MISSING"}

test_finding_denies_with_the_next_step if {
	some violation in one({}).deny
	violation.code == "VULNERABILITY_FOUND"
	violation.message == "jinja2 2.4.1 has PYSEC-1 (high): slow"
	violation.fix == "raise jinja2 2.4.1 to 2.11.3"
	violation.evidence.purl == "pkg:pypi/jinja2@2.4.1"
	violation.evidence.aliases == ["CVE-1"]
	one({}).warn == set()
}

test_each_finding_is_one_violation if {
	found := result([object.union(finding({}), {"id": sprintf("PYSEC-%v", [i])}) | some i in numbers.range(1, 7)])
	count(found.deny) == 7
}

test_medium_warns if {
	found := one({"severity": "medium"})
	count(found.warn) == 1
	found.deny == set()
}

test_none_is_ignored if one({"severity": "none"}) == nothing

test_odd_severity_is_unknown if {
	every severity in ["HIGH", "", null, "moderate"] {
		some violation in one({"severity": severity}).deny
		violation.evidence.severity == "unknown"
	}
}

test_settled_findings_pass if {
	one({"status": "waived"}) == nothing
}

test_open_and_odd_statuses_deny if {
	every status in ["affected", "under_investigation", "WAIVED", "", null] {
		count(one({"status": status}).deny) == 1
	}
}

test_finding_without_annotations_denies if {
	count(result([{"id": "PYSEC-1"}]).deny) == 1
}

test_nameless_finding_is_called_by_its_component if {
	some violation in one({"name": ""}).deny
	violation.fix == "raise pkg:pypi/jinja2@2.4.1 2.4.1 to 2.11.3"
}

test_unfixed_denies if {
	some violation in one({"fixed": []}).deny
	startswith(violation.fix, "no fixed version is known: replace jinja2, or take it out (PYSEC-1)")
}

lenient := sample.profile_with("vulnerabilities", {"unfixed": "warn"})

test_unfixed_warns_where_the_profile_says_so if {
	found := run([scan([finding({"fixed": []})])], lenient)
	found.deny == set()
	count(found.warn) == 1
	count(run([scan([finding({})])], lenient).deny) == 1
}

test_what_tells_no_fixes_is_not_without_a_fix if {
	every odd in [null, "2.0", {"a": 1}, [1], [null, 2]] {
		found := run([scan([finding({"fixed": odd})])], lenient)
		count(found.deny) == 1
		found.warn == set()
	}
	count(run([scan([{"id": "PYSEC-1"}])], lenient).deny) == 1
}

test_unfixed_warns_too_where_something_else_is_odd if {
	found := run([scan([finding({"fixed": [], "name": ""})])], lenient)
	found.deny == set()
	count(found.warn) == 1
}

test_unfixed_never_makes_stricter if {
	run([scan([finding({"fixed": [], "severity": "none"})])], lenient) == nothing
	count(one({"fixed": [], "severity": "low"}).warn) == 1
}

test_older_passing_scan_does_not_hide_newer_failing_one if {
	failing := sample.newer(scan([finding({})]), {})
	count(run([failing, sample.vulns], sample.profile).deny) == 1
	count(run([sample.vulns, failing], sample.profile).deny) == 1
}

test_newer_passing_scan_replaces_older_failing_one if {
	run([sample.newer(sample.vulns, {}), scan([finding({})])], sample.profile) == nothing
}

test_at_the_same_time_the_worst_counts if {
	count(run([sample.vulns, scan([finding({})])], sample.profile).deny) == 1
}

test_unreadable_findings_cannot_tell if {
	every findings in [null, "none", {}, ["PYSEC-1"], [{"severity": "high"}], [{"id": 5}]] {
		sample.codes(result(findings).cannot_tell) == {"VULNERABILITIES_MALFORMED"}
	}
}

test_absent_thresholds_cannot_tell if {
	found := run([sample.vulns], {"rules": ["scan"]}).cannot_tell
	sample.codes(found) == {"VULNERABILITIES_PROFILE_DATA_MISSING"}
	count(found) == 7
}

test_severity_without_reaction_cannot_tell if {
	gap := object.remove(sample.severities, ["unknown"])
	thresholds := {"vulnerabilities": object.union(
		object.remove(sample.thresholds.vulnerabilities, ["severities"]),
		{"severities": gap},
	)}
	count(run([sample.vulns], {"rules": ["scan"], "thresholds": thresholds}).cannot_tell) == 1
}

test_findings_without_the_rule_scan_cannot_tell if {
	found := run([sample.vulns], object.union(sample.profile, {"rules": ["vulnerabilities"]})).cannot_tell
	sample.codes(found) == {"VULNERABILITIES_PROFILE_DATA_MISSING"}
}

test_odd_annotations_are_blank if {
	every odd in [null, false, 0, [], {}, ["a"], {"a": "b"}] {
		every field in ["version", "title", "component"] {
			some violation in one({field: odd}).deny
			not odd in {violation.evidence.version, violation.evidence.purl}
			not contains(violation.message, "null")
		}
		some violation in one({"fixed": [odd, "2.11.3"], "aliases": [odd]}).deny
		violation.evidence.fixed == ["2.11.3"]
		violation.evidence.aliases == []
	}
}
