# METADATA
# scope: package
# title: Profile
# description: >-
#   Reads data.profile, the thresholds of one environment. A threshold that is absent or of the wrong type is never
#   replaced by a default: the rule that needs it says it cannot tell.
package supplychain.lib.profile

import data.supplychain.lib.shape

default document := {}

document := data.profile if is_object(data.profile)

rules := shape.texts(document, ["rules"])

severities := ["critical", "high", "medium", "low", "none", "unknown"]

# What no profile holds: JSON and YAML have no sets.
absent := {"absent"}

value(rule, key) := shape.get(document, ["thresholds", rule, key], absent)

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

fits(found, "list of texts or null") if is_texts(found)

fits(found, "list of texts or null") if is_null(found)

fits(found, "deny or warn") if found in {"deny", "warn"}

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
