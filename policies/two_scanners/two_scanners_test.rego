package supplychain.two_scanners_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.two_scanners

run_with(statements, profile) := found if {
	found := {"deny": two_scanners.deny, "warn": two_scanners.warn, "cannot_tell": two_scanners.cannot_tell} with input as sample.document_of(statements)
		with data.profile as profile
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

run(statements) := run_with(statements, sample.profile)

deny(statements) := sample.codes(run(statements).deny)

by(scanner, found) := sample.changed(sample.vulns_with(found), {
	"digest": sprintf("sha256:%s", [scanner]),
	"predicate": {"scanner": {"uri": sprintf("urn:supplychain:scanner:%s", [scanner])}},
})

finding(id, aliases, seen) := of(id, aliases, {"seen_by": seen})

of(id, aliases, group) := sample.finding(group, {"id": id, "aliases": aliases, "purl": "pkg:pypi/a@1"})

nothing := {"deny": set(), "warn": set(), "cannot_tell": set()}

test_two_scanners_that_see_nothing_pass if run([by("one", []), by("two", [])]) == nothing

test_one_scanner_is_too_few if {
	some violation in run([by("one", [])]).deny
	violation.message == "1 scanners looked at the dependencies of this artifact, expected 2: one"
	deny([]) == {"TWO_SCANNERS_TOO_FEW"}
	deny([by("one", []), sample.newer(by("one", []), {"digest": "sha256:again"})]) == {"TWO_SCANNERS_TOO_FEW"}
}

test_a_merged_statement_speaks_for_both if {
	run([by("one+two", [])]) == nothing
	run([by("one+two", [finding("A", [], ["one", "two"])])]) == nothing
	deny([by("one+two", [finding("A", [], ["one"])])]) == {"TWO_SCANNERS_DISAGREE"}
	deny([by("one+two", [finding("A", [], ["one", "liar"])])]) == {"TWO_SCANNERS_DISAGREE"}
}

test_agreement_is_by_any_name if {
	run([by("one", [finding("A", ["CVE-1"], [])]), by("two", [finding("B", ["CVE-1"], [])])]) == nothing
	some violation in run([by("one", [finding("A", ["CVE-1"], [])]), by("two", [finding("B", [], [])])]).deny
	violation.code == "TWO_SCANNERS_DISAGREE"
}

test_another_component_is_another_finding if {
	other := sample.finding({}, {"id": "A", "aliases": [], "purl": "pkg:pypi/b@1"})
	deny([by("one", [finding("A", [], [])]), by("two", [other])]) == {"TWO_SCANNERS_DISAGREE"}
}

test_settled_findings_are_no_dispute if {
	settled := of("A", [], {"status": "not_affected"})
	run([by("one", [settled]), by("two", [])]) == nothing
}

test_disagreement_warns_where_the_profile_says_so if {
	found := run_with([by("one", [finding("A", [], [])]), by("two", [])], sample.profile_with("two_scanners", {"disagreement": "warn"}))
	found.deny == set()
	sample.codes(found.warn) == {"TWO_SCANNERS_DISAGREE"}
}

test_an_older_scan_of_one_scanner_does_not_count if {
	old := by("two", [finding("A", [], [])])
	run([by("one", []), old, sample.newer(by("two", []), {"digest": "sha256:new"})]) == nothing
}

sast_by(scanner, results) := sample.changed(sample.sast, {
	"digest": sprintf("sha256:%s", [scanner]),
	"predicate": {"scanner": {"name": scanner}, "findings": results},
})

weakness := {"id": "eval", "status": "affected", "location": {"path": "a.py"}, "seen_by": ["one"]}

test_other_kinds if {
	profile := sample.profile_with("two_scanners", {"kinds": ["sast"]})
	run_with([sast_by("one", [weakness]), sast_by("two", [weakness])], profile) == nothing
	sample.codes(run_with([sast_by("one", [weakness]), sast_by("two", [])], profile).deny) == {"TWO_SCANNERS_DISAGREE"}
	sample.codes(run_with([sast_by("one+two", [weakness])], profile).deny) == {"TWO_SCANNERS_DISAGREE"}
}

test_never_fewer_than_two if {
	sample.codes(run_with([by("one", [])], sample.profile_with("two_scanners", {"min_scanners": 1})).deny) == {"TWO_SCANNERS_TOO_FEW"}
}

test_absent_thresholds_cannot_tell if {
	found := run_with([by("one", [])], {}).cannot_tell
	sample.codes(found) == {"TWO_SCANNERS_PROFILE_DATA_MISSING"}
	count(found) == 4
}

left_out(changes) := run([by("one", []), sample.changed(by("two", []), changes)])

test_a_scan_that_is_old_or_looked_away_is_no_second_opinion if {
	every changes in [
		{"time": "2026-11-18T23:59:59Z"},
		{"time": "2026-11-21T00:00:01Z"},
		{"time": null},
		{"predicate": {"coverage": null}},
		{"predicate": {"coverage": {"asked": 3}}},
		{"predicate": {"coverage": {"time_limit_hit": true}}},
		{"predicate": {"coverage": {"time_limit_hit": null}}},
		{"predicate": {"coverage": {"asked": 1}}},
		{"predicate": {"coverage": {"asked": 0, "looked_at": 0}}},
		{"predicate": {"coverage": {"database": null}}},
		{"predicate": {"coverage": {"database": {"records": 0}}}},
		{"predicate": {"coverage": {"database": {"built": "2026-11-13T23:59:59Z"}}}},
		{"predicate": {"coverage": {"database": {"built": "2026-11-21T00:00:01Z"}}}},
		{"predicate": {"coverage": {"database": {"built": "lately"}}}},
	] {
		found := left_out(changes)
		sample.codes(found.deny) == {"TWO_SCANNERS_TOO_FEW"}
		sample.codes(found.warn) == {"TWO_SCANNERS_LEFT_OUT"}
	}
	left_out({"time": "2026-11-19T00:00:00Z"}) == nothing
	left_out({"predicate": {"coverage": {"asked": 1, "looked_at": 1}}}) == nothing
	left_out({"predicate": {"coverage": {"database": {"built": "2026-11-14T00:00:00Z"}}}}) == nothing
	some told in left_out({"time": null}).warn
	startswith(told.message, "the dependencies scan by two of \"\" does not count")
}

test_without_limits_of_age_an_old_scan_counts if {
	old := sample.changed(by("two", []), {"time": "2020-01-01T00:00:00Z", "predicate": {"coverage": {"database": {"built": "2020-01-01T00:00:00Z"}}}})
	run_with([by("one", []), old], sample.profile_with("scan", {"max_age_hours": null, "database_max_age_hours": null})) == nothing
	lenient := sample.profile_with("scan", {"max_age_hours": null, "stale_database": "warn"})
	run_with([by("one", []), old], lenient) == nothing
}

test_an_older_whole_scan_does_not_stand_in_for_a_newer_broken_one if {
	broken := sample.newer(by("two", []), {"digest": "sha256:broken", "predicate": {"coverage": null}})
	deny([by("one", []), by("two", []), broken]) == {"TWO_SCANNERS_TOO_FEW"}
}

test_nothing_to_look_at_counts_where_the_profile_allows_it if {
	profile := sample.profile_with("two_scanners", {"kinds": ["sast"]})
	empty := sample.changed(sast_by("two", []), {"predicate": {"coverage": {"asked": 0, "looked_at": 0}}})
	run_with([sast_by("one", []), empty], profile) == nothing
	strict := object.union(profile, {"thresholds": {"scan": {"allow_empty": []}}})
	sample.codes(run_with([sast_by("one", []), empty], strict).deny) == {"TWO_SCANNERS_TOO_FEW"}
}

test_unreadable_findings_cannot_tell if {
	nameless := of("", [], {})
	every odd in [
		null, {},
		{"unreadable": 1, "alike": []},
		{"unreadable": 0, "alike": {}},
		{"unreadable": 0, "alike": [nameless]},
		{"unreadable": 0, "alike": [object.union(nameless, {"members": ["x"]})]},
		{"unreadable": 0, "alike": [object.union(nameless, {"members": [{"evidence": "x"}]})]},
		{"unreadable": 0, "alike": [object.union(nameless, {"members": null})]},
	] {
		bad := object.union(object.remove(by("two", []), ["findings"]), {"findings": odd})
		found := run([by("one", []), bad])
		sample.codes(found.cannot_tell) == {"TWO_SCANNERS_MALFORMED"}
		found.deny == set()
	}
	profile := sample.profile_with("two_scanners", {"kinds": ["sast"]})
	every odd in [null, {}, ["x"], [{"id": ""}]] {
		found := run_with([sast_by("one", []), sast_by("two", odd)], profile)
		sample.codes(found.cannot_tell) == {"TWO_SCANNERS_MALFORMED"}
	}
}

test_a_group_that_does_not_say_how_it_stands_is_open if {
	every field in ["status", "seen_by"] {
		odd := object.remove(finding("A", [], ["one", "two"]), [field])
		run([by("one", [odd]), by("two", [odd])]) == nothing
		deny([by("one", [odd]), by("two", [])]) == {"TWO_SCANNERS_DISAGREE"}
	}
}

test_no_kind_cannot_tell if {
	found := run_with([by("one", []), by("two", [])], sample.profile_with("two_scanners", {"kinds": []}))
	sample.codes(found.cannot_tell) == {"TWO_SCANNERS_PROFILE_DATA_MISSING"}
}

test_another_path_is_another_finding if {
	profile := sample.profile_with("two_scanners", {"kinds": ["sast"]})
	elsewhere := object.union(weakness, {"location": {"path": "b.py"}})
	found := run_with([sast_by("one", [weakness]), sast_by("two", [elsewhere])], profile)
	sample.codes(found.deny) == {"TWO_SCANNERS_DISAGREE"}
}

test_too_few_scanners_do_not_disagree if {
	deny([by("one", [finding("A", [], [])])]) == {"TWO_SCANNERS_TOO_FEW"}
	three := sample.profile_with("two_scanners", {"min_scanners": 3})
	sample.codes(run_with([by("one", [finding("A", [], [])]), by("two", [])], three).deny) == {"TWO_SCANNERS_TOO_FEW"}
}
