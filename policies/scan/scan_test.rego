package supplychain.scan_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.scan

deny(statements) := found if {
	found := scan.deny with input as sample.document_of(statements) with data.profile as sample.profile
	sample.are_whole(found)
}

warn(statements) := found if {
	found := scan.warn with input as sample.document_of(statements) with data.profile as sample.profile
	sample.are_whole(found)
}

cannot_tell(statements) := found if {
	found := scan.cannot_tell with input as sample.document_of(statements) with data.profile as sample.profile
	sample.are_whole(found)
}

covered(statement, changes) := object.union(statement, {"predicate": {"coverage": changes}})

# Good scans, but the dependencies' (or the source's) coverage is another one.
with_vulns(changes) := [covered(sample.vulns, changes), sample.sast]

with_sast(changes) := [sample.vulns, covered(sample.sast, changes)]

skipping(reasons) := {
	"asked": 9,
	"looked_at": 9 - count(reasons),
	"skipped": [{"what": sprintf("thing %v", [i]), "reason": reason, "detail": ""} | some i, reason in reasons],
}

test_good_scans_pass if {
	deny(sample.statements) == set()
	warn(sample.statements) == set()
	cannot_tell(sample.statements) == set()
}

test_missing_scans_deny_one_by_one if {
	found := deny([sample.provenance])
	{violation.evidence.kind | some violation in found} == {"dependencies", "sast"}
	sample.codes(found) == {"SCAN_MISSING"}
	sample.codes(deny([sample.vulns])) == {"SCAN_MISSING"}
}

test_scan_of_another_kind_does_not_count if {
	other := object.union(sample.sast, {"predicate": {"scanner": {"kind": "secrets"}}})
	sample.codes(deny([sample.vulns, other])) == {"SCAN_MISSING"}
}

test_older_whole_scan_does_not_hide_newer_incomplete_one if {
	bad := sample.newer(covered(sample.vulns, {"database": null}), {})
	sample.codes(cannot_tell([sample.vulns, bad, sample.sast])) == {"DATABASE_MISSING"}
}

test_future_denies if {
	sample.codes(deny([sample.sast, sample.changed(sample.vulns, {"time": "2026-11-21T00:00:00.000000001Z"})])) == {"SCAN_FROM_THE_FUTURE"}
}

test_stale_denies if {
	sample.codes(deny([sample.sast, sample.changed(sample.vulns, {"time": "2026-11-18T00:00:00Z"})])) == {"SCAN_STALE"}
}

test_untimed_cannot_tell if {
	sample.codes(cannot_tell([sample.sast, sample.changed(sample.vulns, {"time": "2026-11-20"})])) == {"SCAN_TIME_MISSING"}
}

test_malformed_clock_cannot_tell if {
	found := scan.cannot_tell with input as object.union(sample.document, {"at": ""}) with data.profile as sample.profile
	sample.codes(found) == {"SCAN_CLOCK_MISSING"}
}

test_unreadable_coverage_cannot_tell if {
	every change in [
		{"asked": "2"}, {"asked": 1}, {"looked_at": -1}, {"looked_at": null},
		{"skipped": null}, {"time_limit_hit": null},
	] {
		sample.codes(cannot_tell(with_vulns(change))) == {"SCAN_COVERAGE_MISSING"}
	}
	bare := object.union(sample.vulns, {"predicate": {"coverage": null}})
	sample.codes(cannot_tell([bare, sample.sast])) == {"SCAN_COVERAGE_MISSING"}
}

test_skip_cannot_tell_once_for_each_reason if {
	found := cannot_tell(with_vulns(skipping(["no_version", "no_version", "unreadable"])))
	sample.codes(found) == {"SCAN_INCOMPLETE"}
	{[violation.evidence.reason, violation.evidence.count] | some violation in found} == {["no_version", 2], ["unreadable", 1]}
}

