# METADATA
# scope: package
# title: Transparency
# description: >-
#   Every signature that counts is in a transparency log, where its maker cannot hide it; how long an entry may be pending,
#   because the log was away when it was signed, and whether one may be absent, is decided for each environment. What
#   public builders signed is settled by their own rules.
# custom:
#   controls:
#     slsa: [Build L2]
#     nist_ssdf: [PS.2.1, PS.3.2]
#     soc2: [CC7.2]
#     iso27001: [A.8.15]
package supplychain.transparency

import data.supplychain.lib.moment
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {
	"log_pending": "deny, warn or ignore",
	"log_none": "deny, warn or ignore",
	"max_pending_hours": "number or null",
}

reaction(key) := profile.threshold("transparency", key, needs[key])

limit := profile.threshold("transparency", "max_pending_hours", needs.max_pending_hours)

# What verification says: included, pending, none, or by_builder.
fact(statement) := shape.text(statement, ["log"])

known := {"included", "pending", "none", "by_builder"}

# One entry for each statement that no log has, with what the profile does about it.
judged contains entry if {
	some statement in statements.all
	some key, about in {
		"pending": {"reaction": "log_pending", "words": "is in no transparency log yet"},
		"none": {"reaction": "log_none", "words": "is in no transparency log"},
	}
	fact(statement) == key
	entry := {
		"code": sprintf("TRANSPARENCY_LOG_%s", [upper(key)]),
		"reaction": reaction(about.reaction),
		"kind": shape.text(statement, ["kind"]),
		"words": about.words,
		"statement": statements.digest_of(statement),
		"signed_at": shape.text(statement, ["signed_at"]),
	}
}

violation(entry) := {
	"code": entry.code,
	"message": sprintf("the %s statement %s %s", [entry.kind, entry.statement, entry.words]),
	"fix": "make the entry (supplychain log flush), or sign again with a log (--log-url)",
	"evidence": {"statement": entry.statement, "kind": entry.kind},
}

# METADATA
# title: There is something to be found in a log
# description: Without a verified statement nothing is transparent.
# scope: rule
# custom:
#   code: TRANSPARENCY_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2]
deny contains found if {
	count(statements.all) == 0
	found := {
		"code": "TRANSPARENCY_MISSING",
		"message": "0 verified statements about this artifact, expected at least 1 in a transparency log",
		"fix": "make the evidence (supplychain run DIR) with a signer that uses a log",
		"evidence": {},
	}
}

# METADATA
# title: A pending log entry is made
# description: The log did not answer when the statement was signed; a trusted timestamp says when that was.
# scope: rule
# custom:
#   code: TRANSPARENCY_LOG_PENDING
#   severity: medium
#   controls:
#     nist_ssdf: [PS.2.1]
#     soc2: [CC7.2]
#     iso27001: [A.8.15]
deny contains violation(entry) if {
	some entry in judged
	entry.code == "TRANSPARENCY_LOG_PENDING"
	entry.reaction == "deny"
}

# METADATA
# title: A log entry is there
# description: Neither a log has the statement nor a trusted time says when it was signed.
# scope: rule
# custom:
#   code: TRANSPARENCY_LOG_NONE
#   severity: medium
#   controls:
#     nist_ssdf: [PS.2.1]
#     soc2: [CC7.2]
#     iso27001: [A.8.15]
deny contains violation(entry) if {
	some entry in judged
	entry.code == "TRANSPARENCY_LOG_NONE"
	entry.reaction == "deny"
}

# METADATA
# title: No log entry is pending for too long
# description: A log that is away comes back; an entry that is never made hides the signature.
# scope: rule
# custom:
#   code: TRANSPARENCY_PENDING_TOO_LONG
#   severity: high
#   controls:
#     nist_ssdf: [PS.2.1]
#     soc2: [CC7.2]
#     iso27001: [A.8.15]
deny contains found if {
	some entry in judged
	entry.code == "TRANSPARENCY_LOG_PENDING"
	is_number(limit)
	moment.is_older(entry.signed_at, limit)
	age := moment.age_hours(entry.signed_at)
	found := {
		"code": "TRANSPARENCY_PENDING_TOO_LONG",
		"message": sprintf("the log entry of the %s statement %s is pending for %v hours, at most %v are allowed", [
			entry.kind,
			entry.statement,
			age,
			limit,
		]),
		"fix": "make the entry: supplychain log flush",
		"evidence": {"statement": entry.statement, "signed_at": entry.signed_at, "age_hours": age, "limit_hours": limit},
	}
}

# METADATA
# title: A pending log entry is told
# description: As above, where the profile only warns.
# scope: rule
# custom:
#   code: TRANSPARENCY_LOG_PENDING
#   severity: medium
#   controls:
#     soc2: [CC7.2]
warn contains violation(entry) if {
	some entry in judged
	entry.code == "TRANSPARENCY_LOG_PENDING"
	entry.reaction == "warn"
}

# METADATA
# title: A missing log entry is told
# description: As above, where the profile only warns.
# scope: rule
# custom:
#   code: TRANSPARENCY_LOG_NONE
#   severity: low
#   controls:
#     soc2: [CC7.2]
warn contains violation(entry) if {
	some entry in judged
	entry.code == "TRANSPARENCY_LOG_NONE"
	entry.reaction == "warn"
}

# METADATA
# title: Verification says what the logs have
# description: A statement without that fact, or a pending one without its trusted time, was verified by something else.
# scope: rule
# custom:
#   code: TRANSPARENCY_UNKNOWN
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains found if {
	some statement in statements.all
	not is_told(statement)
	found := {
		"code": "TRANSPARENCY_UNKNOWN",
		"message": sprintf("the statement %s does not tell whether a log has it: log is %q, signed_at is %q", [
			statements.digest_of(statement),
			fact(statement),
			shape.text(statement, ["signed_at"]),
		]),
		"fix": "use the policies that came with this version of supplychain",
		"evidence": {"statement": statements.digest_of(statement)},
	}
}

is_told(statement) if {
	fact(statement) in known
	fact(statement) != "pending"
}

is_told(statement) if {
	fact(statement) == "pending"
	moment.ns(shape.text(statement, ["signed_at"])) <= moment.now
}

# METADATA
# title: The decision has a clock
# description: Without the moment of the decision nobody can say how long an entry has been pending.
# scope: rule
# custom:
#   code: TRANSPARENCY_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains found if {
	not moment.now
	found := {
		"code": "TRANSPARENCY_CLOCK_MISSING",
		"message": "input.at, the moment of the decision, is absent or no RFC 3339 time",
		"fix": "pass the moment of the decision, for instance --at 2026-11-21T00:00:00Z",
		"evidence": {},
	}
}

# METADATA
# title: The profile says what it tolerates
# description: A threshold that is absent has no default.
# scope: rule
# custom:
#   code: TRANSPARENCY_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
#     soc2: [CC8.1]
cannot_tell contains found if {
	some found in profile.gaps("transparency", needs)
}
