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

import data.supplychain.lib.break_glass
import data.supplychain.lib.findings
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements
import data.supplychain.lib.waivers

needs := {
	"severities": "deny, warn or ignore for each severity",
	"unfixed": "deny or warn",
	"known_before": "deny, warn or ignore",
	"baselines": "list of texts",
	"vex": "accept, warn or refuse",
	"exploited": "deny, warn or ignore",
	"epss_at_least": "number or null",
}

considered := statements.newest(statements.scans("dependencies"))

results_of(statement) := shape.get(statement, ["predicate", "scanner", "result"], null)

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

denied := [entry | some entry in unwaived; entry.judgement.reaction == "deny"; not is_lowered(entry)]

warned := array.concat(
	[entry | some entry in unwaived; entry.judgement.reaction == "warn"],
	[entry | some entry in unwaived; entry.judgement.reaction == "deny"; is_lowered(entry)],
)

# `unfixed: warn` turns a denial into a warning where there is no fixed version; it never makes anything stricter.
is_lowered(entry) if {
	entry.notes.fixed == []
	object.get(entry.notes, "without_fix", true) == true
	unfixed == "warn"
	entry.judgement.exploitation != "deny"
}

violation(entry) := {
	"code": "VULNERABILITY_FOUND",
	"message": sprintf("%s %s has %s (%s): %s", [notes.name, notes.version, entry.id, judgement.severity, notes.title]),
	"fix": fix_for(entry.id, notes, route),
	"evidence": {
		"id": entry.id,
		"aliases": notes.aliases,
		"purl": notes.component,
		"name": notes.name,
		"version": notes.version,
		"fixed": notes.fixed,
		"severity": judgement.severity,
		"status": judgement.status,
		"exploited": judgement.exploited,
		"epss": judgement.epss,
		"new": judgement.new,
		"upgrade": route.upgrade,
		"paths": route.paths,
		"statement": judgement.digest,
	},
} if {
	notes := entry.notes
	judgement := entry.judgement
	route := entry.route
}

fix_for(id, notes, route) := sprintf("raise %s %s to %s", [notes.name, notes.version, notes.fixed[0]]) if {
	route.upgrade == ""
	route.paths == []
	count(notes.fixed) == 1
} else := sprintf("raise %s %s to %s%s", [notes.name, notes.version, route.upgrade, came_in(route.paths)]) if {
	route.upgrade != ""
} else := sprintf("raise %s %s to %s%s", [
	notes.name,
	notes.version,
	concat(" or ", notes.fixed),
	came_in(route.paths),
]) if {
	count(notes.fixed) > 0
} else := sprintf("no fixed version is known: replace %s, or take it out (%s)", [notes.name, id])

# By which path it came in, when others brought it.
came_in(paths) := sprintf("; it came in by %s", [concat(" > ", path)]) if {
	path := paths[0]
	is_array(path)
	count(path) > 1
	every purl in path {
		is_string(purl)
	}
} else := ""

# METADATA
# title: No vulnerability that the profile denies
# description: >-
#   Every open finding whose severity the profile denies. Findings that are waived, or settled by VEX that the profile
#   takes, are settled; what the baseline had is let be where the profile says so.
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
	not break_glass.is_open("vulnerabilities")
	some entry in denied
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
warn contains break_glass.told("vulnerabilities", violation(entry)) if {
	break_glass.is_open("vulnerabilities")
	some entry in denied
}

# METADATA
# title: Nobody knows whether a vulnerability is exploited
# description: >-
#   The profile reacts to exploited vulnerabilities, and for some with a CVE the scan had no catalogue to look in; they are
#   judged by severity alone.
# scope: rule
# custom:
#   code: VULNERABILITIES_EXPLOITATION_UNKNOWN
#   severity: medium
#   controls:
#     nist_ssdf: [RV.1.1, RV.2.1]
#     pci_dss: ["6.3.1"]
warn contains violation if {
	exploited != "ignore"
	unknown := [entry.id | some entry in unwaived; is_unknown_exploitation(entry)]
	count(unknown) > 0
	violation := {
		"code": "VULNERABILITIES_EXPLOITATION_UNKNOWN",
		"message": sprintf("for %v findings with a CVE nobody has looked whether they are exploited: %s", [
			count(unknown),
			shape.listing(sort(unknown), 5),
		]),
		"fix": "import the catalogue of known exploited vulnerabilities (supplychain db import PATH), and scan again",
		"evidence": {"count": count(unknown), "ids": array.slice(sort(unknown), 0, 20)},
	}
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
	some entry in warned
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
	entry.judgement.reaction != "ignore"
	about := {
		"text": sprintf("%s %s has %s (%s)", [entry.notes.name, entry.notes.version, entry.id, entry.judgement.severity]),
		"finding": {"id": entry.id, "purl": entry.notes.component},
		"needed": entry.judgement.reaction == "deny",
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