test_unexplained_difference_cannot_tell if {
	found := cannot_tell(with_vulns({"asked": 5, "looked_at": 2}))
	{[violation.evidence.reason, violation.evidence.count] | some violation in found} == {["unexplained", 3]}
}

test_time_limit_cannot_tell if {
	found := cannot_tell(with_vulns({"time_limit_hit": true}))
	{violation.evidence.reason | some violation in found} == {"time_limit"}
}

test_time_limit_is_told_once if {
	count(cannot_tell(with_vulns(object.union(skipping(["time_limit"]), {"time_limit_hit": true})))) == 1
}

test_malformed_skip_cannot_tell if {
	found := cannot_tell(with_vulns({"asked": 3, "skipped": ["thing"]}))
	{violation.evidence.reason | some violation in found} == {""}
}

test_tolerated_skip_warns if {
	sample.codes(warn(with_vulns(skipping(["not_pinned"])))) == {"SCAN_INCOMPLETE"}
	cannot_tell(with_vulns(skipping(["not_pinned"]))) == set()
}

test_skip_tolerated_for_another_kind_cannot_tell if {
	cannot_tell(with_sast(skipping(["unsupported_file"]))) == set()
	sample.codes(cannot_tell(with_vulns(skipping(["unsupported_file"])))) == {"SCAN_INCOMPLETE"}
}

test_some_reasons_no_profile_can_tolerate if {
	sample.codes(cannot_tell(with_vulns(skipping(["no_database"])))) == {"SCAN_INCOMPLETE"}
}

test_many_skips_are_listed_in_short if {
	some violation in warn(with_vulns(skipping(["not_pinned", "not_pinned", "not_pinned", "not_pinned", "not_pinned", "not_pinned"])))
	endswith(violation.message, "thing 3, thing 4 and 1 more")
	count(violation.evidence.what) == 6
}

test_nothing_to_look_at_cannot_tell if {
	sample.codes(cannot_tell(with_vulns({"asked": 0, "looked_at": 0}))) == {"SCAN_LOOKED_AT_NOTHING"}
}

test_nothing_to_look_at_warns_where_allowed if {
	sample.codes(warn(with_sast({"asked": 0, "looked_at": 0}))) == {"SCAN_LOOKED_AT_NOTHING"}
	cannot_tell(with_sast({"asked": 0, "looked_at": 0})) == set()
	nothing_supported := {"asked": 1, "looked_at": 0, "skipped": [{"what": "a.md", "reason": "unsupported_file"}]}
	cannot_tell(with_sast(nothing_supported)) == set()
}

test_all_skipped_cannot_tell_even_if_each_skip_is_tolerated if {
	all_skipped := {"asked": 1, "looked_at": 0, "skipped": [{"what": "django", "reason": "not_pinned"}]}
	sample.codes(cannot_tell(with_vulns(all_skipped))) == {"SCAN_LOOKED_AT_NOTHING"}
	sample.codes(cannot_tell(with_sast(all_skipped))) == {"SCAN_LOOKED_AT_NOTHING"}
}

test_no_database_cannot_tell if {
	sample.codes(cannot_tell(with_vulns({"database": null}))) == {"DATABASE_MISSING"}
	sample.codes(cannot_tell(with_vulns({"database": {"records": 0}}))) == {"DATABASE_MISSING"}
}

test_database_without_age_cannot_tell if {
	sample.codes(cannot_tell(with_vulns({"database": {"built": null}}))) == {"DATABASE_AGE_UNKNOWN"}
}

test_database_from_the_future_denies if {
	sample.codes(deny(with_vulns({"database": {"built": "2027-01-01T00:00:00Z"}}))) == {"DATABASE_FROM_THE_FUTURE"}
}

old := with_vulns({"database": {"built": "2026-11-01T00:00:00Z"}})

