package supplychain.previous_environment_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.previous_environment

run(document, profile) := found if {
	found := {"deny": previous_environment.deny, "warn": previous_environment.warn, "cannot_tell": previous_environment.cannot_tell} with input as document
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

deny(statements) := sample.codes(run(sample.document_of(statements), sample.profile).deny)

failed := sample.changed(sample.vsa, {"predicate": {"verificationResult": "FAILED"}})

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_passed_passes if run(sample.document, sample.profile) == nothing

test_first_environment_needs_nothing if {
	run(object.union(sample.document_of([]), {"previous_environment": null}), first) == nothing
}

first := object.union(sample.profile, {"thresholds": {"previous_environment": {"after": null}}})

test_a_rung_taken_out_denies if {
	every ladder in [null, "dev", ""] {
		found := run(object.union(sample.document, {"previous_environment": ladder}), sample.profile)
		"PREVIOUS_ENVIRONMENT_SKIPPED" in sample.codes(found.deny)
	}
	found := run(object.remove(sample.document, ["previous_environment"]), sample.profile)
	"PREVIOUS_ENVIRONMENT_SKIPPED" in sample.codes(found.deny)
	"PREVIOUS_ENVIRONMENT_SKIPPED" in sample.codes(run(sample.document, first).deny)
}

test_missing_denies if deny([sample.vulns]) == {"PREVIOUS_ENVIRONMENT_MISSING"}

test_another_environment_does_not_count if {
	every uri in ["urn:supplychain:policy:dev", "urn:evil:policy:staging", "urn:supplychain:policy:x:staging", null] {
		deny([sample.changed(sample.vsa, {"predicate": {"policy": {"uri": uri}}})]) == {"PREVIOUS_ENVIRONMENT_MISSING"}
	}
}

test_failed_denies if deny([failed]) == {"PREVIOUS_ENVIRONMENT_FAILED"}

test_unknown_word_denies if {
	deny([sample.changed(sample.vsa, {"predicate": {"verificationResult": "passed"}})]) == {"PREVIOUS_ENVIRONMENT_FAILED"}
}

test_failed_is_not_hidden_by_older_passed if {
	deny([sample.newer(failed, {}), sample.vsa]) == {"PREVIOUS_ENVIRONMENT_FAILED"}
	deny([sample.vsa, sample.newer(failed, {})]) == {"PREVIOUS_ENVIRONMENT_FAILED"}
}

test_failed_at_the_same_time_denies if deny([sample.vsa, failed]) == {"PREVIOUS_ENVIRONMENT_FAILED"}

test_failed_in_another_environment_does_not_count if {
	other := sample.newer(failed, {"predicate": {"policy": {"uri": "urn:supplychain:policy:dev"}}})
	deny([sample.vsa, other]) == set()
}

test_passed_again_passes if deny([sample.newer(sample.vsa, {}), failed]) == set()

test_future_denies if {
	"PREVIOUS_ENVIRONMENT_FROM_THE_FUTURE" in deny([sample.changed(sample.vsa, {"time": "2026-11-21T00:00:01Z"})])
}

test_too_recent_denies if {
	deny([sample.changed(sample.vsa, {"time": "2026-11-20T22:30:00Z"})]) == {"PREVIOUS_ENVIRONMENT_TOO_RECENT"}
	deny([sample.changed(sample.vsa, {"time": "2026-11-20T22:00:00Z"})]) == set()
}

test_passing_again_does_not_start_the_soak_time_again if {
	deny([sample.changed(sample.vsa, {"time": "2026-11-20T23:00:00Z"}), sample.vsa]) == set()
}

test_failing_starts_the_soak_time_again if {
	again := sample.changed(sample.vsa, {"time": "2026-11-20T23:00:00Z"})
	deny([again, sample.newer(failed, {}), sample.vsa]) == {"PREVIOUS_ENVIRONMENT_TOO_RECENT"}
}

test_untimed_cannot_tell if {
	found := run(sample.document_of([sample.changed(sample.vsa, {"time": null})]), sample.profile)
	sample.codes(found.cannot_tell) == {"PREVIOUS_ENVIRONMENT_TIME_MISSING"}
}

test_malformed_clock_cannot_tell if {
	found := run(object.union(sample.document, {"at": "now"}), sample.profile)
	sample.codes(found.cannot_tell) == {"PREVIOUS_ENVIRONMENT_CLOCK_MISSING"}
}

test_unknown_place_in_the_ladder_cannot_tell if {
	every document in [object.remove(sample.document, ["previous_environment"]), object.union(sample.document, {"previous_environment": 3})] {
		sample.codes(run(document, sample.profile).cannot_tell) == {"PREVIOUS_ENVIRONMENT_UNKNOWN"}
	}
}

test_absent_thresholds_cannot_tell if {
	sample.codes(run(sample.document, {}).cannot_tell) == {"PREVIOUS_ENVIRONMENT_PROFILE_DATA_MISSING"}
}

test_failed_before_warns if {
	found := run(sample.document_of([sample.newer(sample.vsa, {}), failed]), sample.profile)
	sample.codes(found.warn) == {"PREVIOUS_ENVIRONMENT_FAILED_BEFORE"}
	run(sample.document_of([failed]), sample.profile).warn == set()
	run(sample.document_of([sample.newer(sample.vsa, {}), sample.vsa]), sample.profile).warn == set()
}

test_a_broken_glass_cuts_the_soak_time_short_and_nothing_else if {
	broken := [sample.broken("previous_environment", "ada"), sample.broken("previous_environment", "bob")]
	recent := sample.changed(sample.vsa, {"time": "2026-11-20T23:00:00Z"})
	found := run(sample.document_of(array.concat([recent], broken)), sample.profile)
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
	deny(broken) == {"PREVIOUS_ENVIRONMENT_MISSING"}
	deny(array.concat([failed], broken)) == {"PREVIOUS_ENVIRONMENT_FAILED"}
}

test_passed_and_failed_in_one_second_is_failed_and_soaks_nothing if {
	recent := {"time": "2026-11-20T23:00:00Z"}
	deny([sample.changed(sample.vsa, recent), sample.changed(failed, recent)]) == {"PREVIOUS_ENVIRONMENT_FAILED"}
}

resting(until) := {"predicate": {"urn:supplychain:decision": {"until": until}}}

test_a_yes_ends_with_what_it_rests_on if {
	every until in ["2026-11-21T00:00:00Z", "2026-11-20T12:00:00Z", "tomorrow"] {
		found := run(sample.document_of([sample.changed(sample.vsa, resting(until))]), sample.profile)
		sample.codes(found.deny) == {"PREVIOUS_ENVIRONMENT_EXPIRED"}
	}
	deny([sample.changed(sample.vsa, resting("2026-11-21T00:00:01Z"))]) == set()
}

test_what_has_ended_does_not_soak if {
	again := sample.changed(sample.vsa, {"time": "2026-11-20T23:00:00Z"})
	ended := sample.changed(sample.vsa, resting("2026-11-20T12:00:00Z"))
	deny([again, ended]) == {"PREVIOUS_ENVIRONMENT_TOO_RECENT"}
	deny([again, sample.vsa]) == set()
}
