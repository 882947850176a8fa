package supplychain.layout_test

import data.supplychain.layout
import data.supplychain.lib.sample_test as sample

digest := "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c"

check := sample.statement("layout", "layout", {
	"layout": {"name": "root.layout", "digest": {"sha256": digest}, "expires": "2027-01-01T00:00:00Z"},
	"keys": ["e0e0", "f1f1"],
	"steps": [{"name": "build", "threshold": 1, "functionaries": ["b1b1"], "links": []}],
	"result": "PASSED",
	"code": "",
})

failed := {"predicate": {"result": "FAILED", "code": "LAYOUT_RULE", "steps": []}}

profile(required, hours) := object.union(sample.profile, {"thresholds": {"layout": {
	"required": required,
	"max_age_hours": hours,
}}})

deny(statements, required) := found if {
	found := layout.deny with input as sample.document_of(statements) with data.profile as profile(required, 48)
	sample.are_whole(found)
}

cannot_tell(statements, data_profile) := found if {
	found := layout.cannot_tell with input as sample.document_of(statements) with data.profile as data_profile
	sample.are_whole(found)
}

by_digest := sprintf("sha256:%s", [digest])

test_followed_layout_passes if {
	every required in [[], [by_digest], ["key:e0e0"], [by_digest, "key:f1f1"]] {
		deny([check], required) == set()
		cannot_tell([check], profile(required, 48)) == set()
	}
}

test_no_check_denies if {
	sample.codes(deny([], [])) == {"LAYOUT_MISSING"}
	sample.codes(deny([], [by_digest])) == {"LAYOUT_MISSING"}
}

test_check_of_another_layout_denies if {
	sample.codes(deny([check], ["sha256:aa"])) == {"LAYOUT_MISSING"}
	sample.codes(deny([check], ["key:e0"])) == {"LAYOUT_MISSING"}
	found := deny([check], [by_digest, "key:aa"])
	{violation.evidence.required | some violation in found} == {"key:aa"}
}

test_failed_check_denies if {
	found := deny([sample.changed(check, failed)], [])
	sample.codes(found) == {"LAYOUT_NOT_FOLLOWED"}
	some violation in found
	violation.evidence.code == "LAYOUT_RULE"
}

test_check_without_keys_or_steps_denies if {
	sample.codes(deny([sample.changed(check, {"predicate": {"keys": []}})], [])) == {"LAYOUT_NOT_FOLLOWED"}
	sample.codes(deny([sample.changed(check, {"predicate": {"steps": []}})], [])) == {"LAYOUT_NOT_FOLLOWED"}
}

test_older_pass_does_not_hide_newer_failure if {
	sample.codes(deny([check, sample.newer(check, failed)], [by_digest])) == {"LAYOUT_NOT_FOLLOWED"}
	deny([sample.changed(check, failed), sample.newer(check, {})], [by_digest]) == set()
}

test_failure_of_a_layout_that_is_not_required_is_no_reason if {
	other := {"predicate": {"layout": {"digest": {"sha256": "dd"}}, "result": "FAILED"}}
	deny([check, sample.newer(check, other)], [by_digest]) == set()
	sample.codes(deny([check, sample.newer(check, other)], [])) == {"LAYOUT_NOT_FOLLOWED"}
}

test_stale_denies if {
	sample.codes(deny([sample.changed(check, {"time": "2026-11-18T12:00:00Z"})], [])) == {"LAYOUT_STALE"}
}

test_no_limit_never_stale if {
	old := sample.changed(check, {"time": "2020-01-01T00:00:00Z"})
	document := sample.document_of([old])
	layout.deny == set() with input as document with data.profile as profile([], null)
}

test_future_denies if {
	sample.codes(deny([sample.changed(check, {"time": "2026-11-22T00:00:00Z"})], [])) == {"LAYOUT_FROM_THE_FUTURE"}
}

test_time_missing_cannot_tell if {
	found := cannot_tell([sample.changed(check, {"time": "soon"})], profile([], 48))
	sample.codes(found) == {"LAYOUT_TIME_MISSING"}
}

test_clock_missing_cannot_tell if {
	document := object.remove(sample.document_of([check]), ["at"])
	found := layout.cannot_tell with input as document with data.profile as profile([], 48)
	sample.codes(found) == {"LAYOUT_CLOCK_MISSING"}
}

test_profile_data_missing_cannot_tell if {
	sample.codes(cannot_tell([check], sample.profile)) == {"LAYOUT_PROFILE_DATA_MISSING"}
	sample.codes(cannot_tell([check], profile("all", 48))) == {"LAYOUT_PROFILE_DATA_MISSING"}
	sample.codes(cannot_tell([check], profile([], "old"))) == {"LAYOUT_PROFILE_DATA_MISSING"}
}

test_malformed_check_denies if {
	every broken in [null, 1, {"layout": 1, "keys": 2, "steps": 3}] {
		statement := object.union(object.remove(check, ["predicate"]), {"predicate": broken})
		sample.codes(deny([statement], [])) == {"LAYOUT_NOT_FOLLOWED"}
		sample.codes(deny([statement], [by_digest])) == {"LAYOUT_MISSING"}
	}
}

test_keys_and_digests_that_cannot_be_read_are_none if {
	every odd in [[], [null], [5], "e0e0", null] {
		sample.codes(deny([sample.changed(check, {"predicate": {"keys": odd}})], [])) == {"LAYOUT_NOT_FOLLOWED"}
	}
	every odd in [null, "sha256", -1, true] {
		sample.codes(deny([sample.changed(check, {"predicate": {"layout": {"digest": odd}}})], [by_digest])) == {"LAYOUT_MISSING"}
	}
}
