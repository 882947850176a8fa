package supplychain.rebuilt_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.rebuilt

run_with(statements, profile) := found if {
	found := {"deny": rebuilt.deny, "cannot_tell": rebuilt.cannot_tell} with input as sample.document_of(statements)
		with data.profile as profile
	sample.are_whole((found.deny | found.cannot_tell))
}

run(statements) := run_with(statements, sample.profile)

deny(statements) := sample.codes(run(statements).deny)

nothing := {"deny": set(), "cannot_tell": set()}

built(builder, person, changes) := object.union(
	sample.changed(sample.provenance, {
		"digest": sprintf("sha256:%s", [builder]),
		"people": [person],
		"predicate": {"runDetails": {"builder": {"id": builder}}},
	}),
	changes,
)

one := built("https://one.example", "one", {})

two := built("https://two.example", "two", {})

test_two_builders_pass if run([one, two]) == nothing

test_one_builder_denies if {
	deny([one]) == {"REBUILT_TOO_FEW"}
	deny([]) == {"REBUILT_TOO_FEW"}
	deny([one, sample.changed(one, {"digest": "sha256:again", "people": ["two"]})]) == {"REBUILT_TOO_FEW"}
}

test_one_signer_for_two_builders_denies if deny([one, built("https://two.example", "one", {})]) == {"REBUILT_TOO_FEW"}

test_another_revision_denies if {
	source := object.union(sample.source, {"digest": {"gitCommit": "ffffffffffffffffffffffffffffffffffffffff"}})
	other := built("https://two.example", "two", {"predicate": {"buildDefinition": {"resolvedDependencies": [source]}}})
	deny([one, other]) == {"REBUILT_TOO_FEW"}
}

test_a_builder_worth_too_little_denies if {
	deny([one, built("https://two.example", "two", {"builder_level": 0})]) == {"REBUILT_TOO_FEW"}
	run_with([one, built("https://two.example", "two", {"builder_level": 0})], sample.profile_with("rebuilt", {"min_builder_level": 0})) == nothing
}

test_a_builder_without_a_name_denies if deny([one, built("", "two", {})]) == {"REBUILT_TOO_FEW"}

test_never_fewer_than_two if {
	sample.codes(run_with([one], sample.profile_with("rebuilt", {"min_builders": 1})).deny) == {"REBUILT_TOO_FEW"}
}

test_absent_thresholds_cannot_tell if {
	found := run_with([one, two], {})
	sample.codes(found.cannot_tell) == {"REBUILT_PROFILE_DATA_MISSING"}
	count(found.cannot_tell) == 2
	found.deny == set()
}

test_a_builder_without_a_signer_denies if {
	both := sample.changed(one, {"people": ["one", "two"]})
	deny([both, sample.changed(two, {"people": []})]) == {"REBUILT_TOO_FEW"}
	some violation in run([both, sample.changed(two, {"people": []})]).deny
	violation.evidence.builders == ["https://one.example"]
	run([both, two]) == nothing
}

three := built("https://three.example", "three", {})

test_each_builder_needs_a_signer_of_its_own if {
	profile := sample.profile_with("rebuilt", {"min_builders": 3})
	run_with([one, two, three], profile) == nothing
	by_one := [
		one, built("https://two.example", "one", {}), built("https://three.example", "one", {}),
		sample.changed(one, {"people": ["two", "three"]}),
	]
	sample.codes(run_with(by_one, profile).deny) == {"REBUILT_TOO_FEW"}
	many_signers := [sample.changed(one, {"people": ["one", "three"]}), two, built("https://three.example", "two", {})]
	sample.codes(run_with(many_signers, profile).deny) == {"REBUILT_TOO_FEW"}
}

from_commit(commit, library) := [object.union(sample.source, {"digest": {"gitCommit": commit}}), library]

test_a_dependency_of_both_is_no_common_revision if {
	library := {"uri": "git+https://git.example/library", "digest": {"gitCommit": "9999999999999999999999999999999999999999"}}
	deny([
		built("https://one.example", "one", {"predicate": {"buildDefinition": {"resolvedDependencies": from_commit("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", library)}}}),
		built("https://two.example", "two", {"predicate": {"buildDefinition": {"resolvedDependencies": from_commit("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", library)}}}),
	]) == {"REBUILT_TOO_FEW"}
}

test_no_revision_is_no_common_one if {
	nameless := {"predicate": {"buildDefinition": {"resolvedDependencies": []}}}
	deny([sample.changed(one, nameless), sample.changed(two, nameless)]) == {"REBUILT_TOO_FEW"}
	empty := {"predicate": {"buildDefinition": {"resolvedDependencies": [{"uri": "a", "digest": {"gitCommit": ""}}]}}}
	deny([sample.changed(one, empty), sample.changed(two, empty)]) == {"REBUILT_TOO_FEW"}
}

test_the_count_is_told if {
	some violation in run([one]).deny
	startswith(violation.message, "1 independent builders made these bytes from one revision, expected 2 (builders: https://one.example)")
	some nobody in run([]).deny
	nobody.evidence.found == 0
}

test_other_revisions_beside_do_not_count if {
	other_source := object.union(sample.source, {"digest": {"gitCommit": "ffffffffffffffffffffffffffffffffffffffff"}})
	other := built("https://three.example", "three", {"predicate": {"buildDefinition": {"resolvedDependencies": [other_source]}}})
	profile := sample.profile_with("rebuilt", {"min_builders": 3})
	run([one, two, other]) == nothing
	sample.codes(run_with([one, two, other], profile).deny) == {"REBUILT_TOO_FEW"}
}

test_a_builder_of_unknown_worth_has_none if {
	deny([one, sample.changed(two, {"builder_level": null})]) == {"REBUILT_TOO_FEW"}
}
