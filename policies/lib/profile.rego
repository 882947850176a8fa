# METADATA
# scope: package
# title: Profile
# description: >-
#   Reads data.profile, the thresholds of one environment. A threshold that is absent or of the wrong type is never
#   replaced by a default: the rule that needs it says it cannot tell.
package supplychain.lib.profile

import data.supplychain.lib.moment
import data.supplychain.lib.shape

default document := {}

document := data.profile if is_object(data.profile)

rules := shape.texts(document, ["rules"])

severities := ["critical", "high", "medium", "low", "none", "unknown"]

# What no profile holds: JSON and YAML have no sets.
absent := {"absent"}

value(rule, key) := object.get(document, ["thresholds", rule, key], absent)

# A threshold of the given type; undefined if it is absent or of another type.
threshold(rule, key, type) := found if {
	found := value(rule, key)
	fits(found, type)
}

# One violation for each threshold that is absent or unfit. `needs` maps a threshold's name to its type.
gaps(rule, needs) := {violation |
	some key, type in needs
	not fits(value(rule, key), type)
	violation := gap(rule, sprintf("thresholds.%s.%s", [rule, key]), type)
}

# One violation for each other rule that this rule needs beside it in the profile.
companion_gaps(rule, companions) := {violation |
	some companion in companions
	not companion in rules
	violation := gap(rule, "rules", sprintf("list that names %q, on which %q relies", [companion, rule]))
}

gap(rule, key, wanted) := {
	"code": sprintf("%s_PROFILE_DATA_MISSING", [upper(rule)]),
	"message": sprintf("the profile's %s is absent or unfit, expected: %s", [key, wanted]),
	"fix": sprintf("set %s in the profile of environment %q", [key, shape.text(document, ["environment"])]),
	"evidence": {"key": key, "expected": wanted},
}

fits(found, "number") if is_natural(found)

fits(found, "number or null") if is_natural(found)

fits(found, "number or null") if is_null(found)

fits(found, "text or null") if is_string(found)

fits(found, "text or null") if is_null(found)

fits(found, "true or false") if is_boolean(found)

fits(found, "list of texts") if is_texts(found)

fits(found, "list of texts, not empty") if {
	is_texts(found)
	found != []
}

fits(found, "list of texts or null") if is_texts(found)

fits(found, "list of texts or null") if is_null(found)

fits(found, "deny or warn") if found in {"deny", "warn"}

fits(found, "deny, warn or ignore by id") if {
	is_object(found)
	every reaction in found {
		reaction in {"deny", "warn", "ignore"}
	}
}

fits(found, "ntia, cisa or none") if found in {"ntia", "cisa", "none"}

fits(found, "percent by element") if {
	is_object(found)
	every percent in found {
		is_natural(percent)
		percent <= 100
	}
}

fits(found, "list of weekly windows") if {
	is_array(found)
	every window in found {
		is_weekly(window)
	}
}

fits(found, "list of spans") if {
	is_array(found)
	every span in found {
		is_span(span)
	}
}

fits(found, "deny, warn or ignore") if found in {"deny", "warn", "ignore"}

fits(found, "accept, warn or refuse") if found in {"accept", "warn", "refuse"}

fits(found, "deny, warn or ignore for each severity") if {
	every severity in severities {
		shape.text(found, [severity]) in {"deny", "warn", "ignore"}
	}
}

is_natural(found) if {
	is_number(found)
	found >= 0
}

is_texts(found) if {
	is_array(found)
	every member in found {
		is_string(member)
	}
}

days := {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

# {"name", "days", "from", "until", "zone"}: local times of a day, and the IANA name of the zone they are meant in.
is_weekly(window) if {
	is_string(window.name)
	is_texts(window.days)
	count(window.days) > 0
	every day in window.days {
		day in days
	}
	regex.match("^([01][0-9]|2[0-3]):[0-5][0-9]$", shape.text(window, ["from"]))
	regex.match("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", shape.text(window, ["until"]))
	window.from != window.until
	regex.match("^(UTC|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_+-]+){1,2})$", shape.text(window, ["zone"]))
}

# {"name", "from", "until"}: two moments, with their offset.
is_span(span) if {
	is_string(span.name)
	moment.ns(span.from) < moment.ns(span.until)
}
