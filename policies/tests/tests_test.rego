package supplychain.tests_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.tests

run_with(document, profile) := found if {
	found := {"deny": tests.deny, "warn": tests.warn, "cannot_tell": tests.cannot_tell} with input as document
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

run(statements) := run_with(sample.document_of(statements), sample.profile)

measured(changes) := sample.quality("tests", object.union(good, changes))

result(changes) := run([measured(changes)])

deny(changes) := sample.codes(result(changes).deny)

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_a_good_report_passes if result({}) == nothing

test_no_report_denies if {
	sample.codes(run([sample.vulns]).deny) == {"TESTS_MISSING"}
	sample.codes(run([sample.quality("other", good)]).deny) == {"TESTS_MISSING"}
}

test_an_older_good_report_does_not_hide_a_newer_bad_one if {
	bad := sample.newer(measured(worse), {"digest": "sha256:bad"})
	sample.codes(run([bad, measured({})]).deny) == {"TESTS_FAILED"}
	run([sample.newer(measured({}), {"digest": "sha256:good"}), measured(worse)]) == nothing
}

test_of_one_time_the_worst_counts if {
	bad := sample.changed(measured(worse), {"digest": "sha256:bad"})
	sample.codes(run([measured({}), bad]).deny) == {"TESTS_FAILED"}
}

# A result as other tools state it: nobody knows what it is about.
plain(result, failed) := sample.changed(measured({}), {
	"digest": sprintf("sha256:%s", [result]),
	"predicate": {"result": result, "failedTests": failed, "urn:supplychain:quality": null},
})

test_a_plain_no_is_a_no_and_a_plain_yes_is_nothing if {
	sample.codes(run([measured({}), plain("FAILED", [])]).deny) == {"TESTS_FAILED"}
	sample.codes(run([measured({}), plain("PASSED", ["test_pay"])]).deny) == {"TESTS_FAILED"}
	sample.codes(run([measured({}), plain("maybe", [])]).deny) == {"TESTS_FAILED"}
	run([measured({}), plain("PASSED", [])]) == nothing
	run([measured({}), plain("WARNED", [])]) == nothing
	sample.codes(run([plain("PASSED", [])]).deny) == {"TESTS_MISSING"}
}

test_the_newest_plain_result_counts_whatever_the_report_says if {
	old := sample.changed(plain("FAILED", []), {"time": "2026-11-20T01:00:00Z"})
	sample.codes(run([measured({}), old]).deny) == {"TESTS_FAILED"}
	run([measured({}), old, plain("PASSED", [])]) == nothing
}

test_a_report_about_something_else_is_no_plain_result if {
	other := sample.changed(sample.quality("other", good), {"predicate": {"result": "FAILED"}})
	run([measured({}), other]) == nothing
}

test_a_broken_glass_lets_it_pass if {
	found := run([measured(worse), sample.broken("tests", "ada"), sample.broken("tests", "bob")])
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
}

test_times if {
	sample.codes(run([sample.changed(measured({}), {"time": "2026-11-18T00:00:00Z"})]).deny) == {"TESTS_STALE"}
	sample.codes(run([sample.changed(measured({}), {"time": "2026-11-21T00:00:01Z"})]).deny) == {"TESTS_FROM_THE_FUTURE"}
	sample.codes(run([sample.changed(measured({}), {"time": null})]).cannot_tell) == {"TESTS_TIME_MISSING"}
	clockless := run_with(object.union(sample.document_of([measured({})]), {"at": "now"}), sample.profile)
	sample.codes(clockless.cannot_tell) == {"TESTS_CLOCK_MISSING"}
}

test_counts_that_are_none_cannot_tell if {
	every odd in [null, "many", 1.5, -1, true, {}] {
		sample.codes(result({"failed": odd}).cannot_tell) == {"TESTS_MALFORMED"}
	}
	bare := sample.quality("tests", null)
	sample.codes(run([bare]).cannot_tell) == {"TESTS_MALFORMED"}
}

test_absent_thresholds_cannot_tell if {
	found := run_with(sample.document_of([measured({})]), {})
	sample.codes(found.cannot_tell) == {"TESTS_PROFILE_DATA_MISSING"}
	count(found.cannot_tell) == 3
}

good := {"tests": 12, "passed": 11, "failed": 0, "skipped": 1, "flaky": 0}

worse := {"failed": 1, "passed": 10}

with_predicate(changes) := run([sample.changed(measured({}), {"predicate": changes})])

test_a_failure_denies_by_count_by_name_and_by_word if {
	some violation in result(worse).deny
	startswith(violation.message, "the tests say \"PASSED\" with 1 of 12 failed, expected PASSED with 0")
	named := with_predicate({"failedTests": ["a.b", "c.d"]})
	sample.codes(named.deny) == {"TESTS_FAILED"}
	some other in named.deny
	other.evidence.failed == ["a.b", "c.d"]
	sample.codes(with_predicate({"result": "FAILED"}).deny) == {"TESTS_FAILED"}
	sample.codes(with_predicate({"result": "passed"}).deny) == {"TESTS_FAILED"}
	with_predicate({"result": "WARNED"}) == nothing
}

test_too_few_deny_and_skipped_ones_did_not_run if {
	deny({"tests": 10, "passed": 9}) == {"TESTS_TOO_FEW"}
	deny({"tests": 11, "passed": 10}) == set()
}

test_no_test_never_passes if {
	profile := sample.profile_with("tests", {"min_tests": 0})
	zero := measured({"tests": 0, "passed": 0, "skipped": 0})
	sample.codes(run_with(sample.document_of([zero]), profile).deny) == {"TESTS_TOO_FEW"}
}

test_many_skipped_deny if {
	deny({"tests": 20, "passed": 17, "skipped": 3}) == {"TESTS_SKIPPED"}
	deny({"tests": 20, "passed": 18, "skipped": 2}) == set()
}

test_no_limit_of_skipped if {
	profile := sample.profile_with("tests", {"max_skipped": null})
	run_with(sample.document_of([measured({"tests": 90, "skipped": 79})]), profile) == nothing
}

test_counts_that_do_not_add_up_cannot_tell if {
	every change in [{"tests": 13}, {"tests": 11}, {"passed": 1}, {"flaky": 1}, {"flaky": "0", "passed": 12}] {
		sample.codes(result(change).cannot_tell) == {"TESTS_CONTRADICTS"}
	}
	result({"flaky": 1, "passed": 10}) == nothing
	result(worse).cannot_tell == set()
	bare := object.remove(good, ["flaky"])
	run([sample.quality("tests", bare)]) == nothing
	every names in ["a.b", null, {"a": 1}, [1]] {
		sample.codes(with_predicate({"failedTests": names}).cannot_tell) == {"TESTS_CONTRADICTS"}
	}
	with_predicate({"failedTests": []}) == nothing
}

broken := [sample.broken("tests", "ada"), sample.broken("tests", "bob")]

test_a_broken_glass_is_for_each_denial if {
	every change in [{"tests": 10, "passed": 9}, {"tests": 20, "passed": 17, "skipped": 3}, worse] {
		found := run(array.concat([measured(change)], broken))
		found.deny == set()
		sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
	}
}

test_what_cannot_be_read_is_not_judged_too if result({"skipped": "many"}).deny == set()

test_one_name_of_a_failed_test_is_enough if {
	sample.codes(with_predicate({"failedTests": ["a.b"]}).deny) == {"TESTS_FAILED"}
}

test_one_test_is_enough_where_the_profile_says_so if {
	profile := sample.profile_with("tests", {"min_tests": 0})
	one := measured({"tests": 1, "passed": 1, "skipped": 0})
	run_with(sample.document_of([one]), profile) == nothing
}
