package supplychain.coverage_test

import data.supplychain.coverage
import data.supplychain.lib.sample_test as sample

run_with(document, profile) := found if {
	found := {"deny": coverage.deny, "warn": coverage.warn, "cannot_tell": coverage.cannot_tell} with input as document
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

run(statements) := run_with(sample.document_of(statements), sample.profile)

measured(changes) := sample.quality("coverage", object.union(good, changes))

result(changes) := run([measured(changes)])

deny(changes) := sample.codes(result(changes).deny)

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_a_good_report_passes if result({}) == nothing

test_no_report_denies if {
	sample.codes(run([sample.vulns]).deny) == {"COVERAGE_MISSING"}
	sample.codes(run([sample.quality("other", good)]).deny) == {"COVERAGE_MISSING"}
}

test_an_older_good_report_does_not_hide_a_newer_bad_one if {
	bad := sample.newer(measured(worse), {"digest": "sha256:bad"})
	sample.codes(run([bad, measured({})]).deny) == {"COVERAGE_TOO_LOW"}
	run([sample.newer(measured({}), {"digest": "sha256:good"}), measured(worse)]) == nothing
}

test_of_one_time_the_worst_counts if {
	bad := sample.changed(measured(worse), {"digest": "sha256:bad"})
	sample.codes(run([measured({}), bad]).deny) == {"COVERAGE_TOO_LOW"}
}

test_a_broken_glass_lets_it_pass if {
	found := run([measured(worse), sample.broken("coverage", "ada"), sample.broken("coverage", "bob")])
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
}

test_times if {
	sample.codes(run([sample.changed(measured({}), {"time": "2026-11-18T00:00:00Z"})]).deny) == {"COVERAGE_STALE"}
	sample.codes(run([sample.changed(measured({}), {"time": "2026-11-21T00:00:01Z"})]).deny) == {"COVERAGE_FROM_THE_FUTURE"}
	sample.codes(run([sample.changed(measured({}), {"time": null})]).cannot_tell) == {"COVERAGE_TIME_MISSING"}
	clockless := run_with(object.union(sample.document_of([measured({})]), {"at": "now"}), sample.profile)
	sample.codes(clockless.cannot_tell) == {"COVERAGE_CLOCK_MISSING"}
}

test_counts_that_are_none_cannot_tell if {
	every odd in [null, "many", 1.5, -1, true, {}] {
		sample.codes(result({"lines_covered": odd}).cannot_tell) == {"COVERAGE_MALFORMED"}
	}
	bare := sample.quality("coverage", null)
	sample.codes(run([bare]).cannot_tell) == {"COVERAGE_MALFORMED"}
}

test_absent_thresholds_cannot_tell if {
	found := run_with(sample.document_of([measured({})]), {})
	sample.codes(found.cannot_tell) == {"COVERAGE_PROFILE_DATA_MISSING"}
	count(found.cannot_tell) == 3
}

good := {"files": 3, "lines": 200, "lines_covered": 170, "branches": 0, "branches_covered": 0, "worst": [{"path": "a.py", "lines_missed": 30}]}

worse := {"lines_covered": 169}

test_one_line_below_denies_with_the_worst_files if {
	some violation in result(worse).deny
	startswith(violation.message, "169 of 200 lines are covered (84%), expected at least 85%")
	violation.evidence.worst == [{"path": "a.py", "lines_missed": 30}]
}

test_nothing_is_not_covered if deny({"lines": 0, "lines_covered": 0}) == {"COVERAGE_TOO_LOW"}

test_more_than_all_is_not_covered if deny({"lines_covered": 201}) == {"COVERAGE_TOO_LOW"}

strict := sample.profile_with("coverage", {"min_branches_percent": 80})

test_branches_where_the_profile_asks if {
	none := run_with(sample.document_of([measured({})]), strict)
	sample.codes(none.deny) == {"COVERAGE_BRANCHES_TOO_LOW"}
	few := run_with(sample.document_of([measured({"branches": 10, "branches_covered": 7})]), strict)
	sample.codes(few.deny) == {"COVERAGE_BRANCHES_TOO_LOW"}
	run_with(sample.document_of([measured({"branches": 10, "branches_covered": 8})]), strict) == nothing
}

test_all_lines_are_enough if deny({"lines": 10, "lines_covered": 10}) == set()

test_what_cannot_be_read_is_not_judged_too if result({"lines_covered": "many"}).deny == set()

broken := [sample.broken("coverage", "ada"), sample.broken("coverage", "bob")]

test_a_broken_glass_is_for_branches_too if {
	found := run_with(sample.document_of(array.concat([measured({})], broken)), strict)
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
}

test_each_threshold_counts_alone if {
	only_branches := object.union(
		object.remove(sample.profile, ["thresholds"]),
		{"thresholds": object.union(
			object.remove(sample.thresholds, ["coverage"]),
			{"coverage": {"min_branches_percent": 80, "max_age_hours": 48}},
		)},
	)
	sample.codes(run_with(sample.document_of([measured({})]), only_branches).deny) == {"COVERAGE_BRANCHES_TOO_LOW"}
	found := run_with(sample.document_of(array.concat([measured({})], broken)), only_branches)
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
}
