# METADATA
# scope: package
# title: Break-glass
# description: >-
#   In an emergency two persons or more may let an artifact break some rules of one environment for a few hours. It is told
#   in every decision from then on until somebody closes it. A profile without this rule lets nobody break anything.
# custom:
#   controls:
#     nist_ssdf: [PO.4.2, RV.2.2]
#     soc2: [CC7.4, CC8.1]
#     iso27001: [A.5.26, A.8.32]
#     pci_dss: ["6.5.1", "12.10.1"]
package supplychain.break_glass

import data.supplychain.lib.approvals
import data.supplychain.lib.break_glass
import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.shape

needs := {
	"needed": "number",
	"max_hours": "number",
	"rules": "list of texts",
}

environment := shape.text(input, ["environment"])

begun := [entry | some entry in break_glass.asked; approvals.is_begun(entry)]

about(entry) := sprintf("the glass broken by %s for %s at %s", [
	approvals.names(entry.people),
	concat(", ", entry.rules),
	entry.from,
])

facts(entry) := object.union(approvals.facts(entry), {"rules": entry.rules})

# METADATA
# title: An emergency is not closed
# description: It is told until somebody signs that it is over, also after it has ended.
# scope: rule
# custom:
#   code: BREAK_GLASS_NOT_CLOSED
#   severity: high
#   controls:
#     soc2: [CC7.4]
#     iso27001: [A.5.26]
warn contains violation if {
	some entry in begun
	not break_glass.is_closed(entry)
	violation := {
		"code": "BREAK_GLASS_NOT_CLOSED",
		"message": sprintf("%s until %s is not closed: %s", [about(entry), entry.until, entry.reason]),
		"fix": sprintf("mend what was broken, then: supplychain approve ARTIFACT --env %s --close --reason TEXT", [environment]),
		"evidence": facts(entry),
	}
}

# METADATA
# title: One person alone breaks no glass
# description: Somebody asked for it, and too few others did.
# scope: rule
# custom:
#   code: BREAK_GLASS_ALONE
#   severity: high
#   controls:
#     soc2: [CC5.1, CC7.4]
#     iso27001: [A.5.3]
warn contains violation if {
	some entry in break_glass.counting
	some rule in entry.rules
	rule in break_glass.breakable
	not break_glass.is_open(rule)
	people := break_glass.people_for(rule)
	violation := {
		"code": "BREAK_GLASS_ALONE",
		"message": sprintf("%v persons broke the glass for %s, expected %v: %s; it does not count", [
			count(people),
			rule,
			break_glass.needed,
			approvals.names(people),
		]),
		"fix": sprintf("another person: supplychain approve ARTIFACT --env %s --break-glass %s --reason TEXT", [environment, rule]),
		"evidence": object.union(facts(entry), {"rule": rule}),
	}
}

# METADATA
# title: A glass is broken for longer than allowed
# description: It does not count at all.
# scope: rule
# custom:
#   code: BREAK_GLASS_TOO_LONG
#   severity: medium
#   controls:
#     soc2: [CC7.4]
warn contains violation if {
	some entry in begun
	not break_glass.is_short(entry)
	break_glass.max_hours >= 0
	violation := {
		"code": "BREAK_GLASS_TOO_LONG",
		"message": sprintf("%s lasts until %s, at most %v hours are allowed; it does not count", [
			about(entry),
			entry.until,
			break_glass.max_hours,
		]),
		"fix": "sign one with an earlier --expires in its place",
		"evidence": facts(entry),
	}
}

# METADATA
# title: A glass is broken that cannot be
# description: The profile names the rules that may be broken; those about the evidence itself are never among them.
# scope: rule
# custom:
#   code: BREAK_GLASS_NOT_ALLOWED
#   severity: high
#   controls:
#     soc2: [CC7.4]
#     iso27001: [A.8.32]
warn contains violation if {
	some entry in break_glass.counting
	some rule in entry.rules
	not rule in break_glass.breakable
	violation := {
		"code": "BREAK_GLASS_NOT_ALLOWED",
		"message": sprintf("%s: the rule %s cannot be broken here; it does not count", [about(entry), rule]),
		"fix": "mend what the rule asks for; break_glass.rules of the profile lists what may be broken",
		"evidence": object.union(facts(entry), {"rule": rule}),
	}
}

# METADATA
# title: The moment of the decision is known
# description: Without it nobody can say which emergency is over.
# scope: rule
# custom:
#   code: BREAK_GLASS_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.clockless({"code": "BREAK_GLASS"})

# METADATA
# title: The profile says who may break what for how long
# description: Without thresholds nobody may break anything.
# scope: rule
# custom:
#   code: BREAK_GLASS_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if some violation in profile.gaps("break_glass", needs)
