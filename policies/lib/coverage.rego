# METADATA
# scope: package
# title: Coverage
# description: >-
#   What a scan was asked to look at and what it looked at. `tolerated` holds reasons ("not_pinned") or reasons for one
#   scan kind ("sast:unsupported_file").
package supplychain.lib.coverage

import data.supplychain.lib.shape

# Failures of the scan itself: no profile can tolerate them.
intolerable := {"no_database", "tool_failed", "time_limit", "output_truncated"}

fixes := {
	"not_pinned": "pin each of them to one version (a lock file, or name==version)",
	"no_version": "give each of them a version in the SBOM",
	"no_database": "get the advisory database: supplychain db import PATH",
	"unknown_ecosystem": "import advisories for that ecosystem: supplychain db import PATH",
	"unreadable": "make them readable, or leave them out of the artifact",
	"tool_failed": "read the scanner's own message, repair it, and scan again",
	"time_limit": "raise the scanner's time limit and scan again",
	"output_truncated": "raise the scanner's output limit and scan again",
}

of(statement) := shape.get(statement, ["predicate", "coverage"], null)

skipped(report) := shape.list(report, ["skipped"])

asked(report) := shape.number(report, ["asked"], 0)

looked_at(report) := shape.number(report, ["looked_at"], 0)

is_readable(report) if {
	is_number(report.asked)
	is_number(report.looked_at)
	report.looked_at >= 0
	report.looked_at <= report.asked
	is_array(report.skipped)
	is_boolean(report.time_limit_hit)
}

is_tolerated(_, reason, tolerated) if {
	not reason in intolerable
	reason in tolerated
}

is_tolerated(kind, reason, tolerated) if {
	not reason in intolerable
	sprintf("%s:%s", [kind, reason]) in tolerated
}

# Why the scan cannot be relied on: {"reason", "count", "what", "fix"} for each reason.
gaps(kind, report, tolerated) := (skips(kind, report, tolerated) | unexplained(report)) | timed_out(report)

skips(kind, report, tolerated) := {gap |
	some reason in reasons(report)
	not is_tolerated(kind, reason, tolerated)
	gap := group(report, reason)
}

# The skips that the profile tolerates, in the same form.
tolerable(kind, report, tolerated) := {gap |
	some reason in reasons(report)
	is_tolerated(kind, reason, tolerated)
	gap := group(report, reason)
}

reasons(report) := {reason | some entry in skipped(report); reason := shape.text(entry, ["reason"])}

group(report, reason) := {"reason": reason, "count": sum(sizes), "what": what, "fix": fix_for(reason)} if {
	entries := [entry | some entry in skipped(report); shape.text(entry, ["reason"]) == reason]
	what := sort([shape.text(entry, ["what"]) | some entry in entries])
	sizes := [size(entry) | some entry in entries]
}

# How many of the things asked for one entry stands for.
size(entry) := max([1, shape.number(entry, ["count"], 1)])

fix_for(reason) := object.get(fixes, reason, "use a scanner that can read them, or let the profile tolerate the reason")

unexplained(report) := {gap |
	explained := sum([size(entry) | some entry in skipped(report)])
	lost := (asked(report) - looked_at(report)) - explained
	lost > 0
	gap := {
		"reason": "unexplained",
		"count": lost,
		"what": [],
		"fix": "scan again with a scanner that reports what it skips",
	}
}

timed_out(report) := {gap |
	shape.get(report, ["time_limit_hit"], false) == true
	not "time_limit" in reasons(report)
	gap := {
		"reason": "time_limit",
		"count": asked(report) - looked_at(report),
		"what": [],
		"fix": fixes.time_limit,
	}
}
