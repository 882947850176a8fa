package supplychain.vulnerabilities_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.vulnerabilities

# The profile without one threshold.
without(key) := object.union(
	object.remove(sample.profile, ["thresholds"]),
	{"thresholds": object.union(
		object.remove(sample.thresholds, ["vulnerabilities"]),
		{"vulnerabilities": object.remove(
			object.union(sample.thresholds.vulnerabilities, {"known_before": "warn", "vex": "accept"}),
			[key],
		)},
	)},
)

test_without_a_word_on_baselines_none_excuses if {
	found := run([held(decision({}), [old])], without("baselines"))
	sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
	sample.codes(found.warn) == {"BASELINE_NOT_ACCEPTED"}
	sample.codes(found.cannot_tell) == {"VULNERABILITIES_PROFILE_DATA_MISSING"}
}

test_without_a_word_on_vex_none_settles if {
	found := run([scan([vexed({})])], without("vex"))
	sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
	sample.codes(found.cannot_tell) == {"VULNERABILITIES_PROFILE_DATA_MISSING"}
}

test_without_a_clock_every_vex_that_ends_has_ended if {
	document := object.union(
		sample.document_of([scan([vexed({"expires": "2199-01-01T00:00:00Z"})])]),
		{"at": "now"},
	)
	denied := vulnerabilities.deny with input as document with data.profile as thresholds({"vex": "accept"})
	sample.codes(denied) == {"VULNERABILITY_FOUND"}
}

test_vex_that_only_warns_ends_too if {
	found := by_vex("warn", {"expires": "2026-11-21T00:00:00Z"})
	sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
	sample.codes(found.warn) == {"VEX_EXPIRED"}
}

test_a_nameless_settled_finding_is_malformed_and_nothing_else if {
	every odd in [object.remove(vexed({}), ["id"]), object.union(vexed({}), {"id": 5}), "x"] {
		found := run([scan([odd])], thresholds({"vex": "accept"}))
		sample.codes(found.cannot_tell) == {"VULNERABILITIES_MALFORMED"}
		found.warn == set()
		found.deny == set()
	}
}

ending(changes) := finding(object.union(
	{"status": "not_affected", "vex": excuse({"expires": "2026-11-23T00:00:00Z"})},
	changes,
))

told_of(changes, taken) := found if {
	some found in run([scan([ending(changes)])], thresholds(taken)).warn
	found.code == "VEX_EXCUSED"
}

test_a_vex_is_needed_only_where_the_finding_would_deny if {
	told_of({}, {"vex": "accept"}).evidence.needed == true
	low := told_of({"severity": "low"}, {"vex": "accept"})
	low.evidence.needed == false
	low.evidence.until == null
	unfixed := told_of({"fixed": []}, {"vex": "accept", "unfixed": "warn"})
	unfixed.evidence.needed == false
}

test_each_statement_is_told_with_its_own_vex if {
	other := object.union(scan([object.union(vexed({}), {"id": "B"})]), {"digest": "sha256:other"})
	found := run([scan([vexed({})]), other], thresholds({"vex": "accept"})).warn
	{count(told.evidence.findings) | some told in found} == {1}
	count(found) == 2
}

test_each_statement_is_told_with_its_own_baseline if {
	other := object.union(held(decision({"digest": "sha256:other"}), [object.union(old, {"id": "B"})]), {"digest": "sha256:second"})
	told := {violation.message | some violation in run([held(decision({}), [old]), other], patient).warn; violation.code == "BASELINE_EXCUSED"}
	count(told) == 2
	every message in told {
		startswith(message, "1 findings are excused")
	}
}

test_a_revision_needs_no_verdict_and_nobody_to_vouch if {
	bare := object.union(revision("1234"), {"verdict": null, "vouchedBy": []})
	found := run([held(bare, [old])], any_revision)
	found.deny == set()
	sample.codes(found.warn) == {"BASELINE_EXCUSED", "VULNERABILITY_FOUND"}
}

test_what_only_warns_stays_a_warning_beside_a_baseline if {
	found := run([held(decision({}), [finding({"severity": "low", "new": false})])], patient)
	sample.codes(found.warn) == {"VULNERABILITY_FOUND"}
	found.deny == set()
}

ignoring := thresholds({"known_before": "ignore"})

