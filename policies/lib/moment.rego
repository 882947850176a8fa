# METADATA
# scope: package
# title: Moment
# description: >-
#   Points in time. The clock is input.at, never the machine's. A text is looked at before it is parsed, because regorus
#   raises an error where OPA gives undefined; years 1700 to 2199 fit the 64 bit nanoseconds of both engines.
package supplychain.lib.moment

date_pattern := concat("|", [
	"(?:1[789]|2[01])[0-9]{2}-(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])",
	"(?:1[789]|2[01])[0-9]{2}-(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)",
	"(?:1[789]|2[01])[0-9]{2}-02-(?:0[1-9]|1[0-9]|2[0-8])",
	"(?:(?:1[789]|2[01])(?:0[48]|[2468][048]|[13579][26])|2000)-02-29",
])

clock_pattern := "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?"

offset_pattern := "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"

pattern := sprintf("^(?:%s)T%s%s$", [date_pattern, clock_pattern, offset_pattern])

hour_ns := 3600000000000

# Nanoseconds since 1970 of an RFC 3339 text; undefined for anything else.
ns(text) := time.parse_rfc3339_ns(text) if {
	is_string(text)
	regex.match(pattern, text)
}

# The moment of the decision; undefined if input.at is absent or malformed.
now := ns(input.at)

# Later than the moment of the decision.
is_future(text) if ns(text) > now

# Older than `hours` at the moment of the decision. A limit of null means no limit.
is_older(text, hours) if {
	is_number(hours)
	now - ns(text) > hours * hour_ns
}

# Whole hours from the text to the moment of the decision.
age_hours(text) := floor((now - ns(text)) / hour_ns)
