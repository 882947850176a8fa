# METADATA
# scope: package
# title: Coverage
# description: The tests ran enough of the lines, and of the branches where they were counted.
# custom:
#   controls:
#     nist_ssdf: [PW.7.2, PW.8.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.28, A.8.29]
package supplychain.coverage

import data.supplychain.lib.break_glass
import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.quality
import data.supplychain.lib.shape

needs := {
	"min_lines_percent": "number",
	"min_branches_percent": "number or null",
	"max_age_hours": "number or null",
}

about := {
	"code": "COVERAGE",
	"name": "the coverage report",
	"redo": "measure the coverage again and attest the report: supplychain attest test ARTIFACT --file REPORT",
}

counts := ["lines", "lines_covered", "branches", "branches_covered"]

considered := quality.newest("coverage")

read := [statement | some statement in considered; quality.has_counts(statement, counts)]

number(statement, name) := shape.number(quality.measured(statement), [name], 0)

# Whether fewer than `wanted` percent were covered, in whole numbers; of nothing nothing is covered.
is_below(statement, what, wanted) if {
	covered := number(statement, sprintf("%s_covered", [what]))
	covered * 100 < wanted * number(statement, what)
}

is_below(statement, what, _) if number(statement, what) == 0

# More covered than there is: such a report proves nothing.
is_below(statement, what, _) if number(statement, sprintf("%s_covered", [what])) > number(statement, what)

low(code, what, wanted, chosen) := {violation |
	some statement in chosen
	is_below(statement, what, wanted)
	all := number(statement, what)
	covered := number(statement, sprintf("%s_covered", [what]))
	violation := {
		"code": code,
		"message": sprintf("%v of %v %s are covered (%v%%), expected at least %v%%", [
			covered,
			all,
			what,
			floor((covered * 100) / max([1, all])),
			wanted,
		]),
		"fix": sprintf("test what is missed (see evidence), then %s", [about.redo]),
		"evidence": object.union(quality.facts(statement), {
			"covered": covered,
			"all": all,
			"wanted_percent": wanted,
			"worst": array.slice(shape.list(quality.measured(statement), ["worst"]), 0, 5),
		}),
	}
}

lines := low("COVERAGE_TOO_LOW", "lines", wanted, read) if {
	wanted := profile.threshold("coverage", "min_lines_percent", needs.min_lines_percent)
} else := set()

branches := low("COVERAGE_BRANCHES_TOO_LOW", "branches", wanted, read) if {
	wanted := profile.threshold("coverage", "min_branches_percent", needs.min_branches_percent)
	is_number(wanted)
} else := set()

# METADATA
# title: Enough lines are covered
# description: At least the profile's min_lines_percent of all lines that could run.
# scope: rule
# custom:
#   code: COVERAGE_TOO_LOW
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	not break_glass.is_open("coverage")
	some violation in lines
}

# METADATA
# title: Enough branches are covered
# description: At least the profile's min_branches_percent; null does not ask. A report without branches has none covered.
# scope: rule
# custom:
#   code: COVERAGE_BRANCHES_TOO_LOW
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	not break_glass.is_open("coverage")
	some violation in branches
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
warn contains break_glass.told("coverage", violation) if {
	break_glass.is_open("coverage")
	some violation in (lines | branches)
}

# METADATA
# title: A coverage report exists
# description: Without a report nobody knows what the tests run.
# scope: rule
# custom:
#   code: COVERAGE_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PW.8.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.29]
deny contains violation if some violation in quality.absence("COVERAGE_MISSING", "coverage", considered)

# METADATA
# title: The coverage report is not dated in the future
# description: A statement later than the decision would stay the newest one and hide all others.
# scope: rule
# custom:
#   code: COVERAGE_FROM_THE_FUTURE
#   severity: high
#   controls:
#     iso27001: [A.8.17]
deny contains violation if some violation in freshness.from_future(about, considered)

# METADATA
# title: The coverage report is recent enough
# description: It is no older than the profile's max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: COVERAGE_STALE
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	limit := profile.threshold("coverage", "max_age_hours", needs.max_age_hours)
	some violation in freshness.stale(about, considered, limit)
}

# METADATA
# title: The counts can be read
# description: Each count that is judged is a whole number.
# scope: rule
# custom:
#   code: COVERAGE_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains violation if some violation in quality.unread("COVERAGE_MALFORMED", "coverage", considered, counts)

# METADATA
# title: The coverage report carries a time
# description: Without a time nobody can say which report is the newest.
# scope: rule
# custom:
#   code: COVERAGE_TIME_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.undated(about, considered)

# METADATA
# title: The age of the coverage report can be told
# description: The moment of the decision is part of the input.
# scope: rule
# custom:
#   code: COVERAGE_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.clockless(about)

# METADATA
# title: The profile says what coverage must show
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: COVERAGE_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if some violation in profile.gaps("coverage", needs)
