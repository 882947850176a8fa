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

# The types that are a choice of words.
choices := {
	"deny or warn": {"deny", "warn"},
	"deny, warn or ignore": {"deny", "warn", "ignore"},
	"accept, warn or refuse": {"accept", "warn", "refuse"},
	"ntia, cisa or none": {"ntia", "cisa", "none"},
}

# Whether a value is of a type. One clause with `else`, the usual types first: regorus evaluates every clause of several.
fits(found, type) if {
	found in choices[type]
} else if {
	type == "list of texts"
	is_texts(found)
} else if {
	type in {"number", "number or null"}
	is_natural(found)
} else if {
	type == "true or false"
	is_boolean(found)
} else if {
	type in {"number or null", "text or null", "list of texts or null"}
	is_null(found)
} else if {
	type == "deny, warn or ignore for each severity"
	every severity in severities {
		shape.text(found, [severity]) in choices["deny, warn or ignore"]
	}
} else if {
	type == "deny, warn or ignore by id"
	is_object(found)
	every reaction in found {
		reaction in choices["deny, warn or ignore"]
	}
} else if {
	type == "text or null"
	is_string(found)
} else if {
	type == "list of texts or null"
	is_texts(found)
} else if {
	type == "list of texts, not empty"
	is_texts(found)
	found != []
} else if {
	type == "percent by element"
	is_object(found)
	every percent in found {
		is_natural(percent)
		percent <= 100
	}
} else if {
	type == "list of weekly windows"
	is_array(found)
	every window in found {
		is_weekly(window)
	}
} else if {
	type == "list of spans"
	is_array(found)
	every span in found {
		is_span(span)
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
