package supplychain.transparency_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.transparency

strict := {"log_pending": "deny", "log_none": "deny", "max_pending_hours": 24}

profile(changes) := {
	"environment": "production",
	"rules": ["transparency"],
	"thresholds": {"transparency": object.union(strict, changes)},
}

# One statement with this fact, in a decision at 2026-03-01T12:00:00Z.
document(fact, signed_at) := {
	"version": 1,
	"at": "2026-03-01T12:00:00Z",
	"environment": "production",
	"statements": [{"kind": "sbom", "digest": "sha256:aa", "log": fact, "signed_at": signed_at}],
}

now := "2026-03-01T11:00:00Z"

test_logged_statements_pass if {
	given := document("included", null)
	transparency.deny == set() with input as given with data.profile as profile({})
	transparency.warn == set() with input as given with data.profile as profile({})
	transparency.cannot_tell == set() with input as given with data.profile as profile({})
}

test_public_builders_pass if {
	given := document("by_builder", null)
	transparency.deny == set() with input as given with data.profile as profile({})
	transparency.cannot_tell == set() with input as given with data.profile as profile({})
}

test_pending_denies if {
	found := transparency.deny with input as document("pending", now) with data.profile as profile({})
	sample.codes(found) == {"TRANSPARENCY_LOG_PENDING"}
	sample.are_whole(found)
}

test_pending_warns if {
	given := document("pending", now)
	found := transparency.warn with input as given with data.profile as profile({"log_pending": "warn"})
	sample.codes(found) == {"TRANSPARENCY_LOG_PENDING"}
	sample.are_whole(found)
	transparency.deny == set() with input as given with data.profile as profile({"log_pending": "warn"})
}

test_pending_is_ignored if {
	given := document("pending", now)
	transparency.deny == set() with input as given with data.profile as profile({"log_pending": "ignore"})
	transparency.warn == set() with input as given with data.profile as profile({"log_pending": "ignore"})
}

test_pending_too_long_denies_whatever_else if {
	given := document("pending", "2026-02-28T11:59:59Z")
	found := transparency.deny with input as given with data.profile as profile({"log_pending": "ignore"})
	sample.codes(found) == {"TRANSPARENCY_PENDING_TOO_LONG"}
	sample.are_whole(found)
	limitless := {"log_pending": "ignore", "max_pending_hours": null}
	transparency.deny == set() with input as given with data.profile as profile(limitless)
}

test_pending_for_just_as_long_as_allowed if {
	given := document("pending", "2026-02-28T12:00:00Z")
	transparency.deny == set() with input as given with data.profile as profile({"log_pending": "ignore"})
}

test_none_denies_warns_or_is_ignored if {
	given := document("none", null)
	denied := transparency.deny with input as given with data.profile as profile({})
	sample.codes(denied) == {"TRANSPARENCY_LOG_NONE"}
	sample.are_whole(denied)
	warned := transparency.warn with input as given with data.profile as profile({"log_none": "warn"})
	sample.codes(warned) == {"TRANSPARENCY_LOG_NONE"}
	sample.are_whole(warned)
	transparency.warn == set() with input as given with data.profile as profile({"log_none": "ignore"})
}

test_no_evidence_denies if {
	found := transparency.deny with input as {"at": now, "statements": []} with data.profile as profile({})
	sample.codes(found) == {"TRANSPARENCY_MISSING"}
	sample.are_whole(found)
}

test_an_unknown_fact_cannot_tell if {
	every given in [document("", null), document("maybe", null), document(null, null), document("pending", null)] {
		found := transparency.cannot_tell with input as given with data.profile as profile({})
		sample.codes(found) == {"TRANSPARENCY_UNKNOWN"}
		sample.are_whole(found)
	}
}

test_a_pending_statement_without_a_time_cannot_tell if {
	given := document("pending", "yesterday")
	found := transparency.cannot_tell with input as given with data.profile as profile({})
	sample.codes(found) == {"TRANSPARENCY_UNKNOWN"}
}

test_no_clock_cannot_tell if {
	given := object.union(document("included", null), {"at": "yesterday"})
	found := transparency.cannot_tell with input as given with data.profile as profile({})
	sample.codes(found) == {"TRANSPARENCY_CLOCK_MISSING"}
	sample.are_whole(found)
}

test_missing_thresholds_cannot_tell if {
	given := document("included", null)
	found := transparency.cannot_tell with input as given with data.profile as {"environment": "production"}
	{violation.evidence.key | some violation in found} == {sprintf("thresholds.transparency.%s", [key]) |
		some key in object.keys(transparency.needs)
	}
	sample.codes(found) == {"TRANSPARENCY_PROFILE_DATA_MISSING"}
	sample.are_whole(found)
}

test_a_pending_statement_from_the_future_cannot_tell if {
	given := document("pending", "2026-03-01T12:00:01Z")
	found := transparency.cannot_tell with input as given with data.profile as profile({})
	sample.codes(found) == {"TRANSPARENCY_UNKNOWN"}
	just := document("pending", "2026-03-01T12:00:00Z")
	transparency.cannot_tell == set() with input as just with data.profile as profile({})
}
