package supplychain.vulnerabilities

import data.supplychain.lib.moment
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

# Which findings a VEX statement settles. Who may change the configuration of a scan chooses the VEX documents, so they
# count only as far as the profile says, and never past the end that the statement names: input.at is the clock.

vex_words := {"not_affected", "fixed"}

default vex_taken := "refuse"

vex_taken := profile.threshold("vulnerabilities", "vex", needs.vex)

# Without a clock everything that ends has ended.
default clock := 9223372036854775807

clock := moment.now

# Findings that a scan states as settled by VEX, each with what becomes of it here.
excused_by_vex := [one |
	some entry in noted
	entry.about.status in vex_words
	outcome := outcome_of(entry.about.vex, vex_taken, clock)
	exploitation := exploitation_of(entry.about, entry.is_likely)
	reaction := stronger(severities[entry.severity], exploitation)
	some finding in entry.members
	one := {
		"statement": entry.statement,
		"status": entry.about.status,
		"facts": finding.evidence,
		"excuse": entry.about.vex,
		"outcome": outcome,
		"needed": lowered(reaction, entry.about.without_fix, exploitation) == "deny",
	}
]

# What becomes of a finding that a scan calls settled. Always one word: whatever is odd settles nothing.
outcome_of(excuse, taken, now) := "unnamed" if {
	not is_named(excuse)
} else := "accept" if {
	taken == "accept"
	is_in_force(excuse, now)
} else := "warn" if {
	taken == "warn"
	is_in_force(excuse, now)
} else := "ended" if {
	taken in {"accept", "warn"}
} else := "refused"

# A document by digest, and an end that is null or a time.
is_named(excuse) if {
	is_object(excuse)
	shape.text(excuse, ["document"]) != ""
	has_readable_end(excuse)
}

has_readable_end(excuse) if object.get(excuse, "expires", "absent") == null

has_readable_end(excuse) if moment.ns(object.get(excuse, "expires", "absent"))

is_in_force(excuse, _) if excuse.expires == null

is_in_force(excuse, now) if moment.ns(excuse.expires) > now

told_by_vex(one) := {
	"id": one.facts.id,
	"aliases": shape.list(one.facts, ["aliases"]),
	"purl": one.facts.purl,
	"status": one.status,
	"document": one.excuse.document,
	"file": shape.text(one.excuse, ["file"]),
	"expires": one.excuse.expires,
}

vex_told(excused) := [told_by_vex(one) | some one in excused]

vex_fix := "read the VEX documents, and hold their authors to what they say"

# METADATA
# title: VEX statements settle findings
# description: The profile takes them; every finding they settle is listed, with the document by its digest and its end.
# scope: rule
# custom:
#   code: VEX_EXCUSED
#   severity: low
#   controls:
#     nist_ssdf: [RV.2.1, RV.2.2]
#     iso27001: [A.8.8]
warn contains violation if {
	some statement in considered
	digest := statements.digest_of(statement)
	settled := [one | some one in excused_by_vex; one.statement == digest; one.outcome in {"accept", "warn"}]
	count(settled) > 0
	ends := [one.excuse.expires | some one in settled; one.needed; one.excuse.expires != null]
	violation := {
		"code": "VEX_EXCUSED",
		"message": sprintf("VEX statements settle %v findings: %s", [count(settled), shape.listing([one.facts.id | some one in settled], 5)]),
		"fix": vex_fix,
		"evidence": {
			"statement": digest,
			"finding": {"statement": digest},
			"findings": vex_told(settled),
			"needed": count(ends) > 0,
			"until": first_of(ends),
		},
	}
}

first_of(ends) := null if count(ends) == 0

first_of(ends) := firsts[0] if {
	count(ends) > 0
	first := min([moment.ns(end) | some end in ends])
	firsts := [end | some end in ends; moment.ns(end) == first]
}

# METADATA
# title: A VEX statement has ended
# description: From the second of its end on, the finding it settled when the scan was made counts again.
# scope: rule
# custom:
#   code: VEX_EXPIRED
#   severity: medium
#   controls:
#     nist_ssdf: [RV.2.2]
#     iso27001: [A.8.8]
warn contains violation if {
	some one in excused_by_vex
	one.outcome == "ended"
	violation := {
		"code": "VEX_EXPIRED",
		"message": sprintf("the VEX statement about %s in %s ended at %s; the finding counts again", [
			one.facts.id,
			one.facts.purl,
			one.excuse.expires,
		]),
		"fix": "ask its author for a new one, or mend the finding",
		"evidence": told_by_vex(one),
	}
}

# METADATA
# title: The profile takes no VEX
# description: Findings that a VEX statement settled in the scan count here all the same.
# scope: rule
# custom:
#   code: VEX_REFUSED
#   severity: low
#   controls:
#     nist_ssdf: [PO.4.2]
warn contains violation if {
	refused := [one | some one in excused_by_vex; one.outcome == "refused"]
	count(refused) > 0
	violation := {
		"code": "VEX_REFUSED",
		"message": sprintf("the profile takes no VEX; %v findings count that it settled in the scan", [count(refused)]),
		"fix": "mend them, have them waived, or set thresholds.vulnerabilities.vex in the profile",
		"evidence": {"findings": vex_told(refused)},
	}
}

# METADATA
# title: A settled finding says who settled it
# description: A status that no VEX document stands for, or whose end cannot be read, settles nothing.
# scope: rule
# custom:
#   code: VEX_UNNAMED
#   severity: medium
#   controls:
#     nist_ssdf: [PO.4.2]
warn contains violation if {
	some one in excused_by_vex
	one.outcome == "unnamed"
	violation := {
		"code": "VEX_UNNAMED",
		"message": sprintf("%s in %s is called %s, but by no VEX document with a readable end; it counts", [
			one.facts.id,
			one.facts.purl,
			one.status,
		]),
		"fix": "scan again with the document named under `vex` in supplychain.yaml",
		"evidence": {"id": one.facts.id, "purl": one.facts.purl, "statement": one.statement},
	}
}
