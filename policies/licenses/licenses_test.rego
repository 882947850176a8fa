package supplychain.licenses_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.licenses
import data.supplychain.waivers

strict := {
	"missing": "deny",
	"reaction": "deny",
	"unknown": "deny",
	"allowed": ["MIT", "BSD-3-Clause", "Apache-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"],
	"denied": ["GPL-2.0-only"],
}

profile := sample.profile_with("licenses", strict)

profile_of(changes) := sample.profile_with("licenses", object.union(strict, changes))

run(statements, chosen) := found if {
	found := {
		"deny": licenses.deny,
		"warn": licenses.warn,
		"cannot_tell": licenses.cannot_tell,
	} with input as sample.document_of(statements) with data.profile as chosen
	sample.are_whole(((found.deny | found.warn) | found.cannot_tell))
}

finding(id, aliases) := {
	"id": id,
	"aliases": aliases,
	"title": sprintf("a is under %s", [id]),
	"severity": "none",
	"status": "affected",
	"component": {"purl": "pkg:pypi/a@1", "name": "a", "version": "1", "origin": ""},
}

scan(findings) := object.union(
	sample.sast,
	{"predicate": {"scanner": {"name": "supplychain-licenses", "kind": "licenses"}, "findings": findings}},
)

codes(id, aliases) := sample.codes(run([scan([finding(id, aliases)])], profile).deny)

test_nothing_listed_passes if run([scan([])], profile) == {"deny": set(), "warn": set(), "cannot_tell": set()}

test_allowed if {
	every pair in [
		["license:MIT", []],
		["license:MIT OR X", ["license:MIT", "license:X"]],
		["license:MIT AND BSD-3-Clause", ["license:BSD-3-Clause AND MIT"]],
		["license:Apache-2.0 WITH LLVM-exception", []],
		["license:GPL-2.0-only WITH Classpath-exception-2.0", []],
		["license:GPL-2.0-only OR MIT", ["license:GPL-2.0-only", "license:MIT"]],
	] {
		codes(pair[0], pair[1]) == set()
	}
}

test_not_allowed if {
	every pair in [
		["license:X", []],
		["license:GPL-2.0-only", []],
		["license:GPL-2.0-only WITH other", []],
		["license:MIT AND X", ["license:MIT AND X"]],
		["license:X OR Y", ["license:X", "license:Y"]],
	] {
		codes(pair[0], pair[1]) == {"LICENSE_NOT_ALLOWED"}
	}
}

test_unknown_is_not_permitted if {
	every id in ["license:unknown", "MIT", "something"] {
		codes(id, []) == {"LICENSE_UNKNOWN"}
	}
}

test_without_a_list_of_the_allowed_only_the_denied_are_refused if {
	open_profile := profile_of({"allowed": null})
	run([scan([finding("license:X", [])])], open_profile).deny == set()
	sample.codes(run([scan([finding("license:GPL-2.0-only", [])])], open_profile).deny) == {"LICENSE_NOT_ALLOWED"}
	sample.codes(run([scan([finding("license:unknown", [])])], open_profile).deny) == {"LICENSE_UNKNOWN"}
}

test_warns_where_the_profile_says_so if {
	mild := profile_of({"reaction": "warn", "unknown": "warn", "missing": "warn"})
	found := run([scan([finding("license:X", []), finding("license:unknown", [])])], mild)
	found.deny == set()
	sample.codes(found.warn) == {"LICENSE_NOT_ALLOWED", "LICENSE_UNKNOWN"}
	absent := run([sample.sast], mild)
	absent.deny == set()
	sample.codes(absent.warn) == {"LICENSES_MISSING"}
}

test_no_scan_denies if sample.codes(run([sample.sast], profile).deny) == {"LICENSES_MISSING"}

test_a_waiver_covers_one_component if {
	scope := {"component": "pkg:pypi/a@1"}
	waiver := sample.waiver({"waives": "license:X", "scope": scope})
	found := run([scan([finding("license:X", [])]), waiver], profile)
	found.deny == set()
	sample.codes(found.warn) == {"WAIVED"}
	other := sample.waiver({"waives": "license:X", "scope": {"component": "pkg:pypi/b@1"}})
	count(run([scan([finding("license:X", [])]), other], profile).deny) == 1
	lifecycle := waivers.warn with input as sample.document_of([scan([finding("license:X", [])]), waiver])
		with data.profile as profile
	lifecycle == set()
}

test_an_ended_waiver_of_a_licence_is_told if {
	old := sample.waiver({"waives": "license:X", "scope": {"component": ""}, "until": "2026-11-21T00:00:00Z"})
	told := waivers.warn with input as sample.document_of([scan([finding("license:X", [])]), old])
		with data.profile as profile
	sample.codes(told) == {"WAIVER_EXPIRED"}
}

test_unreadable_findings_cannot_tell if {
	every findings in [null, {}, ["x"], [{"id": ""}]] {
		sample.codes(run([scan(findings)], profile).cannot_tell) == {"LICENSES_MALFORMED"}
	}
}

test_absent_thresholds_cannot_tell if {
	found := run([scan([])], {"rules": ["scan"]}).cannot_tell
	sample.codes(found) == {"LICENSES_PROFILE_DATA_MISSING"}
	count(found) == 5
}

test_findings_without_the_rule_scan_cannot_tell if {
	found := run([scan([])], object.union(profile, {"rules": ["licenses"]})).cannot_tell
	count(found) == 1
}

test_an_id_that_names_nothing_is_unknown if {
	open_profile := profile_of({"allowed": null})
	every pair in [
		["license:", []],
		["license: ", []],
		["license:MIT", [""]],
		["license:MIT", ["MIT"]],
		["license:MIT", ["license:unknown"]],
		["MIT", ["license:MIT"]],
		["license:GPL-2.0-only OR (MIT AND X)", []],
		["license:MIT or GPL-2.0-only", []],
		["license:(GPL-2.0-only)", []],
	] {
		sample.codes(run([scan([finding(pair[0], pair[1])])], open_profile).deny) == {"LICENSE_UNKNOWN"}
	}
}

test_identifiers_are_compared_without_case if {
	open_profile := profile_of({"allowed": null})
	every id in ["license:gpl-2.0-only", "license:mit and GPL-2.0-ONLY", "license:gpl-2.0-only with x"] {
		sample.codes(run([scan([finding(id, [])])], open_profile).deny) == {"LICENSE_NOT_ALLOWED"}
	}
	codes("license:mit", []) == set()
	codes("license:gpl-2.0-only with classpath-exception-2.0", []) == set()
}

test_a_nameless_finding_is_malformed_and_nothing_else if codes("", []) == set()

test_what_is_denied_by_its_own_name_is_refused_though_it_is_allowed_too if {
	both := profile_of({"allowed": ["GPL-2.0-only"], "denied": ["GPL-2.0-only"]})
	every id in ["license:GPL-2.0-only", "license:GPL-2.0-only WITH other"] {
		sample.codes(run([scan([finding(id, [])])], both).deny) == {"LICENSE_NOT_ALLOWED"}
	}
}

waived(chosen) := found if {
	waiver := sample.waiver({"waives": "license:X", "scope": {"component": "pkg:pypi/a@1"}})
	some found in run([scan([finding("license:X", [])]), waiver], chosen).warn
}

test_a_waiver_says_whether_it_was_needed if {
	waived(profile).evidence.needed == true
	waived(profile_of({"reaction": "warn"})).evidence.needed == false
}
