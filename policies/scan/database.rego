# The part of the rule `scan` that asks about clocks, the advisory database, and the profile.
package supplychain.scan

import data.supplychain.lib.freshness
import data.supplychain.lib.moment
import data.supplychain.lib.profile
import data.supplychain.lib.shape

# Kinds of scan that compare with known advisories, and so know nothing without a database.
needs_database := {"dependencies", "image"}

redo_database := "get a newer database (supplychain db import PATH) and run again"

database_of(entry) := shape.get(entry.report, ["database"], null)

has_database(entry) if {
	is_object(database_of(entry))
	records := shape.get(database_of(entry), ["records"], 1)
	is_number(records)
	records > 0
}

built(entry) := shape.text(database_of(entry), ["built"])

database_facts(entry) := object.union(facts(entry), {
	"database": shape.text(database_of(entry), ["digest"]),
	"built": built(entry),
})

stale_databases := {violation |
	limit := profile.threshold("scan", "database_max_age_hours", needs.database_max_age_hours)
	some entry in readable
	has_database(entry)
	moment.is_older(built(entry), limit)
	violation := {
		"code": "DATABASE_STALE",
		"message": sprintf("the database of the %s scan was built %v hours ago, at most %v are allowed", [
			entry.kind,
			moment.age_hours(built(entry)),
			limit,
		]),
		"fix": redo_database,
		"evidence": database_facts(entry),
	}
}

# METADATA
# title: The advisory database is fresh
# description: It was built no longer ago than the profile's database_max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: DATABASE_STALE
#   severity: high
#   controls:
#     nist_ssdf: [RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1"]
deny contains violation if {
	profile.threshold("scan", "stale_database", needs.stale_database) == "deny"
	some violation in stale_databases
}

# METADATA
# title: The advisory database is fresh (a warning where the profile says so)
# description: It was built no longer ago than the profile's database_max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: DATABASE_STALE
#   severity: medium
#   controls:
#     nist_ssdf: [RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1"]
warn contains violation if {
	profile.threshold("scan", "stale_database", needs.stale_database) == "warn"
	some violation in stale_databases
}

# METADATA
# title: The advisory database is not dated in the future
# description: A database later than the decision would never become stale.
# scope: rule
# custom:
#   code: DATABASE_FROM_THE_FUTURE
#   severity: high
#   controls:
#     nist_ssdf: [RV.1.1]
#     iso27001: [A.8.17]
deny contains violation if {
	some entry in readable
	has_database(entry)
	moment.is_future(built(entry))
	violation := {
		"code": "DATABASE_FROM_THE_FUTURE",
		"message": sprintf("the database of the %s scan is dated %s, later than the moment of the decision, %s", [
			entry.kind,
			built(entry),
			input.at,
		]),
		"fix": redo_database,
		"evidence": database_facts(entry),
	}
}

# METADATA
# title: There was an advisory database
# description: Without advisories to compare with, a dependency scan finds nothing whatever it looks at.
# scope: rule
# custom:
#   code: DATABASE_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [RV.1.1]
#     soc2: [CC7.1]
#     iso27001: [A.8.8]
#     pci_dss: ["6.3.1"]
cannot_tell contains violation if {
	some entry in readable
	entry.kind in needs_database
	not has_database(entry)
	violation := {
		"code": "DATABASE_MISSING",
		"message": sprintf("the %s scan had no database, or one with 0 records, expected at least 1", [entry.kind]),
		"fix": redo_database,
		"evidence": facts(entry),
	}
}

# METADATA
# title: The age of the advisory database is known
# description: A database says when it was built.
# scope: rule
# custom:
#   code: DATABASE_AGE_UNKNOWN
#   severity: high
#   controls:
#     nist_ssdf: [RV.1.1]
#     iso27001: [A.8.8]
cannot_tell contains violation if {
	some entry in readable
	has_database(entry)
	not moment.ns(built(entry))
	violation := {
		"code": "DATABASE_AGE_UNKNOWN",
		"message": sprintf("the database of the %s scan does not say when it was built (found %q), expected an RFC 3339 time", [
			entry.kind,
			built(entry),
		]),
		"fix": redo_database,
		"evidence": database_facts(entry),
	}
}

# METADATA
# title: Every scan carries a time
# description: Without a time nobody can say which statement is the newest.
# scope: rule
# custom:
#   code: SCAN_TIME_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [RV.1.1]
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some kind, considered in newest
	some violation in freshness.undated(about(kind), considered)
}

# METADATA
# title: The age of scans can be told
# description: The moment of the decision is part of the input.
# scope: rule
# custom:
#   code: SCAN_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if {
	some violation in freshness.clockless({"code": "SCAN"})
}

# METADATA
# title: The profile says what scans must show
# description: A threshold that is absent or of the wrong type is not replaced by a default.
# scope: rule
# custom:
#   code: SCAN_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if {
	some violation in profile.gaps("scan", needs)
}