test_new_ones_deny_where_old_ones_are_ignored if {
	every odd in [true, null] {
		found := run([held(decision({}), [finding({"new": odd})])], ignoring)
		sample.codes(found.deny) == {"VULNERABILITY_FOUND"}
	}
	low := run([held(decision({}), [finding({"severity": "low", "new": true})])], ignoring)
	sample.codes(low.warn) == {"VULNERABILITY_FOUND"}
}

test_faults_are_told_where_old_ones_are_ignored if {
	sample.codes(run([held(null, [])], ignoring).warn) == {"BASELINE_MISSING"}
}

evidence_of(changes) := violation.evidence if {
	some violation in one(changes).deny
}

test_each_odd_annotation_is_blank_alone if {
	every odd in [null, 5, false, {"a": "b"}, ["a"]] {
		evidence_of({"name": odd}).name == "pkg:pypi/jinja2@2.4.1"
		evidence_of({"severity": odd}).severity == "unknown"
		evidence_of({"status": odd}).status == ""
	}
	every odd in [null, "CVE-1", 5, {"a": "CVE-1"}, [5], [null]] {
		evidence_of({"aliases": odd}).aliases == []
	}
	every odd in [null, "2.11.3", 5, {"a": "2.11.3"}, [5]] {
		evidence_of({"fixed": odd}).fixed == []
	}
	evidence_of({"aliases": ["CVE-1", 5]}).aliases == ["CVE-1"]
	evidence_of({"fixed": ["2.11.3", null]}).fixed == ["2.11.3"]
	odd_title := evidence_of({"title": null})
	odd_title.aliases == ["CVE-1"]
	odd_title.name == "jinja2"
	odd_title.fixed == ["2.11.3"]
	odd_title.version == "2.4.1"
}

# What is said about an odd finding that stands between plain ones.
beside_of(changes) := violation.evidence if {
	plain := [object.union(finding({}), {"id": id}) | some id in ["A", "C"]]
	odd := object.union(finding(changes), {"id": "B"})
	some violation in result([plain[0], odd, plain[1]]).deny
	violation.evidence.id == "B"
}

test_each_odd_annotation_is_blank_beside_plain_ones if {
	every odd in [null, 5, false, {"a": "b"}, ["a"], ""] {
		beside_of({"name": odd}).name == "pkg:pypi/jinja2@2.4.1"
		beside_of({"severity": odd}).severity == "unknown"
		beside_of({"status": odd}).status == ""
		beside_of({"version": odd}).version == ""
		beside_of({"component": odd}).purl == ""
		beside_of({"title": odd}).name == "jinja2"
	}
	every odd in [null, "CVE-1", 5, {"a": "CVE-1"}, [5], [null], [["CVE-1"]]] {
		beside_of({"aliases": odd}).aliases == []
		beside_of({"fixed": odd}).fixed == []
	}
	beside_of({"aliases": ["CVE-1", 5]}).aliases == ["CVE-1"]
	beside_of({"fixed": [null, "2.11.3"]}).fixed == ["2.11.3"]
}

test_the_way_in_is_told_without_an_upgrade_and_beside_plain_ones if {
	path := ["pkg:pypi/flask@1.0", "pkg:pypi/jinja2@2.4.1"]
	some violation in result([finding({}), object.union(finding({"paths": [path]}), {"id": "B"})]).deny
	violation.evidence.id == "B"
	violation.fix == "raise jinja2 2.4.1 to 2.11.3; it came in by pkg:pypi/flask@1.0 > pkg:pypi/jinja2@2.4.1"
	some alone in one({"paths": [path]}).deny
	alone.fix == violation.fix
	some raised in one({"upgrade": "3.1.6"}).deny
	raised.fix == "raise jinja2 2.4.1 to 3.1.6"
	some upgraded in result([finding({}), object.union(finding({"upgrade": "3.1.6"}), {"id": "B"})]).deny
	upgraded.evidence.id == "B"
	upgraded.fix == "raise jinja2 2.4.1 to 3.1.6"
}

test_each_absent_annotation_is_blank_beside_plain_ones if {
	every field in ["name", "version", "component", "title", "aliases", "fixed"] {
		bare := object.remove(finding({}).annotations, [field])
		odd := {"id": "B", "annotations": bare}
		count(result([finding({}), odd, object.union(finding({}), {"id": "C"})]).deny) == 3
	}
	count(result([finding({}), {"id": "B"}, {"id": "C", "annotations": null}]).deny) == 3
}
