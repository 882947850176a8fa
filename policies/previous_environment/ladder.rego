package supplychain.previous_environment

import data.supplychain.lib.profile
import data.supplychain.lib.shape

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
