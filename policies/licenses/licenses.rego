# METADATA
# scope: package
# title: Licences
# description: >-
#   The licence of every component is known and allowed. A licence scan says what is so: one finding for each component,
#   its alternatives as aliases. What is allowed stands in the profile.
# custom:
#   controls:
#     nist_ssdf: [PW.4.1, PW.4.4]
#     soc2: [CC9.2]
#     iso27001: [A.5.31, A.5.32]
package supplychain.licenses

import data.supplychain.lib.findings
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements
import data.supplychain.lib.waivers

needs := {
	"missing": "deny or warn",
	"reaction": "deny or warn",
	"unknown": "deny or warn",
	"allowed": "list of texts or null",
	"denied": "list of texts",
}

considered := statements.newest_scans("licenses")

threshold(key) := profile.threshold("licenses", key, needs[key])

allowed := threshold("allowed")

# SPDX identifiers differ by more than case.
allowed_names := {lower(name) | is_array(allowed); some name in allowed}

denied := {lower(name) | some name in threshold("denied")}

# Every component whose licence is unknown or not allowed, with what the profile does about it.
judged := [entry |
	some statement in considered
	some finding in shape.list(statement, ["predicate", "findings"])
	findings.is_named(finding)
	code := code_of(finding)
	entry := {
		"code": code,
		"id": finding.id,
		"aliases": shape.texts(finding, ["aliases"]),
		"purl": shape.text(finding, ["component", "purl"]),
		"title": shape.text(finding, ["title"]),
		"reaction": reactions[code],
		"statement": statements.digest_of(statement),
	}
]

reactions := {"LICENSE_UNKNOWN": threshold("unknown"), "LICENSE_NOT_ALLOWED": threshold("reaction")}

code_of(finding) := "LICENSE_UNKNOWN" if not is_known(finding)

code_of(finding) := "LICENSE_NOT_ALLOWED" if {
	is_known(finding)
	not is_acceptable(finding)
}

# The same in the form that waivers.reaches takes, in the same order.
waivable := [finding |
	some entry in judged
	finding := {"ids": array.concat([entry.id], entry.aliases), "component": entry.purl, "path": ""}
]

# Every name of a finding to the positions where it stands.
named[id] contains position if {
	some position, finding in waivable
	some id in finding.ids
}

# Position of a finding to the waivers that cover it; without waivers nothing is compared.
covered[position] contains waiver if {
	some waiver in waivers.in_force
	some position in named[waiver.waives]
	waivers.reaches(waiver, waivable[position])
}

# Findings that no waiver covers.
unwaived := judged if count(waivers.in_force) == 0

unwaived := [entry | some position, entry in judged; not covered[position]] if count(waivers.in_force) > 0

violation(entry) := {
	"code": entry.code,
	"message": sprintf("%s (%s), which the profile does not accept", [entry.title, entry.purl]),
	"fix": fixes[entry.code],
	"evidence": {"id": entry.id, "purl": entry.purl, "statement": entry.statement},
}

fixes := {
	"LICENSE_UNKNOWN": "find out its licence and state it where it is described, or replace the component",
	"LICENSE_NOT_ALLOWED": "replace the component, or let the profile allow its licence",
}

absence := {{
	"code": "LICENSES_MISSING",
	"message": "0 verified licence scans of this artifact, expected at least 1",
	"fix": "scan the licences: supplychain scan DIR --only licenses, and attest the result",
	"evidence": {},
}} if {
	count(considered) == 0
}

# METADATA
# title: No licence that is not allowed
# description: Of alternatives one must be allowed, of licences that hold together all.
# scope: rule
# custom:
#   code: LICENSE_NOT_ALLOWED
#   severity: medium
#   controls:
#     nist_ssdf: [PW.4.1, PW.4.4]
#     iso27001: [A.5.32]
deny contains violation(entry) if {
	some entry in unwaived
	entry.code == "LICENSE_NOT_ALLOWED"
	entry.reaction == "deny"
}

# METADATA
# title: No component without a known licence
# description: Unknown is not permitted, whatever the reason.
# scope: rule
# custom:
#   code: LICENSE_UNKNOWN
#   severity: medium
#   controls:
#     nist_ssdf: [PW.4.1, PW.4.4]
#     iso27001: [A.5.32]
deny contains violation(entry) if {
	some entry in unwaived
	entry.code == "LICENSE_UNKNOWN"
	entry.reaction == "deny"
}

# METADATA
# title: Licences that are not allowed (a warning where the profile says so)
# description: The same, where the profile only warns.
# scope: rule
# custom:
#   code: LICENSE_NOT_ALLOWED
#   severity: low
#   controls:
#     nist_ssdf: [PW.4.1]
#     iso27001: [A.5.32]
warn contains violation(entry) if {
	some entry in unwaived
	entry.code == "LICENSE_NOT_ALLOWED"
	entry.reaction == "warn"
}

# METADATA
# title: Components without a known licence (a warning where the profile says so)
# description: The same, where the profile only warns.
# scope: rule
# custom:
#   code: LICENSE_UNKNOWN
#   severity: low
#   controls:
#     nist_ssdf: [PW.4.1]
#     iso27001: [A.5.32]
warn contains violation(entry) if {
	some entry in unwaived
	entry.code == "LICENSE_UNKNOWN"
	entry.reaction == "warn"
}

# METADATA
# title: Licences that somebody has taken upon himself
# description: A verified waiver that is in force covers the component; its owner answers for it until it ends.
# scope: rule
# custom:
#   code: WAIVED
#   severity: low
#   controls:
#     iso27001: [A.5.32]
warn contains waivers.told(waiver, about) if {
	some position, found in covered
	some waiver in found
	entry := judged[position]
	about := {
		"text": sprintf("%s (%s)", [entry.title, entry.purl]),
		"finding": {"id": entry.id, "purl": entry.purl},
		"needed": entry.reaction == "deny",
	}
}

# METADATA
# title: A licence scan exists
# description: No scan means no knowledge, not freedom.
# scope: rule
# custom:
#   code: LICENSES_MISSING
#   severity: medium
#   controls:
#     nist_ssdf: [PW.4.1]
#     iso27001: [A.5.32]
deny contains missing if {
	threshold("missing") == "deny"
	some missing in absence
}

# METADATA
# title: A licence scan exists (a warning where the profile says so)
# description: No scan means no knowledge, not freedom.
# scope: rule
# custom:
#   code: LICENSES_MISSING
#   severity: low
#   controls:
#     nist_ssdf: [PW.4.1]
#     iso27001: [A.5.32]
warn contains missing if {
	threshold("missing") == "warn"
	some missing in absence
}

# METADATA
# title: The findings can be read
# description: The findings are a list of objects with an id; what cannot be read cannot be judged.
# scope: rule
# custom:
#   code: LICENSES_MALFORMED
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains malformed if {
	some statement in considered
	not is_readable(shape.get(statement, ["predicate", "findings"], null))
	malformed := {
		"code": "LICENSES_MALFORMED",
		"message": "the licence scan has no list of findings, or findings without an id",
		"fix": "scan the licences again: supplychain scan DIR --only licenses",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

is_readable(results) if {
	is_array(results)
	count(findings.malformed(results)) == 0
}

# METADATA
# title: The profile says which licences it accepts
# description: Without lists nothing can be judged, and findings mean nothing unless the rule scan checks the scan.
# scope: rule
# custom:
#   code: LICENSES_PROFILE_DATA_MISSING
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains gap if {
	some gap in (profile.gaps("licenses", needs) | profile.companion_gaps("licenses", ["scan"]))
}
