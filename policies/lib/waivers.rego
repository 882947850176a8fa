# METADATA
# scope: package
# title: Waivers
# description: >-
#   Verified waivers of this artifact, and which findings they cover. A waiver covers what it names by id or alias, within
#   its scope, from its beginning until the second before its end. Without the rule "waivers" in the profile none counts.
package supplychain.lib.waivers

import data.supplychain.lib.moment
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

day_ns := 24 * moment.hour_ns

default max_ns := -1

max_ns := profile.threshold("waivers", "max_days", "number") * day_ns

stated := [statement | "waivers" in profile.rules; some statement in statements.of_kind("waiver")]

# Position of a statement to what it says, if it can be read: a scope of the wrong type would be a wide one.
readable[position] := entry if {
	some position, statement in stated
	has_scope(statement)
	entry := read(statement)
}

unreadable := [statement | some position, statement in stated; not readable[position]]

# Every waiver that is about this environment.
all := [entry | some entry in readable; is_here(entry.environments)]

has_scope(statement) if {
	scope := shape.get(statement, ["predicate", "scope"], {})
	is_object(scope)
	profile.is_texts(object.get(scope, "environments", []))
	is_string(object.get(scope, "component", ""))
	is_string(object.get(scope, "path", ""))
}

# Those that count now.
in_force := [entry | some entry in all; is_short(entry); moment.now >= entry.from_ns; moment.now < entry.until_ns]

expired := [entry | some entry in all; is_short(entry); moment.now >= entry.until_ns]

too_long := [entry | some entry in all; not is_short(entry)]

is_short(entry) if entry.until_ns - entry.from_ns <= max_ns

is_here([]) := true

is_here(environments) if shape.text(input, ["environment"]) in environments

read(statement) := {
	"digest": statements.digest_of(statement),
	"signers": shape.texts(statement, ["signers"]),
	"waives": shape.text(statement, ["predicate", "waives"]),
	"owner": shape.text(statement, ["predicate", "owner"]),
	"reason": shape.text(statement, ["predicate", "reason"]),
	"ticket": shape.text(statement, ["predicate", "ticket"]),
	"from": shape.text(statement, ["predicate", "from"]),
	"until": shape.text(statement, ["predicate", "until"]),
	"from_ns": moment.ns(shape.text(statement, ["predicate", "from"])),
	"until_ns": moment.ns(shape.text(statement, ["predicate", "until"])),
	"environments": shape.list(statement, ["predicate", "scope", "environments"]),
	"component": shape.text(statement, ["predicate", "scope", "component"]),
	"path": shape.text(statement, ["predicate", "scope", "path"]),
}

# Whether a finding of the name that is waived lies in the scope. It is {"ids", "component", "path"}; what it lacks is "".
reaches(waiver, finding) if {
	is_within(waiver.component, finding.component)
	is_within(waiver.path, finding.path)
}

is_within("", _) := true

is_within(pattern, text) if pattern == text

is_within(pattern, text) if {
	pattern != ""
	pattern != text
	text != ""
	shape.matches(pattern, text)
}

# What a rule tells about a finding that a waiver covers. `needed`: without the waiver the finding would deny.
told(waiver, about) := {
	"code": "WAIVED",
	"message": sprintf("%s: waived by %s until %s: %s", [about.text, waiver.owner, waiver.until, waiver.reason]),
	"fix": "mend it before the waiver ends",
	"evidence": object.union(facts(waiver), {"finding": about.finding, "needed": about.needed}),
}

facts(waiver) := {
	"waives": waiver.waives,
	"owner": waiver.owner,
	"ticket": waiver.ticket,
	"until": waiver.until,
	"signers": waiver.signers,
	"statement": waiver.digest,
}
