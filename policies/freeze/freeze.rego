# METADATA
# scope: package
# title: Freeze
# description: >-
#   Nothing is released while a freeze is in force: weekly windows in the local time of a zone, and dated freezes. Times
#   are data of the profile; an exception in the profile lets a span of time through.
# custom:
#   controls:
#     nist_ssdf: [PO.4.1]
#     soc2: [CC8.1]
#     iso27001: [A.8.32]
#     pci_dss: ["6.5.1"]
package supplychain.freeze

import data.supplychain.lib.break_glass
import data.supplychain.lib.freshness
import data.supplychain.lib.moment
import data.supplychain.lib.profile

needs := {
	"weekly": "list of weekly windows",
	"dated": "list of spans",
	"exceptions": "list of spans",
}

hour_s := 3600

order := ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

before := {day: order[((position + count(order)) - 1) % count(order)] | some position, day in order}

# Seconds since midnight of "18:30"; "24:00" is the end of the day.
second_of(text) := (two_digits(text, 0) * hour_s) + (two_digits(text, 3) * 60)

# Digit by digit: "08" is no number to every engine.
two_digits(text, start) := (to_number(substring(text, start, 1)) * 10) + to_number(substring(text, start + 1, 1))

# The local day, and the seconds since its midnight, in a zone.
local(zone) := {"day": time.weekday([moment.now, zone]), "second": ((clock[0] * hour_s) + (clock[1] * 60)) + clock[2]} if {
	clock := time.clock([moment.now, zone])
}

# A window that ends before it begins ends on the next day.
is_overnight(window) if second_of(window.until) <= second_of(window.from)

# Proves that now is not in the window. What cannot be proved, a zone that nobody knows too, is a freeze.
is_outside(window) if {
	not is_overnight(window)
	here := local(window.zone)
	not is_in_day(window, here)
}

is_outside(window) if {
	is_overnight(window)
	here := local(window.zone)
	not is_after_start(window, here)
	not is_before_end(window, here)
}

is_in_day(window, here) if {
	here.day in window.days
	here.second >= second_of(window.from)
	here.second < second_of(window.until)
}

is_after_start(window, here) if {
	here.day in window.days
	here.second >= second_of(window.from)
}

is_before_end(window, here) if {
	before[here.day] in window.days
	here.second < second_of(window.until)
}

spans(key) := profile.threshold("freeze", key, "list of spans")

is_within(span) if {
	moment.now >= moment.ns(span.from)
	moment.now < moment.ns(span.until)
}

weekly := [window | some window in profile.threshold("freeze", "weekly", needs.weekly); not is_outside(window)]

dated := [span | some span in spans("dated"); is_within(span)]

excepted := [span | some span in spans("exceptions"); is_within(span)]

frozen := {violation |
	is_number(moment.now)
	some window in weekly
	violation := {
		"code": "FREEZE_IN_FORCE",
		"message": sprintf("%s: frozen every %s from %s until %s (%s), and it is %s", [
			window.name,
			concat(", ", window.days),
			window.from,
			window.until,
			window.zone,
			input.at,
		]),
		"fix": sprintf("wait until %s in %s, then ask again", [window.until, window.zone]),
		"evidence": window,
	}
} | {violation |
	some span in dated
	violation := {
		"code": "FREEZE_IN_FORCE",
		"message": sprintf("%s: frozen from %s until %s, and it is %s", [span.name, span.from, span.until, input.at]),
		"fix": sprintf("wait until %s, then ask again", [span.until]),
		"evidence": span,
	}
}

# METADATA
# title: No freeze is in force
# description: It begins with its first second and ends before its last.
# scope: rule
# custom:
#   code: FREEZE_IN_FORCE
#   severity: medium
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.32]
#     pci_dss: ["6.5.1"]
deny contains violation if {
	count(excepted) == 0
	not break_glass.is_open("freeze")
	some violation in frozen
}

# METADATA
# title: What is let pass because the glass is broken
# description: Two persons or more have said that this rule may be broken for a few hours.
# scope: rule
# custom:
#   code: BREAK_GLASS_OPEN
#   severity: critical
#   controls:
#     soc2: [CC7.4, CC8.1]
#     iso27001: [A.5.26, A.8.32]
warn contains break_glass.told("freeze", violation) if {
	count(excepted) == 0
	break_glass.is_open("freeze")
	some violation in frozen
}

# METADATA
# title: An exception of the profile lifts a freeze
# description: Whoever wrote the profile has named this span of time.
# scope: rule
# custom:
#   code: FREEZE_EXCEPTED
#   severity: medium
#   controls:
#     soc2: [CC8.1]
#     iso27001: [A.8.32]
warn contains violation if {
	count(frozen) > 0
	some span in excepted
	violation := {
		"code": "FREEZE_EXCEPTED",
		"message": sprintf("a freeze is in force, and the exception %q lifts it until %s", [span.name, span.until]),
		"fix": "be done by then, or have the exception taken out of the profile",
		"evidence": span,
	}
}

# METADATA
# title: The moment of the decision is known
# description: Without it nobody can say whether a freeze is in force.
# scope: rule
# custom:
#   code: FREEZE_CLOCK_MISSING
#   severity: high
#   controls:
#     iso27001: [A.8.17]
cannot_tell contains violation if some violation in freshness.clockless({"code": "FREEZE"})

# METADATA
# title: The profile says when it is frozen
# description: An empty list says never; a list that is absent or malformed says nothing.
# scope: rule
# custom:
#   code: FREEZE_PROFILE_DATA_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PO.4.1]
cannot_tell contains violation if some violation in profile.gaps("freeze", needs)
