# METADATA
# scope: package
# title: Scan
# description: >-
#   Every scan that the profile requires was made, recently, and looked at everything it was asked to look at. What the
#   scans found is judged by the rules vulnerabilities and sast.
# custom:
#   controls:
#     nist_ssdf: [PO.4.1, PW.7.2, RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8, A.8.29]
#     pci_dss: ["6.3.1"]
#     gdpr: [Art. 32]
package supplychain.scan

import data.supplychain.lib.coverage
import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {
	"required": "list of texts",
	"max_age_hours": "number or null",
	"database_max_age_hours": "number or null",
	"stale_database": "deny or warn",
	"tolerated_skips": "list of texts",
	"allow_empty": "list of texts",
}

required := {kind | some kind in profile.threshold("scan", "required", needs.required)}

# The kinds that another rule of this profile reads have to be whole if they are there, required or not.
relied_on := {kind | some rule, kind in readers; rule in profile.rules} | {kind |
	"two_scanners" in profile.rules
	some kind in profile.threshold("two_scanners", "kinds", "list of texts, not empty")
}

readers := {
	"vulnerabilities": "dependencies",
	"sast": "sast",
	"secrets": "secrets",
	"iac": "iac",
	"image": "image",
	"licenses": "licenses",
}

newest := {kind: statements.newest_scans(kind) | some kind in (required | relied_on)}

about(kind) := {
	"code": "SCAN",
	"name": sprintf("the %s scan", [kind]),
	"redo": sprintf("scan again: supplychain run DIR (kind %s)", [kind]),
}

# One entry for each statement that counts and whose coverage can be read.
readable := [{"kind": kind, "statement": statement, "report": coverage.of(statement)} |
	some kind, considered in newest
	some statement in considered
	coverage.is_readable(coverage.of(statement))
]

is_empty(report) if coverage.looked_at(report) == 0

# Nothing was there that the scanner could have looked at: not the same as failing to look.
is_fairly_empty(kind, report) if {
	kind in profile.threshold("scan", "allow_empty", needs.allow_empty)
	coverage.reasons(report) - {"unsupported_file", "unsupported_language"} == set()
	report.time_limit_hit == false
	coverage.unexplained(report) == set()
}

facts(entry) := {
	"kind": entry.kind,
	"statement": statements.digest_of(entry.statement),
	"asked": coverage.asked(entry.report),
	"looked_at": coverage.looked_at(entry.report),
}

skipped(entry, gap) := {
	"code": "SCAN_INCOMPLETE",
	"message": sprintf("the %s scan did not look at %v of %v (%s), expected 0: %s", [
		entry.kind,
		gap.count,
		coverage.asked(entry.report),
		gap.reason,
		shape.listing(gap.what, 5),
	]),
	"fix": gap.fix,
	"evidence": object.union(facts(entry), {
		"reason": gap.reason,
		"count": gap.count,
		"what": array.slice(gap.what, 0, 20),
	}),
}

empty(entry) := {
	"code": "SCAN_LOOKED_AT_NOTHING",
	"message": sprintf("the %s scan looked at 0 of %v, expected at least 1", [entry.kind, coverage.asked(entry.report)]),
	"fix": "scan what the artifact was built from (a lock file, the installed environment, the source)",
	"evidence": facts(entry),
}

# METADATA
# title: A required scan exists
# description: For each scan kind that the profile requires there is a verified statement about this artifact.
# scope: rule
# custom:
#   code: SCAN_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PW.7.2, RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8, A.8.29]
#     pci_dss: ["6.3.1"]
#     gdpr: [Art. 32]
deny contains violation if {
	some kind in required
	count(newest[kind]) == 0
	violation := {
		"code": "SCAN_MISSING",
		"message": sprintf("0 verified %s scans of this artifact, expected at least 1", [kind]),
		"fix": about(kind).redo,
		"evidence": {"kind": kind},
	}
}