test_stale_database_denies if {
	found := deny(old)
	sample.codes(found) == {"DATABASE_STALE"}
	some violation in found
	violation.message == "the database of the dependencies scan was built 480 hours ago, at most 168 are allowed"
	warn(old) == set()
}

test_stale_database_warns_where_the_profile_says_so if {
	profile := sample.profile_with("scan", {"stale_database": "warn"})
	sample.codes(scan.warn) == {"DATABASE_STALE"} with input as sample.document_of(old) with data.profile as profile
	scan.deny == set() with input as sample.document_of(old) with data.profile as profile
}

test_kind_that_another_rule_reads_has_to_be_whole if {
	profile := sample.profile_with("scan", {"required": []})
	bad := [covered(sample.sast, {"time_limit_hit": true})]
	sample.codes(scan.cannot_tell) == {"SCAN_INCOMPLETE"} with input as sample.document_of(bad) with data.profile as profile
	scan.deny == set() with input as sample.document_of(bad) with data.profile as profile
}

test_kind_that_no_rule_reads_does_not_count if {
	profile := object.union(sample.profile, {"rules": ["scan"]})
	bad := [covered(sample.changed(sample.sast, {"predicate": {"scanner": {"kind": "secrets"}}}), {"time_limit_hit": true})]
	scan.cannot_tell == set() with input as sample.document_of(bad) with data.profile as profile
}

test_absent_thresholds_cannot_tell if {
	found := scan.cannot_tell with input as sample.document with data.profile as {"rules": ["scan"]}
	count(found) == 6
	sample.codes(found) == {"SCAN_PROFILE_DATA_MISSING"}
}

test_excluded_files_are_said if {
	found := warn(with_vulns({"excluded": ["tests/**"]}))
	sample.codes(found) == {"SCAN_EXCLUDED"}
	some violation in found
	contains(violation.message, "tests/**")
}

test_nothing_excluded_says_nothing if warn(with_vulns({"excluded": []})) == set()

only(changes) := object.union(sample.profile_with("scan", {"required": []}), changes)

test_to_ask_for_no_scan_at_all_cannot_tell if {
	found := scan.cannot_tell with input as sample.document with data.profile as only({"rules": ["scan"]})
	sample.codes(found) == {"SCAN_NOTHING_ASKED"}
	sample.are_whole(found)
	scan.cannot_tell == set() with input as sample.document with data.profile as only({"rules": ["scan", "sast"]})
}

test_every_kind_that_a_rule_reads_has_to_be_whole if {
	some_rules := {"secrets": "secrets", "iac": "iac", "image": "image", "licenses": "licenses", "sast": "sast"}
	every rule, kind in some_rules {
		bad := sample.changed(sample.sast, {"predicate": {"scanner": {"kind": kind}, "coverage": {"time_limit_hit": true, "database": sample.database}}})
		profile := only({"rules": ["scan", rule]})
		sample.codes(scan.cannot_tell) == {"SCAN_INCOMPLETE"} with input as sample.document_of([bad]) with data.profile as profile
		old := sample.changed(bad, {"time": "2026-11-18T00:00:00Z"})
		sample.codes(scan.deny) == {"SCAN_STALE"} with input as sample.document_of([old]) with data.profile as profile
	}
	bad := covered(sample.vulns, {"time_limit_hit": true})
	every rule in ["vulnerabilities", "two_scanners"] {
		profile := only({"rules": ["scan", rule]})
		sample.codes(scan.cannot_tell) == {"SCAN_INCOMPLETE"} with input as sample.document_of([bad]) with data.profile as profile
	}
}

test_a_database_whose_records_are_no_number_is_none if {
	every odd in ["2661", null, -1, true, {}] {
		sample.codes(cannot_tell(with_vulns({"database": {"records": odd}}))) == {"DATABASE_MISSING"}
	}
	uncounted := with_vulns({"database": {"records": 1}})
	cannot_tell(uncounted) == set()
}

