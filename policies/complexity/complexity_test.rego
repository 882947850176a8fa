package supplychain.complexity_test

import data.supplychain.complexity
import data.supplychain.lib.sample_test as sample

run_with(document, profile) := found if {
	found := {"deny": complexity.deny, "warn": complexity.warn, "cannot_tell": complexity.cannot_tell} with input as document
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

run(statements) := run_with(sample.document_of(statements), sample.profile)

measured(changes) := sample.quality("complexity", object.union(good, changes))

result(changes) := run([measured(changes)])

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_a_good_report_passes if result({}) == nothing

test_no_report_denies if {
	sample.codes(run([sample.vulns]).deny) == {"COMPLEXITY_MISSING"}
	sample.codes(run([sample.quality("other", good)]).deny) == {"COMPLEXITY_MISSING"}
}

test_an_older_good_report_does_not_hide_a_newer_bad_one if {
	bad := sample.newer(measured(worse), {"digest": "sha256:bad"})
	sample.codes(run([bad, measured({})]).deny) == {"COMPLEXITY_TOO_HIGH"}
	run([sample.newer(measured({}), {"digest": "sha256:good"}), measured(worse)]) == nothing
}

test_of_one_time_the_worst_counts if {
	bad := sample.changed(measured(worse), {"digest": "sha256:bad"})
	sample.codes(run([measured({}), bad]).deny) == {"COMPLEXITY_TOO_HIGH"}
}

test_a_broken_glass_lets_it_pass if {
	found := run([measured(worse), sample.broken("complexity", "ada"), sample.broken("complexity", "bob")])
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
}

test_times if {
	sample.codes(run([sample.changed(measured({}), {"time": "2026-11-18T00:00:00Z"})]).deny) == {"COMPLEXITY_STALE"}
	sample.codes(run([sample.changed(measured({}), {"time": "2026-11-21T00:00:01Z"})]).deny) == {"COMPLEXITY_FROM_THE_FUTURE"}
	sample.codes(run([sample.changed(measured({}), {"time": null})]).cannot_tell) == {"COMPLEXITY_TIME_MISSING"}
	clockless := run_with(object.union(sample.document_of([measured({})]), {"at": "now"}), sample.profile)
	sample.codes(clockless.cannot_tell) == {"COMPLEXITY_CLOCK_MISSING"}
}

test_counts_that_are_none_cannot_tell if {
	every odd in [null, "many", 1.5, -1, true, {}] {
		sample.codes(result({"highest": odd}).cannot_tell) == {"COMPLEXITY_MALFORMED"}
	}
	bare := sample.quality("complexity", null)
	sample.codes(run([bare]).cannot_tell) == {"COMPLEXITY_MALFORMED"}
}

test_absent_thresholds_cannot_tell if {
	found := run_with(sample.document_of([measured({})]), {})
	sample.codes(found.cannot_tell) == {"COMPLEXITY_PROFILE_DATA_MISSING"}
	count(found.cannot_tell) == 3
}

good := {
	"functions": 5,
	"highest": 10,
	"counts": {"1": 3, "9": 1, "10": 1},
	"worst": [{"path": "a.py", "line": 3, "name": "f", "complexity": 10}],
}

worse := {
	"functions": 6,
	"highest": 11,
	"counts": {"11": 1},
	"worst": [{"path": "a.py", "line": 3, "name": "f", "complexity": 11}],
}

test_a_complex_function_denies_with_its_place if {
	some violation in result(worse).deny
	violation.message == "1 of 6 functions are more complex than 10, at most 0 may be: a.py:3 f (11)"
	violation.evidence.worst == worse.worst
}

test_some_may_be_where_the_profile_says_so if {
	run_with(sample.document_of([measured(worse)]), sample.profile_with("complexity", {"max_over": 1})) == nothing
}

test_counts_that_contradict_cannot_tell if {
	every change in [
		{"functions": 4},
		{"highest": 9},
		{"counts": null},
		{"counts": {"x": 0}},
		{"counts": {"1": "3"}},
		{"counts": {"99": 0}, "highest": 99},
	] {
		sample.codes(result(change).cannot_tell) == {"COMPLEXITY_CONTRADICTS"}
	}
	none := sample.quality("complexity", {"functions": 0, "highest": 0, "counts": {}, "worst": []})
	sample.codes(run([none]).cannot_tell) == {"COMPLEXITY_CONTRADICTS"}
}

test_one_function_is_enough if {
	run([sample.quality("complexity", {"functions": 1, "highest": 1, "counts": {"1": 1}, "worst": []})]) == nothing
}

test_only_functions_above_the_limit_are_named if {
	places := array.concat(worse.worst, [{"path": "b.py", "line": 4, "name": "g", "complexity": 10}])
	some violation in result(object.union(worse, {"worst": places})).deny
	endswith(violation.message, "at most 0 may be: a.py:3 f (11)")
}

test_what_cannot_be_read_is_not_judged_too if result({"highest": "many"}).deny == set()
