package supplychain.approvals_test

import data.supplychain.approvals
import data.supplychain.lib.sample_test as sample

by(author) := sample.built_from([object.union(sample.source, {"annotations": {"dirty": false, "authors": [author]}})])

authored := by("Cy")

run_with(document, profile) := found if {
	found := {"deny": approvals.deny, "warn": approvals.warn, "cannot_tell": approvals.cannot_tell} with input as document
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

run(words) := run_with(sample.document_of(array.concat([authored], words)), sample.profile)

deny(words) := sample.codes(run(words).deny)

ada := sample.approval("ada", {})

bob := sample.approval("bob", {})

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_two_persons_pass if run([ada, bob]) == nothing

test_one_person_is_too_few if {
	some violation in run([ada]).deny
	violation.message == "1 persons approve these bytes for production, expected 2: ada"
	startswith(violation.fix, "1 more: ")
}

test_nobody_is_too_few if deny([]) == {"APPROVALS_TOO_FEW"}

test_two_keys_of_one_person_are_one if {
	twice := sample.changed(sample.approval("ada", {"approver": "bob"}), {"digest": "sha256:second", "signers": ["second"]})
	deny([ada, twice]) == {"APPROVALS_TOO_FEW"}
}

test_one_statement_signed_by_two_persons_counts_for_both if {
	run([sample.changed(ada, {"people": ["ada", "bob"]})]) == nothing
}

test_a_statement_of_nobody_known_counts_for_none if {
	deny([ada, sample.changed(bob, {"people": []})]) == {"APPROVALS_TOO_FEW"}
}

test_another_environment_does_not_count if {
	deny([ada, sample.approval("bob", {"environment": "staging"})]) == {"APPROVALS_TOO_FEW"}
}

test_times_count_to_the_second if {
	ended := sample.approval("bob", {"until": sample.at})
	found := run([ada, ended])
	sample.codes(found.deny) == {"APPROVALS_TOO_FEW"}
	sample.codes(found.warn) == {"APPROVAL_EXPIRED"}
	run([ada, sample.approval("bob", {"until": "2026-11-21T00:00:01Z"})]) == nothing
	run([ada, sample.approval("bob", {"from": sample.at})]) == nothing
	deny([ada, sample.approval("bob", {"from": "2026-11-21T00:00:01Z"})]) == {"APPROVALS_TOO_FEW"}
}

test_a_rejection_blocks_whoever_else_approves if {
	rejection := sample.approval("cyd", {"verdict": "reject", "reason": "it leaks"})
	deny([ada, bob, rejection]) == {"APPROVAL_REJECTED"}
	some violation in run([ada, bob, rejection]).deny
	contains(violation.message, "cyd rejects these bytes for production until 2026-11-22T12:00:00Z: it leaks")
}

later := "2026-11-20T13:00:00Z"

test_rejected_then_approved_by_the_same_person_counts if {
	rejected := sample.approval("bob", {"verdict": "reject"})
	run([ada, rejected, sample.approval("bob", {"from": later})]) == nothing
}

test_approved_then_rejected_blocks if {
	rejected := sample.approval("bob", {"verdict": "reject", "from": later})
	deny([ada, bob, rejected]) == {"APPROVAL_REJECTED", "APPROVALS_TOO_FEW"}
}

test_at_one_moment_the_rejection_counts if {
	deny([ada, bob, sample.approval("bob", {"verdict": "reject"})]) == {"APPROVAL_REJECTED", "APPROVALS_TOO_FEW"}
}

test_a_rejection_ends if {
	run([ada, bob, sample.approval("cyd", {"verdict": "reject", "until": sample.at})]) == nothing
}

test_a_rejection_that_ended_does_not_bring_back_what_was_said_before if {
	rejected := sample.approval("bob", {"verdict": "reject", "from": later, "until": sample.at})
	deny([ada, bob, rejected]) == {"APPROVALS_TOO_FEW"}
	again := sample.approval("bob", {"from": "2026-11-20T23:59:59Z"})
	run([ada, bob, rejected, sample.changed(again, {"digest": "sha256:again"})]) == nothing
}

test_a_rejection_is_its_persons_and_counts_from_its_beginning if {
	ended := sample.approval("bob", {"verdict": "reject", "from": later, "until": sample.at})
	late := sample.approval("ada", {"from": "2026-11-20T23:59:59Z"})
	deny([late, bob, ended]) == {"APPROVALS_TOO_FEW"}
	to_come := sample.approval("bob", {"verdict": "reject", "from": "2026-11-21T00:00:01Z"})
	deny([ada, bob, to_come]) == set()
}

test_a_later_yes_of_another_lifts_no_rejection if {
	"APPROVAL_REJECTED" in deny([sample.approval("ada", {"from": later}), sample.approval("bob", {"verdict": "reject"})])
}

test_of_several_rejections_the_last_counts if {
	first := sample.approval("bob", {"verdict": "reject", "until": sample.at})
	last := sample.approval("bob", {"verdict": "reject", "from": "2026-11-20T14:00:00Z", "until": sample.at})
	between := sample.approval("bob", {"from": later})
	deny([ada, first, between, sample.changed(last, {"digest": "sha256:last"})]) == {"APPROVALS_TOO_FEW"}
	deny([ada, first, between]) == set()
}

test_an_ended_rejection_of_the_same_moment_counts if {
	deny([ada, bob, sample.approval("bob", {"verdict": "reject", "until": sample.at})]) == {"APPROVALS_TOO_FEW"}
}

test_too_long_does_not_count_and_lifts_no_rejection if {
	long := sample.approval("bob", {"from": later, "until": "2026-12-31T00:00:00Z"})
	found := run([ada, long])
	sample.codes(found.deny) == {"APPROVALS_TOO_FEW"}
	sample.codes(found.warn) == {"APPROVAL_TOO_LONG"}
	"APPROVAL_REJECTED" in deny([ada, sample.approval("bob", {"verdict": "reject"}), long])
}

test_a_rejection_may_be_long if {
	"APPROVAL_REJECTED" in deny([ada, bob, sample.approval("cyd", {"verdict": "reject", "until": "2027-01-31T00:00:00Z"})])
}

test_the_author_does_not_count if {
	found := run([ada, sample.approval("cy", {})])
	sample.codes(found.deny) == {"APPROVALS_TOO_FEW"}
	sample.codes(found.warn) == {"APPROVAL_BY_AUTHOR"}
}

lenient := sample.profile_with("approvals", {"exclude_author": false})

test_the_author_counts_where_the_profile_says_so if {
	run_with(sample.document_of([authored, ada, sample.approval("cy", {})]), lenient) == nothing
	run_with(sample.document_of([sample.provenance, ada, bob]), lenient) == nothing
}

test_unknown_author_cannot_tell if {
	found := run_with(sample.document_of([sample.provenance, ada, bob]), sample.profile)
	sample.codes(found.cannot_tell) == {"APPROVALS_AUTHOR_UNKNOWN"}
}

test_none_needed_passes_and_a_rejection_still_blocks if {
	none := sample.profile_with("approvals", {"needed": 0})
	run_with(sample.document_of([]), none) == nothing
	rejection := sample.approval("bob", {"verdict": "reject"})
	sample.codes(run_with(sample.document_of([rejection]), none).deny) == {"APPROVAL_REJECTED"}
}

test_a_broken_glass_replaces_approvals_and_no_rejection if {
	broken := [sample.broken("approvals", "ada"), sample.broken("approvals", "bob")]
	found := run(broken)
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
	deny(array.concat(broken, [sample.approval("cyd", {"verdict": "reject"})])) == {"APPROVAL_REJECTED"}
}

test_malformed_clock_cannot_tell if {
	document := object.union(sample.document_of([authored, ada, bob]), {"at": "now"})
	"APPROVALS_CLOCK_MISSING" in sample.codes(run_with(document, sample.profile).cannot_tell)
}

test_malformed_times_do_not_count if deny([ada, sample.approval("bob", {"until": "never"})]) == {"APPROVALS_TOO_FEW"}

test_absent_thresholds_cannot_tell if {
	found := run_with(sample.document_of([ada]), {}).cannot_tell
	sample.codes(found) == {"APPROVALS_PROFILE_DATA_MISSING"}
	count(found) == 3
}

test_words_that_cannot_be_read_cannot_tell if {
	every changes in [
		{"verdict": "Reject"},
		{"verdict": null},
		{"verdict": "reject", "until": "never"},
		{"verdict": "reject", "from": null},
		{"verdict": "reject", "environment": ["production"]},
		{"verdict": "reject", "environment": ""},
	] {
		found := run([ada, bob, sample.approval("cyd", changes)])
		sample.codes(found.cannot_tell) == {"APPROVALS_MALFORMED"}
	}
	elsewhere := sample.approval("cyd", {"verdict": "Reject", "environment": "staging"})
	run([ada, bob, elsewhere]) == nothing
}

test_the_longest_approval_is_exact if {
	run([ada, sample.approval("bob", {"until": "2026-12-04T12:00:00Z"})]) == nothing
	deny([ada, sample.approval("bob", {"until": "2026-12-04T12:00:01Z"})]) == {"APPROVALS_TOO_FEW"}
}

test_the_author_has_to_be_known_from_one_approval_on if {
	one := sample.profile_with("approvals", {"needed": 1})
	found := run_with(sample.document_of([sample.provenance, ada]), one)
	sample.codes(found.cannot_tell) == {"APPROVALS_AUTHOR_UNKNOWN"}
}

test_a_rejection_is_told_with_its_facts if {
	some violation in run([ada, bob, sample.approval("cyd", {"verdict": "reject", "ticket": "SEC-9"})]).deny
	violation.evidence == {
		"people": ["cyd"],
		"reason": "looks good",
		"ticket": "SEC-9",
		"from": "2026-11-20T12:00:00Z",
		"until": "2026-11-22T12:00:00Z",
		"statement": "sha256:approval-cyd",
	}
}

test_an_approver_who_is_known_by_no_address_is_told if {
	author := by("Cy@example.org")
	found := run_with(sample.document_of([author, ada, sample.approval("bob@example.org", {})]), sample.profile)
	sample.codes(found.warn) == {"APPROVER_NOT_COMPARABLE"}
	{violation.evidence.person | some violation in found.warn} == {"ada"}
	found.deny == set()
	known := [author, sample.approval("ada@example.org", {}), sample.approval("bob@example.org", {})]
	run_with(sample.document_of(known), sample.profile) == nothing
	anybody := sample.profile_with("approvals", {"exclude_author": false})
	run_with(sample.document_of([author, ada, bob]), anybody) == nothing
}
