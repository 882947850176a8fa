package supplychain.scan

import data.supplychain.lib.shape

# METADATA
# title: What was left out on request is said
# description: A scan whose configuration leaves files out did not fail to look at them, but nobody should forget them.
# scope: rule
# custom:
#   code: SCAN_EXCLUDED
#   severity: low
#   controls:
#     nist_ssdf: [PW.7.2]
#     iso27001: [A.8.29]
warn contains violation if {
	some entry in readable
	patterns := shape.texts(entry.report, ["excluded"])
	count(patterns) > 0
	violation := {
		"code": "SCAN_EXCLUDED",
		"message": sprintf("the %s scan left out %s, as supplychain.yaml asks", [entry.kind, shape.listing(patterns, 5)]),
		"fix": "keep `exclude` in supplychain.yaml to what is never part of the artifact",
		"evidence": object.union(facts(entry), {"excluded": patterns}),
	}
}
