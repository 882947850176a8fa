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

considered := statements.newest_scans("dependencies")

severities := profile.threshold("vulnerabilities", "severities", needs.severities)

unfixed := profile.threshold("vulnerabilities", "unfixed", needs.unfixed)

gaps := profile.gaps("vulnerabilities", needs)

# What is told of the findings that no waiver covers, for each entry that is not ignored. `size`: how many that has to be.
told := [{"source": entry.source, "outcome": entry.outcome, "size": count(members), "violations": violations} |
	some position, entry in judged
	entry.outcome != "ignore"
	members := unwaived(position, entry)
	common := {"code": "VULNERABILITY_FOUND", "evidence": shared_by(entry)}
	violations := [object.union(finding, common) | some finding in members; is_object(finding)]
]

# What the evidence of all members of an entry says alike; what is not known is left out.
shared_by(entry) := object.union(
	{"severity": entry.severity, "status": entry.about.status, "statement": entry.statement},
	{field: known | some field in ["exploited", "new"]; known := entry.about[field]; known != null},
)

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
deny contains violation if {
	not break_glass.is_open("vulnerabilities")
	some entry in told
	entry.outcome == "deny"
	some violation in entry.violations
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
warn contains break_glass.told("vulnerabilities", violation) if {
	break_glass.is_open("vulnerabilities")
	some entry in told
	entry.outcome == "deny"
	some violation in entry.violations
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
	unknown := [finding.evidence.id |
		some position, entry in judged
		entry.about.unlooked
		some finding in unwaived(position, entry)
	]
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
warn contains violation if {
	some entry in told
	entry.outcome == "warn"
	some violation in entry.violations
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
	entry := judged[waivable[position].entry]
	facts := entry.members[waivable[position].member].evidence
	entry.outcome != "ignore"
	about := {
		"text": sprintf("%s %s has %s (%s)", [facts.name, facts.version, facts.id, entry.severity]),
		"finding": {"id": facts.id, "purl": facts.purl},
		"needed": entry.outcome == "deny",
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
# description: >-
#   The result is a list of objects with an id; a finding that cannot be read cannot be judged. All that the scan found is
#   judged, and told where the profile does not ignore it: not less than is there.
# scope: rule
# custom:
#   code: VULNERABILITIES_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2, RV.1.1]
#     iso27001: [A.8.8]
cannot_tell contains malformed if {
	some source, statement in considered
	not is_whole(source, statement)
	malformed := {
		"code": "VULNERABILITIES_MALFORMED",
		"message": sprintf("the dependency scan has %v findings without an id, or no list of findings that can be read; expected a list, each with an id", [shape.number(statement, ["findings", "unreadable"], 0)]),
		"fix": "scan again: supplychain run DIR",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

# Whether every finding was read, every one is judged, and none is lost between the judgement and what is told.
is_whole(source, statement) if {
	findings.are_grouped(statement)
	is_judged(source, findings.size(statement))
}

# A profile with gaps judges nothing; that is told by itself.
is_judged(_, _) if count(gaps) > 0

is_judged(source, size) if {
	size == sum([count(entry.members) | some entry in noted; entry.source == source])
	[entry | some entry in told; entry.source == source; count(entry.violations) != entry.size] == []
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
	some gap in (gaps | profile.companion_gaps("vulnerabilities", ["scan"]))
}
