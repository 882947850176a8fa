package supplychain.provenance_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.provenance

deny(statements) := found if {
	found := provenance.deny with input as sample.document_of(statements) with data.profile as sample.profile
	sample.are_whole(found)
}

cannot_tell(statements) := found if {
	found := provenance.cannot_tell with input as sample.document_of(statements) with data.profile as sample.profile
	sample.are_whole(found)
}

warn(statements, changes) := found if {
	found := provenance.warn with input as sample.document_of(statements)
		with data.profile as sample.profile_with("provenance", changes)
	sample.are_whole(found)
}

test_good_provenance_passes if {
	deny(sample.statements) == set()
	cannot_tell(sample.statements) == set()
	warn(sample.statements, {}) == set()
}

test_no_provenance_denies if {
	sample.codes(deny([sample.sbom, sample.vulns])) == {"PROVENANCE_MISSING"}
	sample.codes(deny([])) == {"PROVENANCE_MISSING"}
}

test_older_provenance_does_not_hide_newer if {
	bad := sample.newer(sample.provenance, {"builder_level": 0})
	sample.codes(deny([bad, sample.provenance])) == {"PROVENANCE_BUILDER_LEVEL_TOO_LOW"}
	sample.codes(deny([sample.provenance, bad])) == {"PROVENANCE_BUILDER_LEVEL_TOO_LOW"}
}

test_newer_provenance_replaces_older if {
	good := sample.newer(sample.provenance, {})
	deny([good, sample.changed(sample.provenance, {"builder_level": 0})]) == set()
}

test_at_the_same_time_the_worst_counts if {
	bad := sample.changed(sample.provenance, {"builder_level": 0, "digest": "sha256:other"})
	sample.codes(deny([sample.provenance, bad])) == {"PROVENANCE_BUILDER_LEVEL_TOO_LOW"}
	sample.codes(deny([bad, sample.provenance])) == {"PROVENANCE_BUILDER_LEVEL_TOO_LOW"}
}

test_level_of_another_type_counts_as_none if {
	bad := sample.changed(sample.provenance, {"builder_level": "3"})
	sample.codes(deny([bad])) == {"PROVENANCE_BUILDER_LEVEL_TOO_LOW"}
}

test_future_denies if {
	sample.codes(deny([sample.changed(sample.provenance, {"time": "2026-11-21T00:00:01Z"})])) == {"PROVENANCE_FROM_THE_FUTURE"}
	deny([sample.changed(sample.provenance, {"time": "2026-11-21T00:00:00Z"})]) == set()
}

test_stale_denies if {
	sample.codes(deny([sample.changed(sample.provenance, {"time": "2026-11-18T23:59:59Z"})])) == {"PROVENANCE_STALE"}
	deny([sample.changed(sample.provenance, {"time": "2026-11-19T00:00:00Z"})]) == set()
}

test_no_limit_means_no_limit if {
	found := provenance.deny with input as sample.document_of([sample.changed(sample.provenance, {"time": "2001-01-01T00:00:00Z"})])
		with data.profile as sample.profile_with("provenance", {"max_age_hours": null})
	found == set()
}

test_untimed_cannot_tell_and_counts if {
	untimed := sample.changed(sample.provenance, {"time": null, "builder_level": 0})
	sample.codes(cannot_tell([sample.provenance, untimed])) == {"PROVENANCE_TIME_MISSING"}
	sample.codes(deny([sample.provenance, untimed])) == {"PROVENANCE_BUILDER_LEVEL_TOO_LOW"}
}

test_malformed_clock_cannot_tell if {
	found := provenance.cannot_tell with input as object.union(sample.document, {"at": "2026-02-30T00:00:00Z"})
		with data.profile as sample.profile
	sample.codes(found) == {"PROVENANCE_CLOCK_MISSING"}
}

test_builder_not_allowed_denies if {
	other := {"predicate": {"runDetails": {"builder": {"id": "https://evil.example/?https://builder.example/1"}}}}
	sample.codes(deny([sample.changed(sample.provenance, other)])) == {"PROVENANCE_BUILDER_NOT_ALLOWED"}
}

test_nobody_is_allowed_by_no_pattern if {
	found := provenance.deny with input as sample.document
		with data.profile as sample.profile_with("provenance", {"allowed_builders": []})
	sample.codes(found) == {"PROVENANCE_BUILDER_NOT_ALLOWED"}
}

test_anonymous_builder_denies_even_if_all_are_allowed if {
	anonymous := sample.changed(sample.provenance, {"predicate": {"runDetails": null}})
	found := provenance.deny with input as sample.document_of([anonymous])
		with data.profile as sample.profile_with("provenance", {"allowed_builders": ["*"]})
	sample.codes(found) == {"PROVENANCE_BUILDER_NOT_ALLOWED"}
}

