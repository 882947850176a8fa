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
