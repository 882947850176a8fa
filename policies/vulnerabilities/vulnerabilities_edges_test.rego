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
	unfixed := told_of({"without_fix": true}, {"vex": "accept", "unfixed": "warn"})
	unfixed.evidence.needed == false
}

test_each_statement_is_told_with_its_own_vex if {
	other := object.union(scan([called("B", vexed({}))]), {"digest": "sha256:other"})
	found := run([scan([vexed({})]), other], thresholds({"vex": "accept"})).warn
	{count(told.evidence.findings) | some told in found} == {1}
	count(found) == 2
}

test_each_statement_is_told_with_its_own_baseline if {
	other := object.union(held(decision({"digest": "sha256:other"}), [called("B", old)]), {"digest": "sha256:second"})
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
