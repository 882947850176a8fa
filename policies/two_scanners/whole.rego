# The part of the rule `two_scanners` that asks whether a scan can speak for its scanner. The rule `scan` looks at the newest
# scans of a kind only, so a second opinion of last year, or one that looked at nothing, has to be left out here.
package supplychain.two_scanners

import data.supplychain.lib.coverage
import data.supplychain.lib.findings
import data.supplychain.lib.moment
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements
import data.supplychain.scan

tolerated := profile.threshold("scan", "tolerated_skips", scan.needs.tolerated_skips)

max_age := profile.threshold("scan", "max_age_hours", scan.needs.max_age_hours)

max_database_age := profile.threshold("scan", "database_max_age_hours", scan.needs.database_max_age_hours)

with_database := scan.needs_database

# Neither too old nor later than the decision, and all was looked at that the profile does not tolerate.
is_whole(kind, statement) if {
	is_timely(statements.time_of(statement), max_age)
	report := coverage.of(statement)
	coverage.is_readable(report)
	count(coverage.gaps(kind, report, tolerated)) == 0
	has_looked(kind, report)
	has_knowledge(kind, report)
}

is_timely(text, limit) if {
	moment.ns(text)
	not moment.is_future(text)
	not moment.is_older(text, limit)
}

has_looked(_, report) if coverage.looked_at(report) > 0

has_looked(kind, report) if scan.is_fairly_empty(kind, report)

has_knowledge(kind, _) if not kind in with_database

has_knowledge(kind, report) if {
	kind in with_database
	scan.has_database({"report": report})
	is_timely(scan.built({"report": report}), database_limit)
}

database_limit := max_database_age if profile.threshold("scan", "stale_database", scan.needs.stale_database) == "deny"

database_limit := null if profile.threshold("scan", "stale_database", scan.needs.stale_database) == "warn"

# METADATA
# title: A scan that speaks for no scanner is told
# description: The newest scan of a scanner is too old, or did not look at everything, or its database is too old.
# scope: rule
# custom:
#   code: TWO_SCANNERS_LEFT_OUT
#   severity: medium
#   controls:
#     nist_ssdf: [RV.1.1]
warn contains violation if {
	some kind in kinds
	some statement in newest[kind]
	not is_whole(kind, statement)
	names := concat(" and ", scanners_of(kind, statement))
	violation := {
		"code": "TWO_SCANNERS_LEFT_OUT",
		"message": sprintf("the %s scan by %s of %q does not count: too old, or it did not look at everything", [
			kind,
			names,
			statements.time_of(statement),
		]),
		"fix": "scan with it again (supplychain scan --second-opinion), and attest the result",
		"evidence": {"kind": kind, "statement": statements.digest_of(statement)},
	}
}

# METADATA
# title: The findings can be read
# description: The findings are a list of objects with an id; a finding that cannot be read cannot be compared.
# scope: rule
# custom:
#   code: TWO_SCANNERS_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains violation if {
	some kind in kinds
	some statement in considered[kind]
	not is_readable(kind, statement)
	violation := {
		"code": "TWO_SCANNERS_MALFORMED",
		"message": sprintf("the %s scan %s has findings without an id, or no list of findings", [
			kind,
			statements.digest_of(statement),
		]),
		"fix": "scan again, and attest the result",
		"evidence": {"kind": kind, "statement": statements.digest_of(statement)},
	}
}

is_readable("dependencies", statement) if {
	findings.are_grouped(statement)
	results := results_of("dependencies", statement)
	count(results) == findings.size(statement)
	count(findings.malformed(results)) == 0
}

is_readable(kind, statement) if {
	kind != "dependencies"
	results := shape.get(statement, ["predicate", "findings"], null)
	is_array(results)
	count(findings.malformed(results)) == 0
}
