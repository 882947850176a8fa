# METADATA
# scope: package
# title: Approvals
# description: >-
#   Enough different persons approve these bytes for this environment, none of them its author, and nobody rejects them.
#   Of each person the newest word counts.
# custom:
#   controls:
#     nist_ssdf: [PO.2.1, PW.7.2]
#     soc2: [CC5.1, CC8.1]
#     iso27001: [A.5.3, A.8.32]
#     pci_dss: ["6.5.1", "6.5.2"]
package supplychain.approvals

import data.supplychain.lib.approvals
import data.supplychain.lib.break_glass
import data.supplychain.lib.freshness
import data.supplychain.lib.moment
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {
	"needed": "number",
	"exclude_author": "true or false",
	"max_days": "number",
}

environment := shape.text(input, ["environment"])

redo := sprintf("have a person approve: supplychain approve ARTIFACT --env %s --reason TEXT", [environment])

needed := profile.threshold("approvals", "needed", needs.needed)

exclude_author := profile.threshold("approvals", "exclude_author", needs.exclude_author)

max_hours := profile.threshold("approvals", "max_days", needs.max_days) * 24

is_long(entry) if approvals.hours(entry) > max_hours

# What is said now. A rejection counts however long it is meant to last, an approval only as long as the profile allows.
words := array.concat(
	[entry | some entry in approvals.of_verdict("reject"); approvals.is_in_force(entry)],
	[entry | some entry in approvals.of_verdict("approve"); approvals.is_in_force(entry); not is_long(entry)],
)

people := {person | some entry in words; some person in entry.people}

# The newest words of a person; at one moment a rejection goes before an approval.
newest_of(person) := [entry |
	own := [entry | some entry in words; person in entry.people]
	last := max([entry.from_ns | some entry in own])
	some entry in own
	entry.from_ns == last
]

rejecting[person] contains entry if {
	some person in people
	some entry in newest_of(person)
	entry.verdict == "reject"
}

approving := {person | some person in people; not took_back(person)}

# Whoever rejects, or has rejected since: when the rejection ends the approval before it does not count again, a new one does.
took_back(person) if {
	refused := [entry.from_ns |
		some entry in approvals.of_verdict("reject")
		approvals.is_begun(entry)
		person in entry.people
	]
	said := [entry.from_ns | some entry in words; person in entry.people]
	max(refused) >= max(said)
}

few := {violation |
	count(counted) < needed
	violation := {
		"code": "APPROVALS_TOO_FEW",
		"message": sprintf("%v persons approve these bytes for %s, expected %v: %s", [
			count(counted),
			environment,
			needed,
			approvals.names(counted),
		]),
		"fix": sprintf("%v more: %s", [needed - count(counted), redo]),
		"evidence": {"environment": environment, "people": sort(counted), "wanted": needed},
	}
}

# METADATA
# title: Enough persons approve
# description: At least the profile's needed persons; two keys of one person are one, an approval for other bytes is none.
# scope: rule
# custom:
#   code: APPROVALS_TOO_FEW
#   severity: high
#   controls:
#     nist_ssdf: [PO.2.1]
#     soc2: [CC5.1, CC8.1]
#     iso27001: [A.5.3, A.8.32]
#     pci_dss: ["6.5.1", "6.5.2"]
deny contains violation if {
	not break_glass.is_open("approvals")
	some violation in few
}

# METADATA
# title: What is let pass because the glass is broken
# description: Two persons or more have said that this rule may be broken for a few hours. A rejection stays one.
# scope: rule
# custom:
#   code: BREAK_GLASS_OPEN
#   severity: critical
#   controls:
#     soc2: [CC7.4, CC8.1]
#     iso27001: [A.5.26, A.8.32]
warn contains break_glass.told("approvals", violation) if {
	break_glass.is_open("approvals")
	some violation in few
}

# METADATA
# title: Nobody rejects
# description: One rejection blocks, however many approve, until it ends or the same person approves later.
# scope: rule
# custom:
#   code: APPROVAL_REJECTED
#   severity: high
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.32]
#     pci_dss: ["6.5.1"]
deny contains violation if {
	some person, entries in rejecting
	some entry in entries
	violation := {
		"code": "APPROVAL_REJECTED",
		"message": sprintf("%s rejects these bytes for %s until %s: %s", [person, environment, entry.until, entry.reason]),
		"fix": sprintf("settle it with %s, who may approve later, or release other bytes", [person]),
		"evidence": approvals.facts(entry),
	}
}

# METADATA
# title: An approval lasts too long
# description: It does not count at all.
# scope: rule
# custom:
#   code: APPROVAL_TOO_LONG
#   severity: medium
#   controls:
#     soc2: [CC8.1]
warn contains violation if {
	some entry in approvals.of_verdict("approve")
	is_long(entry)
	violation := {
		"code": "APPROVAL_TOO_LONG",
		"message": sprintf("the approval by %s lasts from %s until %s, at most %v days are allowed; it does not count", [
			approvals.names(entry.people),
			entry.from,
			entry.until,
			max_hours / 24,
		]),
		"fix": "sign one with an earlier --expires in its place",
		"evidence": approvals.facts(entry),
	}
}

# METADATA
# title: An approval has ended
# description: From the second of its end on it does not count any more.
# scope: rule
# custom:
#   code: APPROVAL_EXPIRED
#   severity: low
#   controls:
#     soc2: [CC8.1]
warn contains violation if {
	some entry in approvals.of_verdict("approve")
	moment.now >= entry.until_ns
	violation := {
		"code": "APPROVAL_EXPIRED",
		"message": sprintf("the approval by %s ended at %s", [approvals.names(entry.people), entry.until]),
		"fix": redo,
		"evidence": approvals.facts(entry),
	}
}

# METADATA
# title: Every word can be read
# description: What cannot be read may be a rejection.
# scope: rule
# custom:
#   code: APPROVALS_MALFORMED
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.2]
cannot_tell contains violation if {
	some statement in approvals.unreadable
	violation := {
		"code": "APPROVALS_MALFORMED",
		"message": sprintf("the approval statement %s has no readable environment, verdict, beginning and end", [statements.digest_of(statement)]),
		"fix": "take it out of the store, and have its signer say it again: supplychain approve",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

# METADATA
# title: The moment of the decision is known
# description: Without it nobody can say which approvals are in force.
# scope: rule
# custom:
#   code: APPROVALS_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.clockless({"code": "APPROVALS"})

# METADATA
# title: The profile says how many must approve
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: APPROVALS_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if some violation in profile.gaps("approvals", needs)
