# The part of the rule `performance` that holds the list of comparisons against the counts.
package supplychain.performance

import data.supplychain.lib.profile
import data.supplychain.lib.quality
import data.supplychain.lib.shape

# The list names every comparison, or the 20 slowest; each with both times, and what has gone by its name.
is_listed(statement) if {
	listed_all := shape.get(quality.measured(statement), ["worst"], null)
	is_array(listed_all)
	count(listed_all) == min([20, number(statement, "compared")])
	count(worst(statement)) == count(listed_all)
	profile.is_texts(shape.get(quality.measured(statement), ["gone"], null))
	number(statement, "compared") <= number(statement, "benchmarks")
}

# METADATA
# title: The list and the counts agree
# description: Every comparison that was made, or the 20 slowest, are listed with both times.
# scope: rule
# custom:
#   code: PERFORMANCE_CONTRADICTS
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains violation if {
	some statement in read
	not is_listed(statement)
	violation := {
		"code": "PERFORMANCE_CONTRADICTS",
		"message": sprintf("the benchmark report counts %v comparisons of %v benchmarks, and %v are listed with both times", [
			number(statement, "compared"),
			number(statement, "benchmarks"),
			count(worst(statement)),
		]),
		"fix": about.redo,
		"evidence": quality.facts(statement),
	}
}
