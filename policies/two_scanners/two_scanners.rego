# METADATA
# scope: package
# title: Two scanners
# description: >-
#   Of each kind of scan that the profile names, enough different scanners looked, and they saw the same. One statement may
#   carry the merged word of several scanners; several statements count together.
# custom:
#   controls:
#     nist_ssdf: [PW.7.2, RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8, A.8.29]
#     pci_dss: ["6.3.1"]
package supplychain.two_scanners

import data.supplychain.lib.findings
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {
	"kinds": "list of texts, not empty",
	"min_scanners": "number",
	"disagreement": "deny or warn",
}

kinds := {kind | some kind in profile.threshold("two_scanners", "kinds", needs.kinds)}

wanted := max([2, profile.threshold("two_scanners", "min_scanners", needs.min_scanners)])

# The names of those who made a scan: "a+b" is a merged one.
scanners_of("dependencies", statement) := split(statements.last_part(shape.text(statement, ["predicate", "scanner", "uri"])), "+")

scanners_of(kind, statement) := split(shape.text(statement, ["predicate", "scanner", "name"]), "+") if {
	kind != "dependencies"
}

# Of each scanner (or company of scanners) the newest statements.
newest[kind] := [statement |
	groups := {names | some statement in statements.scans(kind); names := scanners_of(kind, statement)}
	some names in groups
	own := [statement | some statement in statements.scans(kind); scanners_of(kind, statement) == names]
	some statement in statements.newest(own)
] if {
	some kind in kinds
}

considered[kind] := [statement | some statement in newest[kind]; is_whole(kind, statement)] if {
	some kind in kinds
}

scanners[kind] := {name |
	some statement in considered[kind]
	some name in scanners_of(kind, statement)
	name != ""
} if {
	some kind in kinds
}

results_of("dependencies", statement) := [finding |
	some group in shape.list(statement, ["findings", "alike"])
	some member in shape.list(group, ["members"])
	is_object(member.evidence)
	finding := object.union(member.evidence, {
		"status": shape.text(group, ["status"]),
		"seen_by": shape.list(group, ["seen_by"]),
	})
]

results_of(kind, statement) := shape.list(statement, ["predicate", "findings"]) if kind != "dependencies"

# Names under which a finding may be known, each with the place it was seen at.
keys_of("dependencies", finding) := {[name, shape.text(finding, ["purl"])] |
	some name in array.concat([finding.id], shape.texts(finding, ["aliases"]))
}

keys_of(kind, finding) := {[finding.id, shape.text(finding, ["location", "path"])]} if kind != "dependencies"

seen_by(finding) := {name | some name in shape.texts(finding, ["seen_by"])}

# Each open finding, and who is said to have seen it in its own statement.
open[kind] := [entry |
	some statement in considered[kind]
	some finding in results_of(kind, statement)
	findings.is_named(finding)
	not shape.text(finding, ["status"]) in findings.settled
	entry := {
		"id": finding.id,
		"keys": keys_of(kind, finding),
		"seen": witnesses(kind, statement, finding),
		"statement": statements.digest_of(statement),
	}
] if {
	some kind in kinds
}

# In a statement of one scanner it is that scanner; in a merged one only those named count.
witnesses(kind, statement, _) := {name | some name in scanners_of(kind, statement)} if {
	count(scanners_of(kind, statement)) == 1
}

witnesses(kind, statement, finding) := seen_by(finding) & {name | some name in scanners_of(kind, statement)} if {
	count(scanners_of(kind, statement)) > 1
}

# Kind, then key of a finding, to all who saw it, in whichever statement.
named_under[kind][key] contains name if {
	some kind in kinds
	some entry in open[kind]
	some key in entry.keys
	some name in entry.seen
}

agreeing(kind, entry) := {name | some key in entry.keys; some name in named_under[kind][key]}

disputed := {violation |
	some kind in kinds
	count(scanners[kind]) >= wanted
	some entry in open[kind]
	seen := agreeing(kind, entry)
	count(seen) < wanted
	violation := {
		"code": "TWO_SCANNERS_DISAGREE",
		"message": sprintf("%s was seen by %s and not by %s", [
			entry.id,
			shape.listing(sort(seen), 5),
			shape.listing(sort(scanners[kind] - seen), 5),
		]),
		"fix": "find out which of them is right: mend it, or state why it does not count (waiver, VEX)",
		"evidence": {"kind": kind, "id": entry.id, "seen_by": sort(seen), "statement": entry.statement},
	}
}

# METADATA
# title: Enough scanners looked
# description: For each kind that the profile names, at least min_scanners different scanners, and never fewer than two.
# scope: rule
# custom:
#   code: TWO_SCANNERS_TOO_FEW
#   severity: medium
#   controls:
#     nist_ssdf: [RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
deny contains violation if {
	some kind in kinds
	count(scanners[kind]) < wanted
	violation := {
		"code": "TWO_SCANNERS_TOO_FEW",
		"message": sprintf("%v scanners looked at the %s of this artifact, expected %v: %s", [
			count(scanners[kind]),
			kind,
			wanted,
			shape.listing(sort(scanners[kind]), 5),
		]),
		"fix": "scan with another scanner too (supplychain scan --second-opinion), and attest both",
		"evidence": {"kind": kind, "scanners": sort(scanners[kind]), "wanted": wanted},
	}
}

# METADATA
# title: The scanners agree
# description: Each open finding was seen by at least min_scanners.
# scope: rule
# custom:
#   code: TWO_SCANNERS_DISAGREE
#   severity: medium
#   controls:
#     nist_ssdf: [RV.1.1]
#     iso27001: [A.8.8]
deny contains violation if {
	profile.threshold("two_scanners", "disagreement", needs.disagreement) == "deny"
	some violation in disputed
}

# METADATA
# title: The scanners agree (a warning where the profile says so)
# description: Each open finding was seen by at least min_scanners.
# scope: rule
# custom:
#   code: TWO_SCANNERS_DISAGREE
#   severity: low
#   controls:
#     nist_ssdf: [RV.1.1]
#     iso27001: [A.8.8]
warn contains violation if {
	profile.threshold("two_scanners", "disagreement", needs.disagreement) == "warn"
	some violation in disputed
}

# METADATA
# title: The profile says which scans need two scanners
# description: Findings mean nothing unless the rule scan checks the scans.
# scope: rule
# custom:
#   code: TWO_SCANNERS_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if {
	some violation in (profile.gaps("two_scanners", needs) | profile.companion_gaps("two_scanners", ["scan"]))
}
