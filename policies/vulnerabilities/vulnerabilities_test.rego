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

finding(changes) := sample.finding(changes, {})

called(id, finding) := object.union(finding, {"members": [sample.member({"id": id})]})

scan(findings) := sample.vulns_with(findings)

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
	violation.evidence.severity == "high"
	violation.evidence.status == "affected"
	violation.evidence.statement == "sha256:vulns"
	object.keys(violation.evidence) == {
		"id", "purl", "name", "version", "fixed", "aliases",
		"severity", "status", "statement",
	}
	one({}).warn == set()
}

test_what_is_known_of_exploitation_and_the_baseline_is_evidence if {
	some known in one({"exploited": false, "new": true}).deny
	known.evidence.exploited == false
	known.evidence.new == true
}

test_each_finding_is_one_violation if {
	found := result([called(sprintf("PYSEC-%v", [i]), finding({})) | some i in numbers.range(1, 7)])
	count(found.deny) == 7
}

test_medium_warns if {
	found := one({"severity": "medium"})
	count(found.warn) == 1
	found.deny == set()
}

test_none_is_ignored if one({"severity": "none"}) == nothing

test_odd_severity_is_unknown if {
	every severity in ["HIGH", "", null, "moderate", 5] {
		some violation in one({"severity": severity}).deny
		violation.evidence.severity == "unknown"
	}
}

test_settled_findings_pass if {
	one({"status": "waived"}) == nothing
}

test_open_and_odd_statuses_deny if {
	every status in ["affected", "under_investigation", "WAIVED", "", null, 5] {
		count(one({"status": status}).deny) == 1
	}
}

lenient := sample.profile_with("vulnerabilities", {"unfixed": "warn"})

test_unfixed_warns_where_the_profile_says_so if {
	found := run([scan([finding({"without_fix": true})])], lenient)
	found.deny == set()
	count(found.warn) == 1
	count(run([scan([finding({})])], lenient).deny) == 1
	count(one({"without_fix": true}).deny) == 1
}

test_unfixed_never_makes_stricter if {
	run([scan([finding({"without_fix": true, "severity": "none"})])], lenient) == nothing
	count(run([scan([finding({"without_fix": true, "severity": "low"})])], lenient).warn) == 1
	count(one({"without_fix": true, "severity": "low"}).warn) == 1
}

test_members_of_a_group_are_judged_alike_and_told_one_by_one if {
	members := [sample.member({"id": id}) | some id in ["A", "B", "C"]]
	found := result([object.union(finding({}), {"members": members}), called("D", finding({"severity": "low"}))])
	{violation.evidence.id | some violation in found.deny} == {"A", "B", "C"}
	{violation.evidence.id | some violation in found.warn} == {"D"}
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
	every findings in [
		null, "none", [],
		{"unreadable": 2, "alike": []},
		{"unreadable": null, "alike": []},
		{"unreadable": 0, "alike": null},
		{"unreadable": 0, "alike": {}},
		{"unreadable": 0, "alike": ["PYSEC-1"]},
	] {
		cannot_tell_of(findings)
	}
	some violation in run([object.union(sample.vulns, {"findings": {"unreadable": 2}})], sample.profile).cannot_tell
	startswith(violation.message, "the dependency scan has 2 findings without an id")
}

cannot_tell_of(findings) if {
	statement := object.union(object.remove(sample.vulns, ["findings"]), {"findings": findings})
	found := run([statement], sample.profile)
	sample.codes(found.cannot_tell) == {"VULNERABILITIES_MALFORMED"}
}

# As version 1 of the document had them, and policies of then read them.
test_findings_that_are_not_grouped_cannot_tell if {
	raw := {"id": "PYSEC-1", "annotations": {"severity": "none", "status": "waived"}}
	bare := object.union(object.remove(sample.vulns, ["findings"]), {"predicate": {"scanner": {"result": [raw]}}})
	sample.codes(run([bare], sample.profile).cannot_tell) == {"VULNERABILITIES_MALFORMED"}
}

# A group without a fact that decides is no group that passes.
test_a_group_that_lacks_what_decides_cannot_tell if {
	every field in ["status", "severity", "exploited", "new", "vex", "unlooked", "without_fix", "epss", "members"] {
		cannot_tell_of({"unreadable": 0, "alike": [finding({}), object.remove(finding({"severity": "none"}), [field])]})
	}
	every members in [null, {}, "PYSEC-1"] {
		cannot_tell_of({"unreadable": 0, "alike": [object.union(finding({}), {"members": members})]})
	}
}

test_a_member_that_cannot_be_told_cannot_tell if {
	members := [sample.member({}), "PYSEC-2"]
	every severity in ["high", "low"] {
		cannot_tell_of({"unreadable": 0, "alike": [object.union(finding({"severity": severity}), {"members": members})]})
	}
}

test_one_odd_statement_is_told_alone if {
	every odd in [object.remove(finding({}), ["new"]), object.union(finding({}), {"members": ["PYSEC-2"]})] {
		other := object.union(scan([odd]), {"digest": "sha256:odd"})
		cannot_tell := run([scan([finding({})]), other], sample.profile).cannot_tell
		{violation.evidence.statement | some violation in cannot_tell} == {"sha256:odd"}
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
	every statement in [sample.vulns, scan([finding({}), called("B", finding({"severity": "unknown"}))])] {
		found := run([statement], {"rules": ["scan"], "thresholds": thresholds}).cannot_tell
		sample.codes(found) == {"VULNERABILITIES_PROFILE_DATA_MISSING"}
		count(found) == 1
	}
}

test_findings_without_the_rule_scan_cannot_tell if {
	found := run([sample.vulns], object.union(sample.profile, {"rules": ["vulnerabilities"]})).cannot_tell
	sample.codes(found) == {"VULNERABILITIES_PROFILE_DATA_MISSING"}
}
