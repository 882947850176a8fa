# METADATA
# scope: package
# title: Shape
# description: >-
#   Reads fields of a value of unknown shape. Both engines must say the same on malformed evidence: OPA makes a failed
#   built-in undefined (a rule would silently not fire), regorus makes it an error. These functions are always defined.
package supplychain.lib.shape

# The value at a path of keys, or the fallback if a step is absent or the value is no object. One clause with `else`
# each: regorus evaluates every clause of a function that has several.
get(value, path, fallback) := object.get(value, path, fallback) if {
	is_object(value)
} else := fallback

# The text at a path; "" if it is absent or of another type.
text(value, path) := found if {
	is_object(value)
	found := object.get(value, path, "")
	is_string(found)
} else := ""

# The array at a path; [] if it is absent or of another type.
list(value, path) := found if {
	is_object(value)
	found := object.get(value, path, [])
	is_array(found)
} else := []

# The texts among the members of the array at a path.
texts(value, path) := [member | some member in list(value, path); is_string(member)]

# The number at a path, or the fallback.
number(value, path, fallback) := found if {
	is_object(value)
	found := object.get(value, path, fallback)
	is_number(found)
} else := fallback

# At most `limit` texts in one line: "a, b and 3 more".
listing(members, limit) := concat(", ", members) if count(members) <= limit

listing(members, limit) := sprintf("%s and %v more", [
	concat(", ", array.slice(members, 0, limit)),
	count(members) - limit,
]) if {
	count(members) > limit
}

# Whether a pattern of a profile, a waiver or the like covers a text. Only `*` is a wildcard, for any characters: paths and
# package URLs have brackets and question marks in them, and an engine fails on a bracket that stands alone.
matches(pattern, text) if {
	brackets := replace(replace(replace(pattern, `\`, `\\`), "[", `\[`), "]", `\]`)
	plain := replace(replace(replace(brackets, "{", `\{`), "}", `\}`), "?", `\?`)
	glob.match(plain, null, text)
}
