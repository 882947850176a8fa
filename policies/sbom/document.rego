# The part of the rule `sbom` that asks whether the SBOM could be read, and whether it saw the whole artifact.
package supplychain.sbom

import data.supplychain.lib.coverage
import data.supplychain.lib.elements
import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

gaps_of(statement) := shape.list(statement, ["document", "gaps"])

report_of(statement) := {"skipped": gaps_of(statement)}

incomplete(statement, gap) := {
	"code": "SBOM_INCOMPLETE",
	"message": sprintf("the SBOM misses %v entries (%s), expected none: %s", [
		gap.count,
		gap.reason,
		shape.listing(gap.what, 5),
	]),
	"fix": gap.fix,
	"evidence": {
		"statement": statements.digest_of(statement),
		"reason": gap.reason,
		"count": gap.count,
		"what": array.slice(gap.what, 0, 20),
	},
}

# METADATA
# title: The SBOM describes this artifact
# description: If the document names the digests of its subject, the artifact's is among them.
# scope: rule
# custom:
#   code: SBOM_SUBJECT_MISMATCH
#   severity: high
#   controls:
#     nist_ssdf: [PS.2.1, PS.3.2]
#     iso27001: [A.5.9, A.5.21]
#     hipaa: [164.312(c)(1)]
deny contains violation if {
	some statement in read
	subjects := [shape.text(subject, ["sha256"]) | some subject in shape.list(statement, ["document", "subjects"])]
	count(subjects) > 0
	not is_among(subjects)
	violation := {
		"code": "SBOM_SUBJECT_MISMATCH",
		"message": sprintf("the SBOM describes sha256:%s, expected sha256:%s", [
			shape.listing(subjects, 3),
			shape.text(input, ["artifact", "digest", "sha256"]),
		]),
		"fix": about.redo,
		"evidence": {"statement": statements.digest_of(statement), "subjects": array.slice(subjects, 0, 20)},
	}
}

is_among(subjects) if {
	digest := shape.text(input, ["artifact", "digest", "sha256"])
	digest != ""
	digest in subjects
}

# METADATA
# title: The SBOM document was found
# description: A large SBOM is attested by digest; the document with that digest has to lie beside the statement.
# scope: rule
# custom:
#   code: SBOM_DOCUMENT_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.1, PS.3.2]
#     iso27001: [A.5.9]
#     pci_dss: ["6.3.2"]
cannot_tell contains violation if {
	some statement in considered
	not is_read(statement)
	violation := {
		"code": "SBOM_DOCUMENT_MISSING",
		"message": "the document to which the SBOM statement refers was not found or not understood",
		"fix": "put the SBOM document into the store beside its statement, or make it again: supplychain run DIR",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

# METADATA
# title: The SBOM is whole
# description: Whatever the cataloger could not read is listed as a gap; a gap the profile does not tolerate hides components.
# scope: rule
# custom:
#   code: SBOM_INCOMPLETE
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2, PW.4.1]
#     iso27001: [A.5.9, A.5.21]
#     pci_dss: ["6.3.2"]
cannot_tell contains violation if {
	tolerated := profile.threshold("sbom", "tolerated_gaps", needs.tolerated_gaps)
	some statement in read
	some gap in coverage.skips("sbom", report_of(statement), tolerated)
	violation := incomplete(statement, gap)
}

# METADATA
# title: The gaps of the SBOM are named
# description: A gap that the profile tolerates still is one.
# scope: rule
# custom:
#   code: SBOM_INCOMPLETE
#   severity: low
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.5.9]
warn contains violation if {
	tolerated := profile.threshold("sbom", "tolerated_gaps", needs.tolerated_gaps)
	some statement in read
	some gap in coverage.tolerable("sbom", report_of(statement), tolerated)
	violation := incomplete(statement, gap)
}

# METADATA
# title: The elements of the SBOM were counted
# description: Where minimum elements are asked for, each has to have been looked for in the document.
# scope: rule
# custom:
#   code: SBOM_ELEMENTS_UNKNOWN
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2]
cannot_tell contains violation if {
	wanted := elements.wanted(profile.threshold("sbom", "minimum_elements", needs.minimum_elements))
	some statement in read
	some violation in elements.uncounted(statement, wanted)
}

# METADATA
# title: The SBOM carries a time
# description: Without a time nobody can say which statement is the newest.
# scope: rule
# custom:
#   code: SBOM_TIME_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.undated(about, considered)
}

# METADATA
# title: The age of the SBOM can be told
# description: The moment of the decision is part of the input.
# scope: rule
# custom:
#   code: SBOM_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.clockless(about)
}

# METADATA
# title: The profile says what an SBOM must show
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: SBOM_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if {
	some violation in profile.gaps("sbom", needs)
}
