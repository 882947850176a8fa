package supplychain.vulnerabilities

import data.supplychain.lib.findings
import data.supplychain.lib.shape
import data.supplychain.lib.statements
import data.supplychain.lib.waivers

# What the profile, VEX and the baseline make of every finding of the newest dependency scans. The document holds them in
# groups that are alike in all that decides, so each group is judged once.

# Every group: where it comes from, its members, and the judgement. A group that lacks what decides is not among them;
# VULNERABILITIES_MALFORMED counts.
noted := [entry |
	some source, statement in considered
	digest := statements.digest_of(statement)
	limit := object.get(limits, digest, "none")
	some group in shape.list(statement, ["findings", "alike"])
	is_sound(group)
	vex := standing(group)
	some part in parts_of(group)
	entry := judgement_of(
		{
			"source": source,
			"statement": digest,
			"about": group,
			"is_likely": part.is_likely,
			"members": part.members,
			"vex": vex,
		},
		limit,
		exploitation_of(group, part.is_likely),
	)
]

# What decides about a group. One that lacks any of it is not judged.
deciding := {"severity", "status", "exploited", "new", "vex", "unlooked", "without_fix", "epss"}

is_sound(group) if {
	is_array(group.members)
	deciding - object.keys(group) == set()
}

# `usual` is what severity, VEX and exploitation ask for, `reaction` what the baseline leaves of it, and `outcome` what
# stays where there is no fixed version.
judgement_of(entry, limit, exploitation) := object.union(entry, {
	"severity": severity,
	"exploitation": counting,
	"usual": usual,
	"reaction": reaction,
	"outcome": lowered(reaction, entry.about.without_fix, counting),
}) if {
	severity := object.get(findings.known, entry.about.severity, "unknown")
	counting := object.get(by_vex_standing, entry.vex, exploitation)
	usual := stronger(by_vex(severities[severity], entry.vex), counting)
	reaction := stronger(softened(usual, entry.about.new, limit), counting)
}

# Those that VEX does not settle.
judged := [entry | some entry in noted; entry.vex != "settled"]

# `unfixed: warn` turns a denial into a warning where there is no fixed version; it never makes anything stricter.
lowered(reaction, is_without_fix, exploitation) := "warn" if {
	reaction == "deny"
	is_without_fix == true
	unfixed == "warn"
	exploitation != "deny"
} else := reaction

# "settled", "warn" where VEX leaves no more than a warning, "none" where nothing speaks for the finding.
standing(group) := "settled" if {
	group.status in (findings.settled - vex_words)
} else := "none" if {
	not group.status in vex_words
} else := "settled" if {
	outcome_of(group.vex, vex_taken, clock) == "accept"
} else := "warn" if {
	outcome_of(group.vex, vex_taken, clock) == "warn"
} else := "none"

by_vex(reaction, "none") := reaction

by_vex("deny", "warn") := "warn"

by_vex(reaction, "warn") := reaction if reaction != "deny"

by_vex(_, "settled") := "ignore"

# Waivers

names_waived := {waiver.waives | some waiver in waivers.all}

# Position of an entry to the positions of its members that a waiver names, whatever its scope and its time.
asked_of[entry] contains member if {
	names := names_waived
	some entry, about in judged
	some member, finding in about.members
	finding.evidence.id in names
}

asked_of[entry] contains member if {
	names := names_waived
	some entry, about in judged
	some member, finding in about.members
	some alias in finding.evidence.aliases
	alias in names
}

# These one by one, in the form that waivers.reaches takes.
waivable := [one |
	some entry, members in asked_of
	some member in members
	facts := judged[entry].members[member].evidence
	ids := array.concat([facts.id], shape.list(facts, ["aliases"]))
	one := {"entry": entry, "member": member, "ids": ids, "component": facts.purl, "path": ""}
]

# Every name of a finding to the positions where it stands.
named[id] contains position if {
	some position, finding in waivable
	some id in finding.ids
}

# Position of a finding to the waivers that cover it; without waivers nothing is compared.
covered[position] contains waiver if {
	some waiver in waivers.in_force
	some position in named[waiver.waives]
	waivers.reaches(waiver, waivable[position])
}

# Position of an entry to the positions of its members that a waiver covers.
excused[entry] contains member if {
	some position, _ in covered
	entry := waivable[position].entry
	member := waivable[position].member
}

# The members of an entry that no waiver covers.
unwaived(entry, about) := [finding | some member, finding in about.members; not member in taken] if {
	taken := excused[entry]
} else := about.members
