package supplychain.sast_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.sast

run(statements, profile) := found if {
	found := {"deny": sast.deny, "warn": sast.warn, "cannot_tell": sast.cannot_tell} with input as sample.document_of(statements)
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

finding(changes) := object.union(
	{
		"id": "sql-injection",
		"title": "query from input",
		"severity": "high",
		"status": "affected",
		"location": {"path": "shop/db.py", "line": 7},
	},
	changes,
)

scan(findings) := object.union(sample.sast, {"predicate": {"findings": findings}})

result(findings) := run([scan(findings)], sample.profile)

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_no_finding_passes if result([]) == nothing

test_finding_denies_with_its_place if {
	some violation in result([finding({})]).deny
	violation.code == "SAST_FOUND"
	violation.message == "shop/db.py:7 has sql-injection (high): query from input"
	violation.evidence.line == 7
}

test_same_rule_at_two_places_is_two_violations if {
	count(result([finding({}), finding({"location": {"path": "shop/db.py", "line": 9}})]).deny) == 2
}

test_low_warns if {
	found := result([finding({"severity": "low"})])
	count(found.warn) == 1
	found.deny == set()
}

test_odd_severity_is_unknown if {
	some violation in result([finding({"severity": "ERROR"})]).deny
	violation.evidence.severity == "unknown"
}

test_settled_findings_pass if {
	every status in ["not_affected", "fixed", "waived"] {
		result([finding({"status": status})]) == nothing
	}
}

test_finding_without_status_or_place_denies if {
	count(result([{"id": "x", "severity": "high"}]).deny) == 1
}

test_older_passing_scan_does_not_hide_newer_failing_one if {
	count(run([sample.newer(scan([finding({})]), {}), sample.sast], sample.profile).deny) == 1
	run([scan([finding({})]), sample.newer(sample.sast, {})], sample.profile) == nothing
}

test_no_analysis_denies if sample.codes(run([sample.vulns], sample.profile).deny) == {"SAST_MISSING"}

test_no_analysis_warns_where_the_profile_says_so if {
	found := run([sample.vulns], sample.profile_with("sast", {"missing": "warn"}))
	sample.codes(found.warn) == {"SAST_MISSING"}
	found.deny == set()
}

test_unreadable_findings_cannot_tell if {
	every findings in [null, {}, ["x"], [{"id": ""}]] {
		sample.codes(result(findings).cannot_tell) == {"SAST_MALFORMED"}
	}
}

test_absent_thresholds_cannot_tell if {
	found := run([sample.sast], {"rules": ["scan"]}).cannot_tell
	sample.codes(found) == {"SAST_PROFILE_DATA_MISSING"}
	count(found) == 2
}

test_findings_without_the_rule_scan_cannot_tell if {
	found := run([sample.sast], object.union(sample.profile, {"rules": ["sast"]})).cannot_tell
	count(found) == 1
}

test_a_broken_glass_turns_a_denial_into_a_warning if {
	found := run([scan([finding({})]), sample.broken("sast", "ada"), sample.broken("sast", "bob")], sample.profile)
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
	alone := run([scan([finding({})]), sample.broken("sast", "ada")], sample.profile)
	sample.codes(alone.deny) == {"SAST_FOUND"}
}

with_waiver(changes, severity) := run(
	[scan([finding({"severity": severity})]), sample.waiver(object.union(
		{"waives": "sql-injection", "scope": {"component": "", "path": "shop/db.py"}},
		changes,
	))],
	sample.profile,
)

test_a_waiver_covers_a_finding_in_its_scope_only if {
	found := with_waiver({}, "high")
	found.deny == set()
	sample.codes(found.warn) == {"WAIVED"}
	some told in found.warn
	told.evidence.needed == true
	told.evidence.ticket == "SEC-1"
	some unneeded in with_waiver({}, "low").warn
	unneeded.evidence.needed == false
	sample.codes(with_waiver({"scope": {"path": "other.py"}}, "high").deny) == {"SAST_FOUND"}
	sample.codes(with_waiver({"waives": "other"}, "high").deny) == {"SAST_FOUND"}
	with_waiver({"waives": "other"}, "high").warn == set()
}

test_odd_fields_are_blank if {
	every odd in [null, 5, [], {"a": 1}] {
		some violation in result([finding({"title": odd})]).deny
		endswith(violation.message, "(high): ")
		some other in result([finding({"severity": odd})]).deny
		other.evidence.severity == "unknown"
		some open in result([finding({"status": odd})]).deny
		open.evidence.status == ""
		some pathless in result([finding({"location": {"path": odd}})]).deny
		pathless.evidence.line == 7
		pathless.evidence.path == ""
	}
	every odd in [null, "7", []] {
		some placeless in result([finding({"location": odd})]).deny
		placeless.evidence.path == ""
		placeless.evidence.line == 0
		some lineless in result([finding({"location": {"line": odd}})]).deny
		lineless.evidence.line == 0
		lineless.evidence.path == "shop/db.py"
	}
}

test_a_nameless_finding_is_malformed_and_nothing_else if result([finding({"id": ""})]).deny == set()
