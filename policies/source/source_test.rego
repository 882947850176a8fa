package supplychain.source_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.source

run_with(document, profile) := found if {
	found := {"deny": source.deny, "cannot_tell": source.cannot_tell} with input as document
		with data.profile as profile
	sample.are_whole((found.deny | found.cannot_tell))
}

run(statements) := run_with(sample.document_of(statements), sample.profile)

deny(statements) := sample.codes(run(statements).deny)

nothing := {"deny": set(), "cannot_tell": set()}

from(uri) := sample.built_from([sample.dependency, object.union(sample.source, {"uri": uri})])

test_the_expected_source_passes if run([sample.provenance]) == nothing

test_a_fork_denies_with_both_names if {
	some violation in run([from("git+https://git.example/fork@refs/heads/main")]).deny
	violation.code == "SOURCE_NOT_EXPECTED"
	violation.message == "built from \"git+https://git.example/fork\", expected one of: git+https://git.example/shop"
}

test_what_only_begins_or_ends_alike_denies if {
	every uri in [
		"git+https://git.example/shop2@refs/heads/main",
		"git+https://git.example/shop/x@refs/heads/main",
		"x+git+https://git.example/shop@refs/heads/main",
		"git+https://git.example/shop@evil@refs/heads/main",
	] {
		deny([from(uri)]) == {"SOURCE_NOT_EXPECTED"}
	}
}

test_another_ref_denies if {
	every ref in ["refs/heads/dev", "refs/heads/main2", "refs/tags/main"] {
		deny([from(sprintf("git+https://git.example/shop@%s", [ref]))]) == {"SOURCE_REF_NOT_EXPECTED"}
	}
	deny([from("git+https://git.example/shop@refs/tags/v1.2")]) == set()
	deny([from("git+https://git.example/shop@refs/heads/main@refs/tags/v1")]) == {"SOURCE_REF_NOT_EXPECTED"}
}

test_no_ref_denies_unless_none_is_asked if {
	bare := from("git+https://git.example/shop")
	deny([bare]) == {"SOURCE_REF_NOT_EXPECTED"}
	run_with(sample.document_of([bare]), sample.profile_with("source", {"refs": null})) == nothing
	any_ref := sample.profile_with("source", {"refs": ["*"]})
	sample.codes(run_with(sample.document_of([bare]), any_ref).deny) == {"SOURCE_REF_NOT_EXPECTED"}
	none := sample.profile_with("source", {"refs": []})
	sample.codes(run_with(sample.document_of([sample.provenance]), none).deny) == {"SOURCE_REF_NOT_EXPECTED"}
}

test_a_source_without_a_commit_or_a_name_denies if {
	both := {"SOURCE_NOT_EXPECTED", "SOURCE_REF_NOT_EXPECTED"}
	every dependencies in [[], [sample.plain_source], [sample.dependency], null, [object.union(sample.source, {"uri": null})]] {
		deny([sample.built_from(dependencies)]) == both
		sample.codes(run_with(
			sample.document_of([sample.built_from(dependencies)]),
			sample.profile_with("source", {"uris": ["*"], "refs": ["*"]}),
		).deny) == both
	}
}

test_the_newest_provenance_counts_and_of_one_time_the_worst if {
	fork := from("git+https://git.example/fork@refs/heads/main")
	deny([sample.provenance, fork]) == {"SOURCE_NOT_EXPECTED"}
	deny([sample.newer(sample.provenance, {}), fork]) == set()
	deny([sample.provenance, sample.newer(fork, {})]) == {"SOURCE_NOT_EXPECTED"}
}

test_no_provenance_denies if deny([sample.vulns]) == {"SOURCE_MISSING"}

test_malformed_clock_cannot_tell if {
	found := run_with(object.union(sample.document, {"at": "now"}), sample.profile)
	sample.codes(found.cannot_tell) == {"SOURCE_CLOCK_MISSING"}
}

test_absent_and_odd_thresholds_cannot_tell if {
	every odd in [{"uris": []}, {"uris": "git+*"}, {"uris": null}, {"uris": [1]}, {"refs": "main"}, {"refs": [null]}] {
		found := run_with(sample.document, sample.profile_with("source", odd))
		sample.codes(found.cannot_tell) == {"SOURCE_PROFILE_DATA_MISSING"}
	}
	found := run_with(sample.document, {})
	count(found.cannot_tell) == 2
	found.deny == set()
}
