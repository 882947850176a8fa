package supplychain.performance_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.performance

run_with(document, profile) := found if {
	found := {"deny": performance.deny, "warn": performance.warn, "cannot_tell": performance.cannot_tell} with input as document
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

run(statements) := run_with(sample.document_of(statements), sample.profile)

measured(changes) := sample.quality("performance", object.union(good, changes))

result(changes) := run([measured(changes)])

deny(changes) := sample.codes(result(changes).deny)

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_a_good_report_passes if result({}) == nothing

test_no_report_denies if {
	sample.codes(run([sample.vulns]).deny) == {"PERFORMANCE_MISSING"}
	sample.codes(run([sample.quality("other", good)]).deny) == {"PERFORMANCE_MISSING"}
}

test_an_older_good_report_does_not_hide_a_newer_bad_one if {
	bad := sample.newer(measured(worse), {"digest": "sha256:bad"})
	sample.codes(run([bad, measured({})]).deny) == {"PERFORMANCE_REGRESSED"}
	run([sample.newer(measured({}), {"digest": "sha256:good"}), measured(worse)]) == nothing
}

test_of_one_time_the_worst_counts if {
	bad := sample.changed(measured(worse), {"digest": "sha256:bad"})
	sample.codes(run([measured({}), bad]).deny) == {"PERFORMANCE_REGRESSED"}
}

test_a_broken_glass_lets_it_pass if {
	found := run([measured(worse), sample.broken("performance", "ada"), sample.broken("performance", "bob")])
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
}

test_times if {
	sample.codes(run([sample.changed(measured({}), {"time": "2026-11-18T00:00:00Z"})]).deny) == {"PERFORMANCE_STALE"}
	sample.codes(run([sample.changed(measured({}), {"time": "2026-11-21T00:00:01Z"})]).deny) == {"PERFORMANCE_FROM_THE_FUTURE"}
	sample.codes(run([sample.changed(measured({}), {"time": null})]).cannot_tell) == {"PERFORMANCE_TIME_MISSING"}
	clockless := run_with(object.union(sample.document_of([measured({})]), {"at": "now"}), sample.profile)
	sample.codes(clockless.cannot_tell) == {"PERFORMANCE_CLOCK_MISSING"}
}

test_counts_that_are_none_cannot_tell if {
	every odd in [null, "many", 1.5, -1, true, {}] {
		sample.codes(result({"compared": odd}).cannot_tell) == {"PERFORMANCE_MALFORMED"}
	}
	bare := sample.quality("performance", null)
	sample.codes(run([bare]).cannot_tell) == {"PERFORMANCE_MALFORMED"}
}

test_absent_thresholds_cannot_tell if {
	found := run_with(sample.document_of([measured({})]), {})
	sample.codes(found.cannot_tell) == {"PERFORMANCE_PROFILE_DATA_MISSING"}
	count(found.cannot_tell) == 4
}

good := {
	"benchmarks": 2,
	"compared": 1,
	"gone": [],
	"same_machine": true,
	"worst": [{"name": "parse", "now_ns": 1050, "before_ns": 1000}],
}

worse := {"worst": [{"name": "parse", "now_ns": 1051, "before_ns": 1000}]}

test_slower_denies_with_both_times if {
	some violation in result(worse).deny
	violation.message == "parse takes 1051 ns, before it took 1000 ns; at most 5% more is allowed"
}

test_nothing_compared_denies if {
	deny({"compared": 0, "worst": []}) == {"PERFORMANCE_NOT_COMPARED"}
	deny({"worst": []}) == {"PERFORMANCE_NOT_COMPARED"}
	deny({"worst": [{"name": "parse", "now_ns": "fast", "before_ns": 1}]}) == {"PERFORMANCE_NOT_COMPARED"}
	deny({"worst": [{"name": "parse", "now_ns": 1, "before_ns": 0}]}) == {"PERFORMANCE_NOT_COMPARED"}
}

test_never_fewer_than_one if {
	profile := sample.profile_with("performance", {"min_compared": 0})
	bare := measured({"compared": 0, "worst": []})
	sample.codes(run_with(sample.document_of([bare]), profile).deny) == {"PERFORMANCE_NOT_COMPARED"}
}

test_twenty_stand_for_all if {
	profile := sample.profile_with("performance", {"min_compared": 25})
	many := [{"name": sprintf("b%v", [i]), "now_ns": 10, "before_ns": 10} | some i in numbers.range(1, 20)]
	run_with(sample.document_of([measured({"benchmarks": 30, "compared": 30, "worst": many})]), profile) == nothing
	more := run_with(sample.document_of([measured({"benchmarks": 30, "compared": 24, "worst": many})]), profile)
	sample.codes(more.deny) == {"PERFORMANCE_NOT_COMPARED"}
	few := run_with(sample.document_of([measured({"benchmarks": 30, "compared": 30, "worst": array.slice(many, 0, 19)})]), profile)
	sample.codes(few.deny) == {"PERFORMANCE_NOT_COMPARED"}
}

test_gone_denies_or_warns if {
	deny({"gone": ["slow"]}) == {"PERFORMANCE_GONE"}
	found := run_with(sample.document_of([measured({"gone": ["slow"]})]), sample.profile_with("performance", {"gone": "warn"}))
	found.deny == set()
	sample.codes(found.warn) == {"PERFORMANCE_GONE"}
	broken := [sample.broken("performance", "ada"), sample.broken("performance", "bob")]
	lenient := sample.profile_with("performance", {"gone": "warn"})
	let_pass := run_with(sample.document_of(array.concat([measured(worse)], broken)), lenient)
	sample.codes(let_pass.warn) == {"BREAK_GLASS_OPEN"}
}

test_another_machine_is_told if {
	found := result({"same_machine": false})
	found.deny == set()
	sample.codes(found.warn) == {"PERFORMANCE_OTHER_MACHINE"}
	result({"same_machine": null}) == nothing
}

test_a_list_that_contradicts_the_counts_cannot_tell if {
	entry := good.worst[0]
	every change in [
		{"worst": []},
		{"worst": null},
		{"worst": [entry, entry]},
		{"compared": 2},
		{"compared": 3, "benchmarks": 2, "worst": [entry, entry, entry]},
		{"worst": [object.union(entry, {"now_ns": "9"})]},
		{"worst": [object.union(entry, {"now_ns": 1.5})]},
		{"worst": [object.union(entry, {"before_ns": 0})]},
		{"worst": [object.union(entry, {"before_ns": "9999"})]},
		{"worst": [object.union(entry, {"before_ns": -1})]},
		{"worst": ["parse"]},
		{"gone": null},
		{"gone": [{"name": "slow"}]},
	] {
		sample.codes(result(change).cannot_tell) == {"PERFORMANCE_CONTRADICTS"}
	}
	result({"compared": 2, "worst": [entry, entry]}) == nothing
	result({"benchmarks": 1}) == nothing
}

test_one_unreadable_comparison_hides_no_other if {
	odd := [{"name": "a", "now_ns": "fast", "before_ns": 1}, {"name": "b", "now_ns": 3, "before_ns": 1}]
	found := result({"compared": 2, "worst": odd})
	sample.codes(found.deny) == {"PERFORMANCE_REGRESSED"}
	sample.codes(found.cannot_tell) == {"PERFORMANCE_CONTRADICTS"}
}

broken := [sample.broken("performance", "ada"), sample.broken("performance", "bob")]

test_a_broken_glass_is_for_each_denial if {
	every change in [{"gone": ["slow"]}, {"compared": 0, "worst": []}, worse] {
		found := run(array.concat([measured(change)], broken))
		found.deny == set()
		sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
	}
}

test_what_cannot_be_read_is_not_judged_too if result({"compared": "many"}).deny == set()

test_nothing_slower_than_nothing if {
	deny({"worst": [{"name": "parse", "now_ns": 0, "before_ns": 1}]}) == set()
}
