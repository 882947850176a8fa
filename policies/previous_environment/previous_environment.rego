# METADATA
# scope: package
# title: Previous environment
# description: >-
#   The newest verification summary (SLSA VSA) of the environment before this one is PASSED, for the same bytes. A newer
#   FAILED summary is never hidden by an older PASSED one.
# custom:
#   controls:
#     nist_ssdf: [PO.4.1, PW.4.4]
#     soc2: [CC8.1]
#     iso27001: [A.8.29, A.8.31, A.8.32]
#     pci_dss: ["6.5.1", "6.5.3"]
package supplychain.previous_environment

import data.supplychain.lib.break_glass
import data.supplychain.lib.freshness
import data.supplychain.lib.moment
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {"min_soak_hours": "number", "after": "text or null"}

previous := shape.text(input, ["previous_environment"])

about := {
	"code": "PREVIOUS_ENVIRONMENT",
	"name": sprintf("the verdict of %s", [previous]),
	"redo": sprintf("pass that environment first: supplychain gate ARTIFACT --env %s", [previous]),
}

# Every summary of the previous environment; undefined where there is none before this one.
summaries := [statement |
	some statement in statements.of_kind("vsa")
	shape.text(statement, ["predicate", "policy", "uri"]) == sprintf("urn:supplychain:policy:%s", [previous])
] if {
	previous != ""
}

considered := statements.newest(summaries)

result_of(statement) := shape.text(statement, ["predicate", "verificationResult"])

instant_of(statement) := moment.ns(statements.time_of(statement))

failures := {instant_of(statement) | some statement in summaries; result_of(statement) != "PASSED"}

# When the artifact passed and has not failed since: re-running a gate does not start the soak time again.
passed_since := min([instant_of(statement) |
	some statement in summaries
	result_of(statement) == "PASSED"
	not has_ended(statement)
	every failure in failures {
		instant_of(statement) > failure
	}
])

facts(statement) := {
	"environment": previous,
	"statement": statements.digest_of(statement),
	"result": result_of(statement),
	"time": statements.time_of(statement),
}

# METADATA
# title: The previous environment has decided
# description: No step of the ladder is skipped; a verdict of another environment does not count.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PW.4.4]
#     soc2: [CC8.1]
#     iso27001: [A.8.31, A.8.32]
#     pci_dss: ["6.5.1", "6.5.3"]
deny contains violation if {
	count(considered) == 0
	violation := {
		"code": "PREVIOUS_ENVIRONMENT_MISSING",
		"message": sprintf("0 verified verdicts of %s about this artifact, expected PASSED", [previous]),
		"fix": about.redo,
		"evidence": {"environment": previous},
	}
}

# METADATA
# title: The previous environment said yes
# description: Every newest verdict is PASSED; anything else, an unknown word too, is a no.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_FAILED
#   severity: high
#   controls:
#     nist_ssdf: [PW.4.4]
#     soc2: [CC8.1]
#     iso27001: [A.8.29, A.8.31]
#     pci_dss: ["6.5.1", "6.5.3"]
deny contains violation if {
	some statement in considered
	result_of(statement) != "PASSED"
	violation := {
		"code": "PREVIOUS_ENVIRONMENT_FAILED",
		"message": sprintf("the newest verdict of %s is %q (%s), expected PASSED", [
			previous,
			result_of(statement),
			statements.time_of(statement),
		]),
		"fix": about.redo,
		"evidence": facts(statement),
	}
}

# METADATA
# title: The verdict is not dated in the future
# description: A statement later than the decision would stay the newest one and hide all others.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_FROM_THE_FUTURE
#   severity: high
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.17]
deny contains violation if {
	some violation in freshness.from_future(about, considered)
}

# METADATA
# title: The artifact stayed long enough in the previous environment
# description: It has passed, without a failure since, for at least the profile's min_soak_hours.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_TOO_RECENT
#   severity: medium
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.29, A.8.32]
deny contains violation if {
	not break_glass.is_open("previous_environment")
	some violation in too_recent
}

# METADATA
# title: What is let pass because the glass is broken
# description: Two persons or more have said that the soak time may be cut short for a few hours.
# scope: rule
# custom:
#   code: BREAK_GLASS_OPEN
#   severity: critical
#   controls:
#     soc2: [CC7.4, CC8.1]
#     iso27001: [A.5.26, A.8.32]
warn contains break_glass.told("previous_environment", violation) if {
	break_glass.is_open("previous_environment")
	some violation in too_recent
}

too_recent := {violation |
	wanted := profile.threshold("previous_environment", "min_soak_hours", needs.min_soak_hours)
	soaked := moment.now - passed_since
	soaked < wanted * moment.hour_ns
	violation := {
		"code": "PREVIOUS_ENVIRONMENT_TOO_RECENT",
		"message": sprintf("passed %s %v hours ago, expected at least %v", [previous, floor(soaked / moment.hour_ns), wanted]),
		"fix": sprintf("wait until %v hours have passed, then ask again", [wanted]),
		"evidence": {"environment": previous, "wanted_hours": wanted},
	}
}

# METADATA
# title: The previous environment said no before it said yes
# description: The bytes are the same, so evidence, exceptions or policy changed in between; whoever approves should know.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_FAILED_BEFORE
#   severity: low
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.32]
warn contains violation if {
	some statement in summaries
	not statement in considered
	result_of(statement) != "PASSED"
	violation := {
		"code": "PREVIOUS_ENVIRONMENT_FAILED_BEFORE",
		"message": sprintf("%s said %q at %s and decided again later, with the same bytes", [
			previous,
			result_of(statement),
			statements.time_of(statement),
		]),
		"fix": "look at what changed in between: supplychain history ARTIFACT",
		"evidence": facts(statement),
	}
}

# METADATA
# title: The verdict carries a time
# description: Without a time nobody can say which verdict is the newest.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_TIME_MISSING
#   severity: high
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.undated(about, considered)
}

# METADATA
# title: The age of the verdict can be told
# description: The moment of the decision is part of the input.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.clockless(about)
}

# METADATA
# title: The place in the ladder is known
# description: The input says which environment comes before this one, or null that none does.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_UNKNOWN
#   severity: high
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.31]
cannot_tell contains violation if {
	previous == ""
	not is_first
	violation := {
		"code": "PREVIOUS_ENVIRONMENT_UNKNOWN",
		"message": "input.previous_environment is absent or malformed, expected a name, or null where none comes before",
		"fix": "name the ladder of environments in supplychain.yaml",
		"evidence": {},
	}
}

is_first if shape.get(input, ["previous_environment"], "") == null

# METADATA
# title: The profile says how long an artifact must stay in the previous environment
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if {
	some violation in profile.gaps("previous_environment", needs)
}

# METADATA
# title: The ladder is the one the profile knows
# description: >-
#   The project's configuration says which environments there are; the profile says which one comes before this one. A
#   configuration that takes a rung out, or puts the rungs in another order, is refused.
# scope: rule
# custom:
#   code: PREVIOUS_ENVIRONMENT_SKIPPED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
#     soc2: [CC8.1]
#     iso27001: [A.8.31, A.8.32]
deny contains violation if {
	wanted := profile.threshold("previous_environment", "after", "text or null")
	configured := shape.get(input, ["previous_environment"], "absent")
	wanted != configured
	violation := {
		"code": "PREVIOUS_ENVIRONMENT_SKIPPED",
		"message": sprintf("the configuration puts %v before this environment, the profile wants %v", [configured, wanted]),
		"fix": "list every environment in supplychain.yaml, in the order the profiles name, or change the profile",
		"evidence": {"configured": configured, "wanted": wanted},
	}
}
