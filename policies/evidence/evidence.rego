# METADATA
# scope: package
# title: Evidence
# description: There is verified evidence about a well-named artifact, and the profile is the one of this environment.
# custom:
#   controls:
#     slsa: [Build L1]
#     nist_ssdf: [PO.4.1, PO.4.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.32]
package supplychain.evidence

import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

digest := shape.text(input, ["artifact", "digest", "sha256"])

# METADATA
# title: There is at least one verified statement
# description: An artifact about which nobody we trust has said anything is denied.
# scope: rule
# custom:
#   code: EVIDENCE_MISSING
#   severity: critical
#   controls:
#     slsa: [Build L1]
#     nist_ssdf: [PS.2.1, PS.3.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.32]
#     pci_dss: ["6.5.1"]
#     hipaa: [164.312(c)(1)]
deny contains violation if {
	count(statements.all) == 0
	violation := {
		"code": "EVIDENCE_MISSING",
		"message": sprintf("0 verified statements about sha256:%s, expected at least 1 (%v rejected)", [
			digest,
			count(shape.list(input, ["rejected"])),
		]),
		"fix": "make the evidence (supplychain run DIR), or let trust.yaml name the identity that signed it",
		"evidence": {"sha256": digest},
	}
}

# What to do about a rejection, where it is not about the signer.
mends := {"AFTER_AT": "decide at a later time (--at), or set the clock of whoever signed it"}

# METADATA
# title: Rejected evidence is named
# description: A statement that was found and not believed does not decide anything, but nobody should miss it.
# scope: rule
# custom:
#   code: EVIDENCE_REJECTED
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2]
#     soc2: [CC7.2]
#     iso27001: [A.8.15]
#     hipaa: [164.312(b)]
warn contains violation if {
	some rejected in shape.list(input, ["rejected"])
	violation := {
		"code": "EVIDENCE_REJECTED",
		"message": sprintf("%s was rejected (%s): %s", [
			shape.text(rejected, ["ref"]),
			shape.text(rejected, ["code"]),
			shape.text(rejected, ["message"]),
		]),
		"fix": object.get(
			mends,
			shape.text(rejected, ["code"]),
			"remove it from the store, or have it signed by an identity that trust.yaml allows",
		),
		"evidence": {"ref": shape.text(rejected, ["ref"]), "code": shape.text(rejected, ["code"])},
	}
}

# METADATA
# title: What a trusted signer says can be read
# description: A claim that does not keep to its type may be a rejection, a FAILED verdict or the newest scan.
# scope: rule
# custom:
#   code: EVIDENCE_UNREADABLE
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
#     soc2: [CC8.1]
cannot_tell contains violation if {
	some rejected in shape.list(input, ["rejected"])
	kind := shape.text(rejected, ["unread"])
	kind != ""
	violation := {
		"code": "EVIDENCE_UNREADABLE",
		"message": sprintf("a %s by a signer who may claim it cannot be read, and may be a no: %s: %s", [
			kind,
			shape.text(rejected, ["code"]),
			shape.text(rejected, ["message"]),
		]),
		"fix": "have its signer say it again in the form of its type, and take this one out of the store",
		"evidence": {"ref": shape.text(rejected, ["ref"]), "kind": kind},
	}
}

# METADATA
# title: The input has the version these rules were written for
# description: Fields of another version may mean something else.
# scope: rule
# custom:
#   code: EVIDENCE_INPUT_VERSION_UNKNOWN
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if {
	version := shape.number(input, ["version"], -1)
	version != 2
	violation := {
		"code": "EVIDENCE_INPUT_VERSION_UNKNOWN",
		"message": sprintf("the input document has version %v (-1: none), expected 2", [version]),
		"fix": "use the policies that came with this version of supplychain",
		"evidence": {"version": version},
	}
}

# METADATA
# title: The artifact is named by a digest
# description: Everything hangs on the SHA-256 digest of the bytes; a name or a tag identifies nothing.
# scope: rule
# custom:
#   code: EVIDENCE_ARTIFACT_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PS.2.1]
#     soc2: [CC8.1]
#     iso27001: [A.8.32]
#     hipaa: [164.312(c)(1)]
cannot_tell contains violation if {
	not regex.match("^[0-9a-f]{64}$", digest)
	violation := {
		"code": "EVIDENCE_ARTIFACT_MALFORMED",
		"message": sprintf("artifact.digest.sha256 is %q, expected 64 lower-case hexadecimal digits", [digest]),
		"fix": "name the artifact as a file or as sha256:HEX",
		"evidence": {"sha256": digest},
	}
}

# METADATA
# title: The decision has a clock
# description: The moment of the decision is part of the input, so that a decision can be run again.
# scope: rule
# custom:
#   code: EVIDENCE_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.clockless({"code": "EVIDENCE"})
}

# METADATA
# title: The profile belongs to the environment
# description: The thresholds of one environment must not be used to let an artifact into another.
# scope: rule
# custom:
#   code: EVIDENCE_PROFILE_MISMATCH
#   severity: high
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.31]
#     pci_dss: ["6.5.3"]
cannot_tell contains violation if {
	asked := shape.text(input, ["environment"])
	found := shape.text(profile.document, ["environment"])
	not is_same(asked, found)
	violation := {
		"code": "EVIDENCE_PROFILE_MISMATCH",
		"message": sprintf("the profile is for environment %q, the question is about %q", [found, asked]),
		"fix": sprintf("use a profile whose environment is %q", [asked]),
		"evidence": {"environment": asked, "profile": found},
	}
}

is_same(asked, found) if {
	asked == found
	asked != ""
}
