# METADATA
# scope: package
# title: Static analysis
# description: The newest static analysis of the source found nothing that the profile does not accept.
# custom:
#   controls:
#     nist_ssdf: [PW.7.2, RV.1.2]
#     soc2: [CC7.1, CC8.1]
#     iso27001: [A.8.28, A.8.29]
#     pci_dss: ["6.2.3", "6.2.4"]
#     gdpr: [Art. 32]
package supplychain.sast

import data.supplychain.lib.break_glass
import data.supplychain.lib.findings
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements
import data.supplychain.lib.waivers

needs := {
	"severities": "deny, warn or ignore for each severity",
	"missing": "deny or warn",
}

considered := statements.newest_scans("sast")

severities := profile.threshold("sast", "severities", needs.severities)

# Every open finding with what the profile does about it.
judged := [entry |
	some statement in considered
	digest := statements.digest_of(statement)
	some finding in shape.list(statement, ["predicate", "findings"])
	findings.is_named(finding)
	notes := notes_of(finding)
	not notes.status in findings.settled
	severity := object.get(findings.known, notes.severity, "unknown")
	entry := {
		"statement": digest,
		"id": finding.id,
		"notes": notes,
		"severity": severity,
		"reaction": severities[severity],
	}
]

# The same in the form that waivers.reaches takes, in the same order.
waivable := [finding |
	some entry in judged
	finding := {"ids": [entry.id], "component": "", "path": entry.notes.location.path}
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

# The finding: as it is if all fields have their types, which is quick, else with blanks for what has not.
notes_of(finding) := finding if {
	is_string(finding.title)
	is_string(finding.severity)
	is_string(finding.status)
	is_object(finding.location)
	is_string(finding.location.path)
	is_number(finding.location.line)
} else := {
	"title": shape.text(finding, ["title"]),
	"severity": shape.text(finding, ["severity"]),
	"status": shape.text(finding, ["status"]),
	"location": {
		"path": shape.text(finding, ["location", "path"]),
		"line": shape.number(finding, ["location", "line"], 0),
	},
}

violation(entry) := {
	"code": "SAST_FOUND",
	"message": sprintf("%s:%v has %s (%s): %s", [
		entry.notes.location.path,
		entry.notes.location.line,
		entry.id,
		entry.severity,
		entry.notes.title,
	]),
	"fix": sprintf("change %s:%v as the rule %s asks", [
		entry.notes.location.path,
		entry.notes.location.line,
		entry.id,
	]),
	"evidence": {
		"id": entry.id,
		"path": entry.notes.location.path,
		"line": entry.notes.location.line,
		"severity": entry.severity,
		"status": entry.notes.status,
		"statement": entry.statement,
	},
}

absence := {{
	"code": "SAST_MISSING",
	"message": "0 verified static analyses of this artifact's source, expected at least 1",
	"fix": "analyse the source: supplychain run DIR",
	"evidence": {},
}} if {
	count(considered) == 0
}

# METADATA
# title: No static finding that the profile denies
# description: Every open finding whose severity the profile denies; not_affected, fixed and waived findings are settled.
# scope: rule
# custom:
#   code: SAST_FOUND
#   severity: high
#   controls:
#     nist_ssdf: [PW.7.2, RV.1.2]
#     soc2: [CC7.1, CC8.1]
#     iso27001: [A.8.28, A.8.29]
#     pci_dss: ["6.2.3", "6.2.4"]
#     gdpr: [Art. 32]
deny contains violation(entry) if {
	not break_glass.is_open("sast")
	some entry in unwaived
	entry.reaction == "deny"
}

# METADATA
# title: What is let pass because the glass is broken
# description: Two persons or more have said that this rule may be broken for a few hours.
# scope: rule
# custom:
#   code: BREAK_GLASS_OPEN
#   severity: critical
#   controls:
#     soc2: [CC7.4, CC8.1]
#     iso27001: [A.5.26, A.8.32]
warn contains break_glass.told("sast", violation(entry)) if {
	break_glass.is_open("sast")
	some entry in unwaived
	entry.reaction == "deny"
}

# METADATA
# title: Static findings that the profile only warns about
# description: Every open finding whose severity the profile warns about.
# scope: rule
# custom:
#   code: SAST_FOUND
#   severity: medium
#   controls:
#     nist_ssdf: [PW.7.2, RV.1.2]
#     soc2: [CC7.1]
#     iso27001: [A.8.28, A.8.29]
#     pci_dss: ["6.2.3"]
warn contains violation(entry) if {
	some entry in unwaived
	entry.reaction == "warn"
}

# METADATA
# title: Static findings that somebody has taken upon himself
# description: A verified waiver that is in force covers the finding; its owner answers for it until it ends.
# scope: rule
# custom:
#   code: WAIVED
#   severity: medium
#   controls:
#     nist_ssdf: [RV.2.2]
#     soc2: [CC3.2]
#     iso27001: [A.8.28]
warn contains waivers.told(waiver, about) if {
	some position, found in covered
	some waiver in found
	entry := judged[position]
	entry.reaction != "ignore"
	about := {
		"text": sprintf("%s:%v has %s (%s)", [
			entry.notes.location.path,
			entry.notes.location.line,
			entry.id,
			entry.severity,
		]),
		"finding": {"id": entry.id, "path": entry.notes.location.path, "line": entry.notes.location.line},
		"needed": entry.reaction == "deny",
	}
}

# METADATA
# title: A static analysis exists
# description: No analysis means no knowledge, not no defect.
# scope: rule
# custom:
#   code: SAST_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PW.7.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.28, A.8.29]
#     pci_dss: ["6.2.3"]
deny contains missing if {
	profile.threshold("sast", "missing", needs.missing) == "deny"
	some missing in absence
}

# METADATA
# title: A static analysis exists (a warning where the profile says so)
# description: No analysis means no knowledge, not no defect.
# scope: rule
# custom:
#   code: SAST_MISSING
#   severity: low
#   controls:
#     nist_ssdf: [PW.7.2]
#     iso27001: [A.8.28, A.8.29]
warn contains missing if {
	profile.threshold("sast", "missing", needs.missing) == "warn"
	some missing in absence
}

# METADATA
# title: The findings can be read
# description: The findings are a list of objects with an id; a finding that cannot be read cannot be judged.
# scope: rule
# custom:
#   code: SAST_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2, RV.1.2]
#     iso27001: [A.8.29]
cannot_tell contains malformed if {
	some statement in considered
	not is_readable(shape.get(statement, ["predicate", "findings"], null))
	malformed := {
		"code": "SAST_MALFORMED",
		"message": sprintf("the static analysis has %v findings without an id, or no list of findings; expected a list, each with an id", [count(findings.malformed(shape.list(statement, ["predicate", "findings"])))]),
		"fix": "analyse the source again: supplychain run DIR",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

is_readable(results) if {
	is_array(results)
	count(findings.malformed(results)) == 0
}

# METADATA
# title: The profile says which static findings it accepts
# description: A severity without a reaction cannot be judged, and findings mean nothing unless the rule scan checks the scan.
# scope: rule
# custom:
#   code: SAST_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains gap if {
	some gap in (profile.gaps("sast", needs) | profile.companion_gaps("sast", ["scan"]))
}