test_absent_thresholds_cannot_tell if {
	found := provenance.cannot_tell with input as sample.document with data.profile as {}
	count(found) == 4
	sample.codes(found) == {"PROVENANCE_PROFILE_DATA_MISSING"}
	sample.are_whole(found)
}

test_threshold_of_wrong_type_cannot_tell if {
	changes := {"min_builder_level": "1", "max_age_hours": -1, "require_clean_source": "no", "allowed_builders": [1]}
	found := provenance.cannot_tell with input as sample.document
		with data.profile as sample.profile_with("provenance", changes)
	count(found) == 4
}

test_source_missing_denies if {
	sample.codes(deny([sample.built_from([])])) == {"PROVENANCE_SOURCE_MISSING"}
	sample.codes(deny([sample.built_from([sample.dependency])])) == {"PROVENANCE_SOURCE_MISSING"}
	short := object.union(sample.source, {"digest": {"gitCommit": "0123"}})
	sample.codes(deny([sample.built_from([short, sample.source])])) == {"PROVENANCE_SOURCE_MISSING"}
	sample.codes(deny([sample.changed(sample.provenance, {"predicate": "x"})])) == {
		"PROVENANCE_BUILDER_NOT_ALLOWED",
		"PROVENANCE_SOURCE_MISSING",
	}
}

dirty := sample.built_from([object.union(sample.source, {"annotations": {"dirty": true}})])

silent := sample.built_from([object.remove(sample.source, ["annotations"])])

test_dirty_source_denies if sample.codes(deny([dirty])) == {"PROVENANCE_SOURCE_DIRTY"}

test_dirty_source_warns_where_clean_is_not_required if {
	sample.codes(warn([dirty], {"require_clean_source": false})) == {"PROVENANCE_SOURCE_DIRTY"}
	warn([dirty], {}) == set()
}

test_unversioned_source_denies if {
	sample.codes(deny([sample.built_from([sample.plain_source])])) == {"PROVENANCE_SOURCE_UNVERSIONED"}
}

test_unversioned_source_warns_where_clean_is_not_required if {
	sample.codes(warn([sample.built_from([sample.plain_source])], {"require_clean_source": false})) == {"PROVENANCE_SOURCE_UNVERSIONED"}
}

test_git_commit_comes_before_an_unversioned_source if {
	deny([sample.built_from([sample.plain_source, sample.source])]) == set()
}

test_unknown_state_cannot_tell if {
	sample.codes(cannot_tell([silent])) == {"PROVENANCE_SOURCE_STATE_UNKNOWN"}
	odd := sample.built_from([object.union(sample.source, {"annotations": {"dirty": "no"}})])
	sample.codes(cannot_tell([sample.changed(odd, {"builder_level": 3})])) == {"PROVENANCE_SOURCE_STATE_UNKNOWN"}
}

test_silence_of_a_hosted_builder_is_trusted if {
	cannot_tell([sample.changed(silent, {"builder_level": 2})]) == set()
}

test_where_clean_is_not_required_nothing_about_it_denies if {
	every dependencies in [
		[object.union(sample.source, {"annotations": {"dirty": true}})],
		[sample.plain_source],
		[object.remove(sample.source, ["annotations"])],
	] {
		document := sample.document_of([sample.built_from(dependencies)])
		profile := sample.profile_with("provenance", {"require_clean_source": false})
		provenance.deny == set() with input as document with data.profile as profile
		provenance.cannot_tell == set() with input as document with data.profile as profile
	}
}

test_where_clean_is_required_nothing_about_it_only_warns if {
	warn([dirty], {}) == set()
	warn([sample.built_from([sample.plain_source])], {}) == set()
}

test_a_source_without_revision_control_is_that_and_nothing_else if {
	edited := sample.built_from([sample.dependency, object.union(sample.plain_source, {"annotations": {"dirty": true}})])
	sample.codes(deny([edited])) == {"PROVENANCE_SOURCE_UNVERSIONED"}
	cannot_tell([edited]) == set()
	cannot_tell([sample.built_from([sample.plain_source])]) == set()
}

test_what_is_no_commit_is_missing_and_not_dirty_too if {
	changes := {"digest": {"gitCommit": "0123"}, "annotations": {"dirty": true}}
	found := sample.built_from([object.union(sample.source, changes)])
	sample.codes(deny([found])) == {"PROVENANCE_SOURCE_MISSING"}
	silent_too := sample.built_from([object.union(object.remove(sample.source, ["annotations"]), {"digest": {"gitCommit": "0123"}})])
	cannot_tell([silent_too]) == set()
}
