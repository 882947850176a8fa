# METADATA
# scope: package
# title: Complexity
# description: No function is more complex than the profile allows.
# custom:
#   controls:
#     nist_ssdf: [PW.7.2, PW.8.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.28, A.8.29]
package supplychain.complexity

import data.supplychain.lib.break_glass
import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.quality
import data.supplychain.lib.shape

needs := {
	"max": "number",
	"max_over": "number",
	"max_age_hours": "number or null",
}

about := {
	"code": "COMPLEXITY",
	"name": "the complexity report",
	"redo": "measure the complexity again and attest the report: supplychain attest test ARTIFACT --file REPORT",
}

counts := ["functions", "highest"]

considered := quality.newest("complexity")

read := [statement | some statement in considered; quality.has_counts(statement, counts)]

number(statement, name) := shape.number(quality.measured(statement), [name], 0)

# How many functions are above a limit: from the count by complexity, which sums up to all functions, else unknown.
over(statement, limit) := sum([many |
	some complexity, many in shape.get(quality.measured(statement), ["counts"], {})
	to_number(complexity) > limit
])

# The counts by complexity: whole numbers by whole numbers, as many as there are functions, the highest among them.
is_counted(statement) if {
	counted := shape.get(quality.measured(statement), ["counts"], null)
	is_object(counted)
	every complexity, many in counted {
		regex.match("^(0|[1-9][0-9]{0,8})$", complexity)
		quality.is_count(many)
	}
	sum([many | some many in counted]) == number(statement, "functions")
	number(statement, "functions") > 0
	max([to_number(complexity) | some complexity, many in counted; many > 0]) == number(statement, "highest")
}

complex := {violation |
	limit := profile.threshold("complexity", "max", needs.max)
	allowed := profile.threshold("complexity", "max_over", needs.max_over)
	some statement in read
	is_counted(statement)
	found := over(statement, limit)
	found > allowed
	worst := [function |
		some function in array.slice(shape.list(quality.measured(statement), ["worst"]), 0, 20)
		shape.number(function, ["complexity"], 0) > limit
	]
	places := [sprintf("%s:%v %s (%v)", [
		shape.text(function, ["path"]),
		shape.number(function, ["line"], 0),
		shape.text(function, ["name"]),
		shape.number(function, ["complexity"], 0),
	]) |
		some function in worst
	]
	violation := {
		"code": "COMPLEXITY_TOO_HIGH",
		"message": sprintf("%v of %v functions are more complex than %v, at most %v may be: %s", [
			found,
			number(statement, "functions"),
			limit,
			allowed,
			shape.listing(places, 3),
		]),
		"fix": sprintf("split them into smaller functions, then %s", [about.redo]),
		"evidence": object.union(quality.facts(statement), {"over": found, "limit": limit, "worst": array.slice(worst, 0, 5)}),
	}
}

# METADATA
# title: No function is too complex
# description: At most the profile's max_over functions are more complex than its max.
# scope: rule
# custom:
#   code: COMPLEXITY_TOO_HIGH
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	not break_glass.is_open("complexity")
	some violation in complex
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
warn contains break_glass.told("complexity", violation) if {
	break_glass.is_open("complexity")
	some violation in complex
}

# METADATA
# title: The counts add up
# description: The functions counted by complexity are all functions there are, and the highest is among them.
# scope: rule
# custom:
#   code: COMPLEXITY_CONTRADICTS
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains violation if {
	some statement in read
	not is_counted(statement)
	violation := {
		"code": "COMPLEXITY_CONTRADICTS",
		"message": sprintf("the complexity report counts %v functions up to %v, and its counts by complexity say otherwise", [
			number(statement, "functions"),
			number(statement, "highest"),
		]),
		"fix": about.redo,
		"evidence": quality.facts(statement),
	}
}

# METADATA
# title: A complexity report exists
# description: Without a report nobody knows how complex the code is.
# scope: rule
# custom:
#   code: COMPLEXITY_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PW.8.2]
#     soc2: [CC8.1]
#     iso27001: [A.8.29]
deny contains violation if some violation in quality.absence("COMPLEXITY_MISSING", "complexity", considered)

# METADATA
# title: The complexity report is not dated in the future
# description: A statement later than the decision would stay the newest one and hide all others.
# scope: rule
# custom:
#   code: COMPLEXITY_FROM_THE_FUTURE
#   severity: high
#   controls:
#     iso27001: [A.8.17]
deny contains violation if some violation in freshness.from_future(about, considered)

# METADATA
# title: The complexity report is recent enough
# description: It is no older than the profile's max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: COMPLEXITY_STALE
#   severity: medium
#   controls:
#     nist_ssdf: [PW.8.2]
#     iso27001: [A.8.29]
deny contains violation if {
	limit := profile.threshold("complexity", "max_age_hours", needs.max_age_hours)
	some violation in freshness.stale(about, considered, limit)
}

# METADATA
# title: The counts can be read
# description: Each count that is judged is a whole number.
# scope: rule
# custom:
#   code: COMPLEXITY_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains violation if some violation in quality.unread("COMPLEXITY_MALFORMED", "complexity", considered, counts)

# METADATA
# title: The complexity report carries a time
# description: Without a time nobody can say which report is the newest.
# scope: rule
# custom:
#   code: COMPLEXITY_TIME_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.undated(about, considered)

# METADATA
# title: The age of the complexity report can be told
# description: The moment of the decision is part of the input.
# scope: rule
# custom:
#   code: COMPLEXITY_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.clockless(about)

# METADATA
# title: The profile says what complexity must show
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: COMPLEXITY_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if some violation in profile.gaps("complexity", needs)
