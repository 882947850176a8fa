package supplychain.evidence_test

import data.supplychain.evidence
import data.supplychain.lib.sample_test as sample

test_good_evidence_passes if {
	evidence.deny == set() with input as sample.document with data.profile as sample.profile
	evidence.warn == set() with input as sample.document with data.profile as sample.profile
	evidence.cannot_tell == set() with input as sample.document with data.profile as sample.profile
}

test_no_statement_denies if {
	found := evidence.deny with input as sample.document_of([]) with data.profile as sample.profile
	sample.codes(found) == {"EVIDENCE_MISSING"}
	sample.are_whole(found)
}

test_statements_of_another_type_deny if {
	found := evidence.deny with input as sample.document_of("all good") with data.profile as sample.profile
	sample.codes(found) == {"EVIDENCE_MISSING"}
}

test_each_rejected_entry_warns if {
	rejected := [
		{"code": "UNKNOWN_SIGNER", "message": "signed by somebody we do not know", "ref": "a.json"},
		{"code": "BAD_SIGNATURE", "message": "the signature does not match", "ref": "b.json"},
	]
	found := evidence.warn with input as object.union(sample.document, {"rejected": rejected})
	{violation.evidence.ref | some violation in found} == {"a.json", "b.json"}
	sample.codes(found) == {"EVIDENCE_REJECTED"}
	sample.are_whole(found)
}

cannot_tell(changes) := found if {
	found := evidence.cannot_tell with input as object.union(sample.document, changes) with data.profile as sample.profile
	sample.are_whole(found)
}

test_another_version_cannot_tell if {
	sample.codes(cannot_tell({"version": 1})) == {"EVIDENCE_INPUT_VERSION_UNKNOWN"}
	sample.codes(cannot_tell({"version": "2"})) == {"EVIDENCE_INPUT_VERSION_UNKNOWN"}
}

test_what_a_trusted_signer_says_and_nobody_can_read_cannot_tell if {
	rejected := {"ref": "sha256:1", "code": "BAD_PREDICATE", "message": "no end", "unread": "approval"}
	sample.codes(cannot_tell({"rejected": [rejected]})) == {"EVIDENCE_UNREADABLE"}
	cannot_tell({"rejected": [object.remove(rejected, ["unread"])]}) == set()
	cannot_tell({"rejected": [object.union(rejected, {"unread": ""})]}) == set()
}

test_malformed_digest_cannot_tell if {
	sample.codes(cannot_tell({"artifact": {"digest": {"sha256": "AB"}}})) == {"EVIDENCE_ARTIFACT_MALFORMED"}
	sample.codes(cannot_tell({"artifact": null})) == {"EVIDENCE_ARTIFACT_MALFORMED"}
}

test_malformed_clock_cannot_tell if {
	sample.codes(cannot_tell({"at": "yesterday"})) == {"EVIDENCE_CLOCK_MISSING"}
	sample.codes(cannot_tell({"at": null})) == {"EVIDENCE_CLOCK_MISSING"}
}

test_profile_of_another_environment_cannot_tell if {
	sample.codes(cannot_tell({"environment": "dev"})) == {"EVIDENCE_PROFILE_MISMATCH"}
}

test_no_environment_cannot_tell_even_if_the_profile_has_none if {
	found := evidence.cannot_tell with input as object.union(sample.document, {"environment": null}) with data.profile as {}
	sample.codes(found) == {"EVIDENCE_PROFILE_MISMATCH"}
}

test_a_later_statement_says_to_decide_later if {
	document := object.union(sample.document, {"rejected": [{"code": "AFTER_AT", "message": "m", "ref": "r"}]})
	found := evidence.warn with input as document with data.profile as sample.profile
	some violation in found
	contains(violation.fix, "--at")
}

test_no_version_is_told_as_none if {
	found := evidence.cannot_tell with input as object.remove(sample.document, ["version"]) with data.profile as sample.profile
	some violation in found
	contains(violation.message, "has version -1 (-1: none)")
}
