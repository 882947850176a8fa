package supplychain.break_glass_test

import data.supplychain.break_glass
import data.supplychain.lib.break_glass as lib
import data.supplychain.lib.sample_test as sample

run_with(document, profile) := found if {
	found := {"warn": break_glass.warn, "cannot_tell": break_glass.cannot_tell, "open": {rule | lib.open[rule]}} with input as document
		with data.profile as profile
	sample.are_whole((found.warn | found.cannot_tell))
}

run(words) := run_with(sample.document_of(words), sample.profile)

two(changes) := [sample.changed(sample.broken("freeze", person), {"predicate": changes}) | some person in ["ada", "bob"]]

open(changes) := run(two(changes)).open

test_nothing_is_said_without_an_emergency if run([]) == {"warn": set(), "cannot_tell": set(), "open": set()}

test_two_persons_open_it_and_every_decision_tells if {
	found := run(two({}))
	found.open == {"freeze"}
	sample.codes(found.warn) == {"BREAK_GLASS_NOT_CLOSED"}
	count(found.warn) == 2
}

test_one_alone_does_not if {
	found := run([sample.broken("freeze", "ada")])
	found.open == set()
	sample.codes(found.warn) == {"BREAK_GLASS_ALONE", "BREAK_GLASS_NOT_CLOSED"}
}

test_two_keys_of_one_person_do_not if {
	second := sample.changed(sample.broken("freeze", "ada"), {"digest": "sha256:second", "signers": ["other"]})
	run([sample.broken("freeze", "ada"), second]).open == set()
}

test_no_profile_lets_one_person_alone if {
	profile := sample.profile_with("break_glass", {"needed": 1})
	run_with(sample.document_of([sample.broken("freeze", "ada")]), profile).open == set()
}

test_the_profile_may_want_more if {
	profile := sample.profile_with("break_glass", {"needed": 3})
	found := run_with(sample.document_of(two({})), profile)
	found.open == set()
	"BREAK_GLASS_ALONE" in sample.codes(found.warn)
}

test_each_for_another_rule_opens_nothing if {
	run([sample.broken("freeze", "ada"), sample.broken("tests", "bob")]).open == set()
}

test_it_ends_to_the_second_and_stays_told if {
	found := run(two({"until": sample.at}))
	found.open == set()
	sample.codes(found.warn) == {"BREAK_GLASS_NOT_CLOSED"}
	open({"until": "2026-11-21T00:00:01Z"}) == {"freeze"}
	open({"from": sample.at}) == {"freeze"}
	run(two({"from": "2026-11-21T00:00:01Z"})) == {"warn": set(), "cannot_tell": set(), "open": set()}
}

test_the_longest_word_of_a_person_counts if {
	longer := sample.changed(sample.broken("freeze", "ada"), {"digest": "sha256:longer", "predicate": {"until": "2026-11-21T02:00:00Z"}})
	found := lib.open.freeze.until with input as sample.document_of(array.concat(two({}), [longer])) with data.profile as sample.profile
	found == "2026-11-21T01:00:00Z"
}

test_too_long_does_not_count if {
	found := run(two({"until": "2026-11-21T03:00:01Z"}))
	found.open == set()
	sample.codes(found.warn) == {"BREAK_GLASS_NOT_CLOSED", "BREAK_GLASS_TOO_LONG"}
	open({"until": "2026-11-21T03:00:00Z"}) == {"freeze"}
}

test_the_scope_holds if {
	open({"environment": "staging"}) == set()
	found := run(two({"rules": ["licenses"]}))
	found.open == set()
	sample.codes(found.warn) == {"BREAK_GLASS_NOT_ALLOWED", "BREAK_GLASS_NOT_CLOSED"}
}

test_the_evidence_itself_cannot_be_broken_whatever_the_profile_says if {
	every rule in ["evidence", "provenance"] {
		open({"rules": [rule]}) == set()
	}
}

