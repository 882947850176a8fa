package supplychain.sbom_test

import data.supplychain.lib.sample_test as sample
import data.supplychain.sbom

deny(statements) := found if {
	found := sbom.deny with input as sample.document_of(statements) with data.profile as sample.profile
	sample.are_whole(found)
}

warn(statements) := found if {
	found := sbom.warn with input as sample.document_of(statements) with data.profile as sample.profile
	sample.are_whole(found)
}

cannot_tell(statements) := found if {
	found := sbom.cannot_tell with input as sample.document_of(statements) with data.profile as sample.profile
	sample.are_whole(found)
}

with_document(changes) := [sample.changed(sample.sbom, {"document": changes})]

test_good_sbom_passes if {
	deny(sample.statements) == set()
	warn(sample.statements) == set()
	cannot_tell(sample.statements) == set()
}

test_no_sbom_denies if sample.codes(deny([sample.provenance])) == {"SBOM_MISSING"}

test_older_sbom_does_not_hide_newer if {
	bad := sample.newer(sample.sbom, {"document": {"components": 0}})
	sample.codes(deny([sample.sbom, bad])) == {"SBOM_TOO_FEW_COMPONENTS"}
}

test_future_denies if {
	sample.codes(deny([sample.changed(sample.sbom, {"time": "2026-11-22T00:00:00+00:30"})])) == {"SBOM_FROM_THE_FUTURE"}
}

test_stale_denies if {
	sample.codes(deny([sample.changed(sample.sbom, {"time": "2026-11-18T12:00:00Z"})])) == {"SBOM_STALE"}
}

test_few_components_deny if sample.codes(deny(with_document({"components": 0}))) == {"SBOM_TOO_FEW_COMPONENTS"}

test_missing_versions_deny if {
	found := deny(with_document({"without_version": ["b", "a"]}))
	sample.codes(found) == {"SBOM_VERSIONS_MISSING"}
	some violation in found
	violation.message == "2 of 12 components have no version, expected 0: a, b"
}

test_missing_versions_warn_where_allowed if {
	profile := sample.profile_with("sbom", {"allow_missing_versions": true})
	document := sample.document_of(with_document({"without_version": ["a"]}))
	sample.codes(sbom.warn) == {"SBOM_VERSIONS_MISSING"} with input as document with data.profile as profile
	sbom.deny == set() with input as document with data.profile as profile
}

test_missing_purls_warn if {
	sample.codes(warn(with_document({"without_purl": ["a"]}))) == {"SBOM_PURLS_MISSING"}
	deny(with_document({"without_purl": ["a"]})) == set()
}

test_subject_of_another_artifact_denies if {
	sample.codes(deny(with_document({"subjects": [{"sha256": "bb"}]}))) == {"SBOM_SUBJECT_MISMATCH"}
	deny(with_document({"subjects": [{"sha256": "bb"}, {"sha256": sample.sha256}]})) == set()
	deny(with_document({"subjects": []})) == set()
}

test_missing_document_cannot_tell if {
	sample.codes(cannot_tell(with_document(null))) == {"SBOM_DOCUMENT_MISSING"}
	sample.codes(cannot_tell(with_document({"components": "many"}))) == {"SBOM_DOCUMENT_MISSING"}
	sample.codes(cannot_tell(with_document({"gaps": null}))) == {"SBOM_DOCUMENT_MISSING"}
}

test_gap_cannot_tell if {
	found := cannot_tell(with_document({"gaps": [{"what": "a.lock", "reason": "unreadable", "detail": ""}]}))
	sample.codes(found) == {"SBOM_INCOMPLETE"}
	{violation.evidence.what | some violation in found} == {["a.lock"]}
}

test_tolerated_gap_warns if {
	gap := {"gaps": [{"what": "a", "reason": "no_version", "detail": ""}]}
	sample.codes(warn(with_document(gap))) == {"SBOM_INCOMPLETE"}
	cannot_tell(with_document(gap)) == set()
}

test_untimed_cannot_tell if {
	sample.codes(cannot_tell([sample.changed(sample.sbom, {"time": null})])) == {"SBOM_TIME_MISSING"}
}

