# METADATA
# scope: package
# title: Vulnerabilities
# description: The newest dependency scan knows no vulnerability that the profile does not accept.
# custom:
#   controls:
#     nist_ssdf: [PW.4.4, RV.1.1, RV.2.1, RV.2.2]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1", "6.3.3"]
#     gdpr: [Art. 32]
#     hipaa: [164.308(a)(1)(ii)(A), 164.308(a)(1)(ii)(B)]
package supplychain.vulnerabilities

import data.supplychain.lib.findings
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements
import data.supplychain.lib.waivers

needs := {
	"severities": "deny, warn or ignore for each severity",
	"unfixed": "deny or warn",
}

considered := statements.newest(statements.scans("dependencies"))

results_of(statement) := shape.get(statement, ["predicate", "scanner", "result"], null)

# Every open finding with the profile's reaction to its severity. Tables are looked up once, outside the loop: measured.
judged := [entry |
	table := severities
	settled := findings.settled
	known := findings.known
	some statement in considered
	digest := statements.digest_of(statement)
	some finding in shape.list(statement, ["predicate", "scanner", "result"])
	is_object(finding)
	is_string(finding.id)
	notes := notes_of(finding)
	not notes.status in settled
	severity := object.get(known, notes.severity, "unknown")
	entry := {"digest": digest, "id": finding.id, "notes": notes, "severity": severity, "reaction": table[severity]}
]

# The same in the form that waivers.reaches takes, in the same order.
waivable := [finding |
	some entry in judged
	finding := {"ids": array.concat([entry.id], entry.notes.aliases), "component": entry.notes.component, "path": ""}
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

severities := profile.threshold("vulnerabilities", "severities", needs.severities)

unfixed := profile.threshold("vulnerabilities", "unfixed", needs.unfixed)

is_denied(entry) if {
	entry.reaction == "deny"
	not is_lowered(entry)
}

is_warned(entry) if entry.reaction == "warn"

is_warned(entry) if {
	entry.reaction == "deny"
	is_lowered(entry)
}

# `unfixed: warn` turns a denial into a warning where there is no fixed version; it never makes anything stricter.
is_lowered(entry) if {
	entry.notes.fixed == []
	unfixed == "warn"
}

# A finding's annotations: as they are if all have their types, which is quick, else with blanks for what has not.
notes_of(finding) := notes if {
	notes := finding.annotations
	is_object(notes)
	is_string(notes.name)
	is_string(notes.version)
	is_string(notes.component)
	is_string(notes.severity)
	is_string(notes.status)
	is_string(notes.title)
	is_array(notes.aliases)
	is_array(notes.fixed)
	every text in notes.aliases {
		is_string(text)
	}
	every text in notes.fixed {
		is_string(text)
	}
	notes.name != ""
} else := object.union(
	{
		"name": name_of(finding),
		"aliases": shape.texts(finding, ["annotations", "aliases"]),
		"fixed": shape.texts(finding, ["annotations", "fixed"]),
	},
	{field: shape.text(finding, ["annotations", field]) |
		some field in ["version", "component", "severity", "status", "title"]
	},
)

name_of(finding) := name if {
	name := shape.text(finding, ["annotations", "name"])
	name != ""
} else := shape.text(finding, ["annotations", "component"])

violation(entry) := {
	"code": "VULNERABILITY_FOUND",
	"message": sprintf("%s %s has %s (%s): %s", [
		entry.notes.name,
		entry.notes.version,
		entry.id,
		entry.severity,
		entry.notes.title,
	]),
	"fix": fix_for(entry),
	"evidence": {
		"id": entry.id,
		"aliases": entry.notes.aliases,
		"purl": entry.notes.component,
		"name": entry.notes.name,
		"version": entry.notes.version,
		"fixed": entry.notes.fixed,
		"severity": entry.severity,
		"status": entry.notes.status,
		"statement": entry.digest,
	},
}

fix_for(entry) := sprintf("raise %s %s to %s", [
	entry.notes.name,
	entry.notes.version,
	concat(" or ", entry.notes.fixed),
]) if {
	count(entry.notes.fixed) > 0
} else := sprintf("no fixed version is known: replace %s, or take it out (%s)", [
	entry.notes.name,
	entry.id,
])

# METADATA
# title: No vulnerability that the profile denies
# description: Every open finding whose severity the profile denies; not_affected, fixed and waived findings are settled.
# scope: rule
# custom:
#   code: VULNERABILITY_FOUND
#   severity: high
#   controls:
#     nist_ssdf: [PW.4.4, RV.2.1, RV.2.2]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1", "6.3.3"]
#     gdpr: [Art. 32]
#     hipaa: [164.308(a)(1)(ii)(A), 164.308(a)(1)(ii)(B)]
deny contains violation(entry) if {
	some entry in unwaived
	is_denied(entry)
}

# METADATA
# title: Vulnerabilities that the profile only warns about
# description: Every open finding whose severity the profile warns about.
# scope: rule
# custom:
#   code: VULNERABILITY_FOUND
#   severity: medium
#   controls:
#     nist_ssdf: [RV.1.1, RV.2.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1"]
warn contains violation(entry) if {
	some entry in unwaived
	is_warned(entry)
}

# METADATA
# title: Vulnerabilities that somebody has taken upon himself
# description: A verified waiver that is in force covers the finding; its owner answers for it until it ends.
# scope: rule
# custom:
#   code: WAIVED
#   severity: medium
#   controls:
#     nist_ssdf: [RV.2.2]
#     soc2: [CC3.2]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1"]
warn contains waivers.told(waiver, about) if {
	some position, found in covered
	some waiver in found
	entry := judged[position]
	entry.reaction != "ignore"
	about := {
		"text": sprintf("%s %s has %s (%s)", [entry.notes.name, entry.notes.version, entry.id, entry.severity]),
		"finding": {"id": entry.id, "purl": entry.notes.component},
		"needed": entry.reaction == "deny",
	}
}

# METADATA
# title: A dependency scan exists
# description: No scan means no knowledge, not no vulnerability.
# scope: rule
# custom:
#   code: VULNERABILITIES_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1"]
#     hipaa: [164.308(a)(1)(ii)(A)]
deny contains missing if {
	count(considered) == 0
	missing := {
		"code": "VULNERABILITIES_MISSING",
		"message": "0 verified dependency scans of this artifact, expected at least 1",
		"fix": "scan the dependencies: supplychain run DIR",
		"evidence": {},
	}
}

# METADATA
# title: The findings can be read
# description: The result is a list of objects with an id; a finding that cannot be read cannot be judged.
# scope: rule
# custom:
#   code: VULNERABILITIES_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2, RV.1.1]
#     iso27001: [A.8.8]
cannot_tell contains malformed if {
	some statement in considered
	not is_readable(results_of(statement))
	malformed := {
		"code": "VULNERABILITIES_MALFORMED",
		"message": sprintf("the dependency scan has %v findings without an id, or no list of findings; expected a list, each with an id", [count(findings.malformed(shape.list(statement, ["predicate", "scanner", "result"])))]),
		"fix": "scan again: supplychain run DIR",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

is_readable(results) if {
	is_array(results)
	count(findings.malformed(results)) == 0
}

# METADATA
# title: The profile says which vulnerabilities it accepts
# description: A severity without a reaction cannot be judged, and findings mean nothing unless the rule scan checks the scan.
# scope: rule
# custom:
#   code: VULNERABILITIES_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains gap if {
	some gap in (profile.gaps("vulnerabilities", needs) | profile.companion_gaps("vulnerabilities", ["scan"]))
}
