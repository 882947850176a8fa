# The part of the rule `previous_environment` that asks whether the yes before still holds.
package supplychain.previous_environment

import data.supplychain.lib.moment
import data.supplychain.lib.shape
import data.supplychain.lib.statements

# The end of what a summary rests on: a waiver, a VEX statement or a broken glass. From then on it says nothing any more.
end_of(statement) := shape.text(statement, ["predicate", "urn:supplychain:decision", "until"])

has_ended(statement) if {
	end_of(statement) != ""
	not moment.is_future(end_of(statement))
}

# METADATA
# title: What the previous environment's yes rests on has not ended
# description: A yes that rests on a waiver, a VEX statement or a broken glass ends with it; one without a readable end has ended.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_EXPIRED
#   severity: high
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.29, A.8.32]
deny contains violation if {
	some statement in considered
	result_of(statement) == "PASSED"
	has_ended(statement)
	violation := {
		"code": "PREVIOUS_ENVIRONMENT_EXPIRED",
		"message": sprintf("%s passed at %s, and what that rests on (a waiver, VEX or a broken glass) ended at %s", [
			previous,
			statements.time_of(statement),
			end_of(statement),
		]),
		"fix": sprintf("mend what was excepted, or have the exception renewed, then %s", [about.redo]),
		"evidence": object.union(facts(statement), {"until": end_of(statement)}),
	}
}