test_no_word_of_a_profile_tolerates_a_failed_scan if {
	every reason in ["no_database", "tool_failed", "time_limit", "output_truncated"] {
		every tolerated in [[reason], [sprintf("dependencies:%s", [reason])]] {
			document := sample.document_of(with_vulns(skipping([reason])))
			profile := sample.profile_with("scan", {"tolerated_skips": tolerated})
			sample.codes(scan.cannot_tell) == {"SCAN_INCOMPLETE"} with input as document with data.profile as profile
			scan.warn == set() with input as document with data.profile as profile
		}
	}
}

test_only_tolerated_skips_are_warned_about if {
	{violation.evidence.reason | some violation in warn(with_vulns(skipping(["not_pinned", "no_version"])))} == {"not_pinned"}
}

test_one_entry_may_stand_for_many if {
	many := {"asked": 9, "looked_at": 4, "skipped": [{"what": "x", "reason": "unreadable", "count": 5}]}
	{[violation.evidence.reason, violation.evidence.count] | some violation in cannot_tell(with_vulns(many))} == {["unreadable", 5]}
}

test_one_that_nobody_explains_is_too_many if {
	found := cannot_tell(with_vulns({"asked": 2, "looked_at": 1}))
	{[violation.evidence.reason, violation.evidence.count] | some violation in found} == {["unexplained", 1]}
}

test_a_time_limit_says_how_much_was_left if {
	late := {"asked": 9, "looked_at": 7, "skipped": [{"what": "a", "reason": "not_pinned", "count": 2}], "time_limit_hit": true}
	{violation.evidence.count | some violation in cannot_tell(with_vulns(late))} == {2}
}

test_nothing_to_look_at_is_fair_only_for_what_no_tool_reads if {
	fair(sample_of(["unsupported_language", "unsupported_file"], {}))
	not fair(sample_of(["unsupported_file", "unreadable"], {}))
	not fair(sample_of(["unsupported_file"], {"time_limit_hit": true}))
	not fair(sample_of(["unsupported_file"], {"asked": 2}))
}

sample_of(reasons, changes) := object.union(
	{
		"asked": count(reasons), "looked_at": 0, "time_limit_hit": false, "database": null,
		"skipped": [{"what": "a", "reason": reason} | some reason in reasons],
	},
	changes,
)

fair(report) if {
	document := sample.document_of(with_sast(report))
	profile := sample.profile_with("scan", {"tolerated_skips": ["unsupported_file", "unsupported_language", "unreadable"]})
	"SCAN_LOOKED_AT_NOTHING" in sample.codes(scan.warn) with input as document with data.profile as profile
	not "SCAN_LOOKED_AT_NOTHING" in sample.codes(scan.cannot_tell) with input as document with data.profile as profile
}

test_an_unfair_nothing_is_no_warning_too if {
	not "SCAN_LOOKED_AT_NOTHING" in sample.codes(warn(with_vulns({"asked": 0, "looked_at": 0})))
}

test_an_image_scan_needs_a_database_and_static_analysis_none if {
	image := sample.changed(sample.sast, {"predicate": {"scanner": {"kind": "image"}}})
	profile := sample.profile_with("scan", {"required": ["image"]})
	found := scan.cannot_tell with input as sample.document_of([image, sample.vulns, sample.sast]) with data.profile as profile
	sample.codes(found) == {"DATABASE_MISSING"}
}

test_a_database_without_records_is_missing_whatever_its_age if {
	every built in ["2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"] {
		bare := with_vulns({"database": {"records": 0, "built": built}})
		deny(bare) == set()
		sample.codes(cannot_tell(bare)) == {"DATABASE_MISSING"}
	}
}

test_a_database_of_uncounted_records_is_one if {
	bare := [object.union(sample.vulns, {"predicate": {"coverage": coverage_without_records}}), sample.sast]
	cannot_tell(bare) == set()
}

coverage_without_records := {"database": object.remove(sample.database, ["records"])}