test_malformed_clock_cannot_tell if {
	found := sbom.cannot_tell with input as object.union(sample.document, {"at": 0}) with data.profile as sample.profile
	sample.codes(found) == {"SBOM_CLOCK_MISSING"}
}

test_absent_thresholds_cannot_tell if {
	found := sbom.cannot_tell with input as sample.document with data.profile as {"thresholds": {"sbom": []}}
	count(found) == 6
	sample.codes(found) == {"SBOM_PROFILE_DATA_MISSING"}
}

lacking(changes) := {violation.evidence.element | some violation in deny(with_document({"missing": changes}))}

test_each_missing_element_denies if {
	every element in [
		"name", "version", "unique_id", "dependency", "hash", "license",
		"author", "timestamp", "tool", "generation_context",
	] {
		lacking({element: 1}) == {element}
	}
	sample.codes(deny(with_document({"missing": {"author": 1}}))) == {"SBOM_ELEMENT_MISSING"}
}

test_tolerance_is_of_components if {
	lacking({"supplier": 3}) == set()
	lacking({"supplier": 4}) == {"supplier"}
}

test_ntia_asks_for_less_and_none_for_nothing if {
	document := sample.document_of(with_document({"missing": {"hash": 12, "author": 1}}))
	found := {violation.evidence.element | some violation in sbom.deny} with input as document
		with data.profile as sample.profile_with("sbom", {"minimum_elements": "ntia"})
	found == {"author"}
	sbom.deny == set() with input as document
		with data.profile as sample.profile_with("sbom", {"minimum_elements": "none"})
}

test_elements_that_nobody_counted_cannot_tell if {
	old := [object.union(object.remove(sample.sbom, ["document"]), {"document": object.remove(sample.sbom.document, ["missing"])})]
	sample.codes(cannot_tell(old)) == {"SBOM_ELEMENTS_UNKNOWN"}
	sbom.cannot_tell == set() with input as sample.document_of(old)
		with data.profile as sample.profile_with("sbom", {"minimum_elements": "none"})
}

test_element_thresholds_of_another_type_cannot_tell if {
	every changes in [{"minimum_elements": "some"}, {"element_tolerance": null}, {"element_tolerance": {"hash": 101}}, {"element_tolerance": {"hash": "10"}}] {
		found := sbom.cannot_tell with input as sample.document with data.profile as sample.profile_with("sbom", changes)
		sample.codes(found) == {"SBOM_PROFILE_DATA_MISSING"}
	}
}

test_as_many_components_as_are_wanted_are_enough if {
	deny(with_document({"components": 1})) == set()
	sample.codes(deny(with_document({"components": 0}))) == {"SBOM_TOO_FEW_COMPONENTS"}
}

test_missing_versions_deny_or_warn_and_never_both if {
	warn(with_document({"without_version": ["a"]})) == set()
}

half(element) := {violation.evidence.element | some violation in found} if {
	found := sbom.deny with input as sample.document_of(with_document({"missing": {element: 1}}))
		with data.profile as sample.profile_with("sbom", {"element_tolerance": {element: 50}})
}

test_a_tolerance_is_of_components_or_of_the_document if {
	every element in ["supplier", "name", "version", "unique_id", "dependency", "hash", "license"] {
		half(element) == set()
	}
	every element in ["author", "timestamp", "tool", "generation_context"] {
		half(element) == {element}
	}
}

test_without_a_tolerance_one_of_many_is_too_many if {
	sample.codes(deny(with_document({"components": 200, "missing": {"hash": 1}}))) == {"SBOM_ELEMENT_MISSING"}
}

test_one_element_that_nobody_counted_is_enough if {
	sample.codes(cannot_tell(with_document({"missing": {"hash": null}}))) == {"SBOM_ELEMENTS_UNKNOWN"}
	sample.codes(cannot_tell(with_document({"missing": {"hash": "0"}}))) == {"SBOM_ELEMENTS_UNKNOWN"}
}

test_an_artifact_without_a_digest_is_described_by_nothing if {
	document := object.union(sample.document_of(with_document({"subjects": [{"sha512": "bb"}]})), {"artifact": {"digest": {"sha256": null}}})
	found := sbom.deny with input as document with data.profile as sample.profile
	sample.codes(found) == {"SBOM_SUBJECT_MISMATCH"}
}