# METADATA
# title: No scan is dated in the future
# description: A statement later than the decision would stay the newest one and hide all others.
# scope: rule
# custom:
#   code: SCAN_FROM_THE_FUTURE
#   severity: high
#   controls:
#     nist_ssdf: [RV.1.1]
#     iso27001: [A.8.17]
deny contains violation if {
	some kind, considered in newest
	some violation in freshness.from_future(about(kind), considered)
}

# METADATA
# title: Every scan is recent enough
# description: It is no older than the profile's max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: SCAN_STALE
#   severity: high
#   controls:
#     nist_ssdf: [RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1"]
deny contains violation if {
	limit := profile.threshold("scan", "max_age_hours", needs.max_age_hours)
	some kind, considered in newest
	some violation in freshness.stale(about(kind), considered, limit)
}

# METADATA
# title: Some scan is asked for
# description: Where nothing is required and no other rule reads a scan, nobody would look at whatever was scanned.
# scope: rule
# custom:
#   code: SCAN_NOTHING_ASKED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if {
	profile.threshold("scan", "required", needs.required) == []
	count(relied_on) == 0
	violation := {
		"code": "SCAN_NOTHING_ASKED",
		"message": "thresholds.scan.required is empty and no rule of the profile reads a scan, expected at least 1 kind",
		"fix": "name the kinds in thresholds.scan.required of the profile, or take the rule scan out of it",
		"evidence": {},
	}
}

# METADATA
# title: Every scan says what it looked at
# description: No findings mean nothing unless the scan says what it was asked to look at and what it looked at.
# scope: rule
# custom:
#   code: SCAN_COVERAGE_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2, RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
cannot_tell contains violation if {
	some kind, considered in newest
	some statement in considered
	not coverage.is_readable(coverage.of(statement))
	violation := {
		"code": "SCAN_COVERAGE_MISSING",
		"message": sprintf(
			"the %s scan has no readable coverage, expected asked, looked_at (at most asked), skipped and time_limit_hit",
			[kind],
		),
		"fix": about(kind).redo,
		"evidence": {"kind": kind, "statement": statements.digest_of(statement)},
	}
}

# METADATA
# title: Every scan looked at all it was asked to look at
# description: What was skipped is unknown, not clean, unless the profile tolerates the reason.
# scope: rule
# custom:
#   code: SCAN_INCOMPLETE
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2, RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1"]
cannot_tell contains violation if {
	tolerated := profile.threshold("scan", "tolerated_skips", needs.tolerated_skips)
	some entry in readable
	some gap in coverage.gaps(entry.kind, entry.report, tolerated)
	violation := skipped(entry, gap)
}

# METADATA
# title: Tolerated skips are named
# description: A skip that the profile tolerates still leaves something unseen.
# scope: rule
# custom:
#   code: SCAN_INCOMPLETE
#   severity: low
#   controls:
#     nist_ssdf: [PO.4.2]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
warn contains violation if {
	tolerated := profile.threshold("scan", "tolerated_skips", needs.tolerated_skips)
	some entry in readable
	some gap in coverage.tolerable(entry.kind, entry.report, tolerated)
	violation := skipped(entry, gap)
}

# METADATA
# title: Every scan looked at something
# description: A scan of nothing finds nothing.
# scope: rule
# custom:
#   code: SCAN_LOOKED_AT_NOTHING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2, RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1"]
cannot_tell contains violation if {
	some entry in readable
	is_empty(entry.report)
	not is_fairly_empty(entry.kind, entry.report)
	violation := empty(entry)
}

# METADATA
# title: Every scan looked at something (a warning where the profile allows nothing to scan)
# description: There was nothing that the scanner could have looked at, and the profile allows that for this kind.
# scope: rule
# custom:
#   code: SCAN_LOOKED_AT_NOTHING
#   severity: low
#   controls:
#     nist_ssdf: [PO.4.2]
#     soc2: [CC7.1]
warn contains violation if {
	some entry in readable
	is_empty(entry.report)
	is_fairly_empty(entry.kind, entry.report)
	violation := empty(entry)
}
