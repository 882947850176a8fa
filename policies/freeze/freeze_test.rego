package supplychain.freeze_test

import data.supplychain.freeze
import data.supplychain.lib.profile as lib
import data.supplychain.lib.sample_test as sample

run_at(at, words, changes) := found if {
	found := {"deny": freeze.deny, "warn": freeze.warn, "cannot_tell": freeze.cannot_tell} with input as object.union(sample.document_of(words), {"at": at})
		with data.profile as sample.profile_with("freeze", changes)
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

codes_at(at, changes) := sample.codes(run_at(at, [], changes).deny)

is_frozen(at, window) if codes_at(at, {"weekly": [window]}) == {"FREEZE_IN_FORCE"}

is_free(at, window) if codes_at(at, {"weekly": [window]}) == set()

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

evenings := {"name": "evenings", "days": ["Friday"], "from": "16:00", "until": "24:00", "zone": "Europe/Berlin"}

weekend := {"name": "weekend", "days": ["Saturday", "Sunday"], "from": "00:00", "until": "24:00", "zone": "UTC"}

nights := {"name": "nights", "days": ["Sunday"], "from": "22:00", "until": "06:00", "zone": "UTC"}

test_without_freezes_nothing_is_said if run_at(sample.at, [], {}) == nothing

test_a_window_begins_and_ends_to_the_second_in_its_zone if {
	is_free("2026-11-20T14:59:59Z", evenings)
	is_frozen("2026-11-20T15:00:00Z", evenings)
	is_frozen("2026-11-20T22:59:59Z", evenings)
	is_free("2026-11-20T23:00:00Z", evenings)
}

test_summer_time_is_kept if {
	is_free("2026-07-17T13:59:59Z", evenings)
	is_frozen("2026-07-17T14:00:00Z", evenings)
}

test_whole_days if {
	is_free("2026-11-20T23:59:59Z", weekend)
	is_frozen("2026-11-21T00:00:00Z", weekend)
	is_frozen("2026-11-22T23:59:59Z", weekend)
	is_free("2026-11-23T00:00:00Z", weekend)
}

test_over_midnight if {
	is_free("2026-11-22T21:59:59Z", nights)
	is_frozen("2026-11-22T22:00:00Z", nights)
	is_frozen("2026-11-23T05:59:59Z", nights)
	is_free("2026-11-23T06:00:00Z", nights)
	is_free("2026-11-22T05:00:00Z", nights)
}

holidays := {"name": "holidays", "from": "2026-11-21T01:00:00+01:00", "until": "2026-11-22T01:00:00+01:00"}

test_a_dated_freeze_begins_and_ends_to_the_second if {
	codes_at("2026-11-20T23:59:59Z", {"dated": [holidays]}) == set()
	codes_at("2026-11-21T00:00:00Z", {"dated": [holidays]}) == {"FREEZE_IN_FORCE"}
	codes_at("2026-11-21T23:59:59Z", {"dated": [holidays]}) == {"FREEZE_IN_FORCE"}
	codes_at("2026-11-22T00:00:00Z", {"dated": [holidays]}) == set()
}

fix := {"name": "release of the mend", "from": "2026-11-21T00:00:00Z", "until": "2026-11-21T02:00:00Z"}

test_an_exception_lifts_it_and_is_told if {
	found := run_at(sample.at, [], {"dated": [holidays], "exceptions": [fix]})
	found.deny == set()
	sample.codes(found.warn) == {"FREEZE_EXCEPTED"}
	codes_at("2026-11-21T02:00:00Z", {"dated": [holidays], "exceptions": [fix]}) == {"FREEZE_IN_FORCE"}
	run_at(sample.at, [], {"exceptions": [fix]}) == nothing
}

test_a_broken_glass_lifts_it if {
	found := run_at(sample.at, [sample.broken("freeze", "ada"), sample.broken("freeze", "bob")], {"dated": [holidays]})
	found.deny == set()
	sample.codes(found.warn) == {"BREAK_GLASS_OPEN"}
}

test_malformed_times_cannot_tell if {
	every change in [
		{"weekly": null},
		{"weekly": [object.union(evenings, {"days": ["Freitag"]})]},
		{"weekly": [object.union(evenings, {"days": []})]},
		{"weekly": [object.union(evenings, {"from": "24:00"})]},
		{"weekly": [object.union(evenings, {"until": "16:00"})]},
		{"weekly": [object.union(evenings, {"until": "25:00"})]},
		{"weekly": [object.union(evenings, {"zone": "Local"})]},
		{"weekly": [object.union(evenings, {"zone": ""})]},
		{"weekly": [object.union(evenings, {"zone": "berlin"})]},
		{"weekly": [object.union(evenings, {"name": 5})]},
		{"dated": [object.union(holidays, {"until": "2026-11-20T00:00:00Z"})]},
		{"dated": [object.union(holidays, {"from": "2026-11-20"})]},
		{"exceptions": [object.union(fix, {"name": null})]},
		{"exceptions": {}},
	] {
		found := run_at(sample.at, [], change)
		sample.codes(found.cannot_tell) == {"FREEZE_PROFILE_DATA_MISSING"}
	}
}

test_zones if {
	lib.is_weekly(object.union(evenings, {"zone": "America/Argentina/Buenos_Aires"}))
	not lib.is_weekly(object.union(evenings, {"zone": "europe/berlin"}))
}

test_malformed_clock_cannot_tell if {
	found := run_at("now", [], {"weekly": [weekend], "dated": [holidays]})
	sample.codes(found.cannot_tell) == {"FREEZE_CLOCK_MISSING"}
}

test_absent_thresholds_cannot_tell if {
	found := freeze.cannot_tell with input as sample.document with data.profile as {}
	sample.codes(found) == {"FREEZE_PROFILE_DATA_MISSING"}
	count(found) == 3
}

half_hours := {"name": "half hours", "days": ["Wednesday"], "from": "09:20", "until": "17:40", "zone": "UTC"}

test_minutes_and_seconds_count if {
	is_free("2026-11-18T09:19:59Z", half_hours)
	is_frozen("2026-11-18T09:20:00Z", half_hours)
	is_frozen("2026-11-18T17:39:59Z", half_hours)
	is_free("2026-11-18T17:40:00Z", half_hours)
	is_free("2026-11-18T18:05:00Z", half_hours)
	is_free("2026-11-18T08:59:59Z", half_hours)
	is_frozen("2026-11-18T17:05:50Z", half_hours)
	is_free("2026-11-18T17:40:01Z", half_hours)
	is_free("2026-11-17T12:00:00Z", half_hours)
}

on(day) := object.union(nights, {"days": [day]})

# 2026-11-16 is a Monday.
test_each_night_is_that_of_its_day_and_the_morning_after if {
	every i, day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] {
		is_frozen(sprintf("2026-11-%vT23:00:00Z", [16 + i]), on(day))
		is_frozen(sprintf("2026-11-%vT05:59:59Z", [17 + i]), on(day))
		is_free(sprintf("2026-11-%vT23:00:00Z", [17 + i]), on(day))
		is_free(sprintf("2026-11-%vT05:00:00Z", [18 + i]), on(day))
		is_free(sprintf("2026-11-%vT12:00:00Z", [16 + i]), on(day))
	}
	is_frozen("2026-11-23T05:00:00Z", nights)
}

test_without_a_clock_nothing_is_denied_only_unknown if {
	run_at("now", [], {"weekly": [weekend, nights, evenings]}).deny == set()
}

test_an_exception_needs_no_broken_glass if {
	words := [sample.broken("freeze", "ada"), sample.broken("freeze", "bob")]
	found := run_at(sample.at, words, {"dated": [holidays], "exceptions": [fix]})
	found.deny == set()
	sample.codes(found.warn) == {"FREEZE_EXCEPTED"}
}
