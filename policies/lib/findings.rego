# METADATA
# scope: package
# title: Findings
# description: >-
#   What a finding's severity and status mean. Only a status that says so settles a finding; an unknown status is open,
#   an unknown severity is "unknown", which a profile treats on its own.
package supplychain.lib.findings

import data.supplychain.lib.profile

settled := {"not_affected", "fixed", "waived"}

# The severity by which a finding is judged, for each severity a scan may give.
known := {severity: severity | some severity in profile.severities}

# A finding that can be named: an object with an id. Anything else is malformed.
is_named(finding) if {
	is_object(finding)
	is_string(finding.id)
	finding.id != ""
}

# Malformed members of a list of findings, by position. Of many that are all well the ids are looked at together: texts
# stand from "" up to [] in the order of all values.
malformed(findings) := [] if {
	ids := [finding.id | some finding in findings]
	count(ids) == count(findings)
	min(ids) > ""
	max(ids) < []
} else := [position | some position, finding in findings; not is_named(finding)]

# Whether the findings of a dependency scan stand in the document as they should: each was read, and is in a group.
are_grouped(statement) if {
	statement.findings.unreadable == 0
	groups := statement.findings.alike
	is_array(groups)
	count([group | some group in groups; is_array(group.members)]) == count(groups)
}

# How many findings a dependency scan has.
size(statement) := sum([count(group.members) | some group in statement.findings.alike])
