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
	count(found) == 4
	sample.codes(found) == {"SBOM_PROFILE_DATA_MISSING"}
}