test_closing_ends_it_and_the_telling if {
	closed := sample.approval("cyd", {"verdict": "close", "from": "2026-11-20T23:30:00Z"})
	run(array.concat(two({}), [closed])) == {"warn": set(), "cannot_tell": set(), "open": set()}
	early := sample.approval("cyd", {"verdict": "close", "from": "2026-11-20T22:30:00Z"})
	run(array.concat(two({}), [early])).open == {"freeze"}
	unborn := sample.approval("cyd", {"verdict": "close", "from": "2026-11-21T00:30:00Z"})
	run(array.concat(two({}), [unborn])).open == {"freeze"}
}

test_without_the_rule_nothing_opens if {
	profile := object.union(sample.profile, {"rules": ["freeze"]})
	run_with(sample.document_of(two({})), profile).open == set()
}

test_absent_thresholds_cannot_tell_and_open_nothing if {
	found := run_with(sample.document_of(two({})), {"rules": ["break_glass"]})
	sample.codes(found.cannot_tell) == {"BREAK_GLASS_PROFILE_DATA_MISSING"}
	count(found.cannot_tell) == 3
	found.open == set()
}

test_malformed_clock_cannot_tell if {
	found := run_with(object.union(sample.document_of(two({})), {"at": 1}), sample.profile)
	sample.codes(found.cannot_tell) == {"BREAK_GLASS_CLOCK_MISSING"}
	found.open == set()
}

test_no_time_at_all_is_too_long_unless_the_limit_is_missing if {
	profile := sample.profile_with("break_glass", {"max_hours": 0})
	sample.codes(run_with(sample.document_of(two({})), profile).warn) == {"BREAK_GLASS_NOT_CLOSED", "BREAK_GLASS_TOO_LONG"}
	limitless := {"environment": "production", "rules": ["break_glass"], "thresholds": {"break_glass": {"needed": 2, "rules": ["freeze"]}}}
	sample.codes(run_with(sample.document_of(two({})), limitless).warn) == {"BREAK_GLASS_NOT_CLOSED"}
}

test_nothing_that_is_about_the_evidence_can_be_broken if {
	every rule in ["evidence", "provenance", "break_glass", "waivers", "layout", "rebuilt"] {
		found := run_with(sample.document_of(two({"rules": [rule]})), sample.profile_with("break_glass", {"rules": [rule, "freeze"]}))
		found.open == set()
		"BREAK_GLASS_NOT_ALLOWED" in sample.codes(found.warn)
	}
}

test_closing_in_the_same_second_closes if {
	closed := sample.approval("cyd", {"verdict": "close", "from": "2026-11-20T23:00:00Z"})
	run(array.concat(two({}), [closed])).open == set()
}

until_of(words) := found if {
	found := lib.open.freeze.until with input as sample.document_of(words) with data.profile as sample.profile
}

test_it_ends_when_the_first_person_has_no_word_left if {
	ada := sample.broken("freeze", "ada")
	ada_longer := sample.changed(ada, {"digest": "sha256:longer", "predicate": {"until": "2026-11-21T02:00:00Z"}})
	bob := sample.changed(sample.broken("freeze", "bob"), {"predicate": {"until": "2026-11-21T01:30:00Z"}})
	until_of([ada, ada_longer, bob]) == "2026-11-21T01:30:00Z"
	elsewhere := sample.changed(ada_longer, {"predicate": {"rules": ["tests"]}})
	until_of([ada, elsewhere, bob]) == "2026-11-21T01:00:00Z"
}

test_what_is_told_in_place_of_a_denial_says_that_it_was_needed if {
	told := lib.told("freeze", {"code": "X", "message": "m", "fix": "f", "evidence": {}}) with input as sample.document_of(two({}))
		with data.profile as sample.profile
	told.evidence.needed == true
	told.evidence.people == ["ada", "bob"]
}

test_of_three_persons_the_first_end_counts if {
	ada := sample.broken("freeze", "ada")
	bob := sample.changed(sample.broken("freeze", "bob"), {"predicate": {"until": "2026-11-21T01:30:00Z"}})
	cyd := sample.changed(sample.broken("freeze", "cyd"), {"predicate": {"until": "2026-11-21T02:00:00Z"}})
	until_of([ada, bob, cyd]) == "2026-11-21T01:00:00Z"
}
