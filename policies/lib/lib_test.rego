package supplychain.lib_test

import data.supplychain.lib.findings
import data.supplychain.lib.judging
import data.supplychain.lib.moment
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

test_times_are_read if {
	moment.ns("1970-01-01T00:00:00Z") == 0
	moment.ns("1970-01-01T00:00:00.000000001Z") == 1
	moment.ns("1970-01-01T01:00:00+01:00") == 0
	moment.ns("2024-02-29T00:00:00Z") == 1709164800000000000
	moment.ns("2000-02-29T23:59:59-11:30") > 0
	moment.ns("2199-12-31T23:59:59.999999999Z") > 0
}

test_other_texts_are_no_times if {
	every text in [
		null, 5, "", "2026-11-21", "2026-11-21T00:00:00", "2026-11-21 00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-21T24:00:00Z",
		"2026-11-21T00:00:60Z", "2026-11-21T00:00:00Z\n", "9999-01-01T00:00:00Z", "2026-11-21T00:00:00+24:00",
		"٢٠٢٦-11-21T00:00:00Z", "2026-11-21T00:00:00.0000000001Z",
	] {
		not moment.ns(text)
	}
}

test_age if {
	moment.age_hours("2026-11-20T22:30:00Z") == 1 with input as {"at": "2026-11-21T00:00:00Z"}
	not moment.is_older("2026-11-20T22:30:00Z", 1.5) with input as {"at": "2026-11-21T00:00:00Z"}
	moment.is_older("2026-11-20T22:29:59Z", 1.5) with input as {"at": "2026-11-21T00:00:00Z"}
	not moment.is_older("2001-01-01T00:00:00Z", null) with input as {"at": "2026-11-21T00:00:00Z"}
}

test_shapes_of_other_values_fall_back if {
	every value in [null, 1, "a", [], {"a": 1}, {"a": {"b": null}}] {
		shape.text(value, ["a", "b"]) == ""
		shape.list(value, ["a", "b"]) == []
		shape.number(value, ["a", "b"], 7) == 7
	}
	shape.text({"a": {"b": "x"}}, ["a", "b"]) == "x"
	shape.list({"a": [1]}, ["a"]) == [1]
	shape.texts({"a": [1, "b"]}, ["a"]) == ["b"]
	shape.number({"a": 3}, ["a"], 7) == 3
}

test_listing if {
	shape.listing(["a", "b"], 2) == "a, b"
	shape.listing(["a", "b", "c"], 2) == "a, b and 1 more"
}

test_newest_counts_ties_and_the_untimed if {
	old := {"digest": "old", "time": "2026-11-20T00:00:00Z"}
	one := {"digest": "one", "time": "2026-11-20T12:00:00Z"}
	two := {"digest": "two", "time": "2026-11-20T13:00:00+01:00"}
	odd := {"digest": "odd", "time": "soon"}
	[statement.digest | some statement in statements.newest([old, one, odd, two])] == ["one", "odd", "two"]
	statements.newest([]) == []
	statements.newest([odd]) == [odd]
}

test_moments_one_nanosecond_apart_differ if {
	one := {"time": "2026-11-20T12:00:00.000000001Z"}
	two := {"time": "2026-11-20T12:00:00.000000002Z"}
	statements.newest([one, two]) == [two]
}

test_absent_input_has_no_statements if statements.all == []

test_missing_input_has_no_statements if statements.all == [] with input as null

test_profile_of_another_type_is_empty if profile.document == {} with data.profile as "strict"

test_types_of_thresholds if {
	every fit in [
		[0, "number"], [0.5, "number"], [null, "number or null"], [1, "number or null"], [false, "true or false"],
		[[], "list of texts"], [["a"], "list of texts"], ["warn", "deny or warn"],
		[null, "list of texts or null"], [["a"], "list of texts or null"],
	] {
		profile.fits(fit[0], fit[1])
	}
	every unfit in [
		["0", "number"], [-1, "number"], [null, "number"], [true, "number"], ["", "number or null"], [1, "true or false"],
		["a", "list of texts"], [[1], "list of texts"], ["ignore", "deny or warn"], ["a", "list of texts or null"], [0, "no such type"],
		[{"critical": "deny"}, "deny, warn or ignore for each severity"],
	] {
		not profile.fits(unfit[0], unfit[1])
	}
}

test_more_types_of_thresholds if {
	table := object.union(
		{severity: "warn" | some severity in profile.severities},
		{"critical": "deny", "none": "ignore"},
	)
	window := {"name": "n", "days": profile_days, "from": "00:00", "until": "23:59", "zone": "UTC"}
	span := {"name": "n", "from": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:00:01Z"}
	every fit in [
		["a", "text or null"], [null, "text or null"], ["deny", "deny or warn"], ["warn", "deny, warn or ignore"],
		["deny", "deny, warn or ignore"], ["ignore", "deny, warn or ignore"], ["accept", "accept, warn or refuse"],
		["warn", "accept, warn or refuse"], ["refuse", "accept, warn or refuse"], ["ntia", "ntia, cisa or none"],
		["cisa", "ntia, cisa or none"], ["none", "ntia, cisa or none"], [["a"], "list of texts, not empty"],
		[{}, "deny, warn or ignore by id"], [{"a": "deny", "b": "warn", "c": "ignore"}, "deny, warn or ignore by id"],
		[{}, "percent by element"], [{"hash": 100, "supplier": 0}, "percent by element"], [[], "list of weekly windows"],
		[[window], "list of weekly windows"], [[object.union(window, {"until": "24:00"})], "list of weekly windows"],
		[[], "list of spans"], [[span], "list of spans"], [table, "deny, warn or ignore for each severity"],
	] {
		profile.fits(fit[0], fit[1])
	}
	every unfit in [
		[1, "text or null"], [["a"], "text or null"], [false, "text or null"], [null, "deny or warn"], ["Deny", "deny, warn or ignore"],
		["deny", "accept, warn or refuse"], ["NTIA", "ntia, cisa or none"], [[], "list of texts, not empty"],
		["a", "list of texts, not empty"], [[1], "list of texts, not empty"], [null, "list of texts, not empty"],
		[[], "deny, warn or ignore by id"], ["deny", "deny, warn or ignore by id"], [["deny"], "deny, warn or ignore by id"],
		[{"a": "off"}, "deny, warn or ignore by id"], [{"a": null}, "deny, warn or ignore by id"],
		[[], "percent by element"], [[5], "percent by element"], [{"hash": 100.1}, "percent by element"],
		[{"hash": -1}, "percent by element"], [{"hash": true}, "percent by element"], [{"hash": null}, "percent by element"],
		[{}, "list of weekly windows"], [{"a": window}, "list of weekly windows"], [null, "list of weekly windows"],
		[[object.union(window, {"days": {"Monday": "Monday"}})], "list of weekly windows"],
		[[object.union(window, {"days": "Monday"})], "list of weekly windows"],
		[[object.union(window, {"from": "9:00"})], "list of weekly windows"],
		[[object.union(window, {"from": null})], "list of weekly windows"],
		[{"a": span}, "list of spans"], [[object.union(span, {"until": span.from})], "list of spans"],
		[object.union(table, {"low": "off"}), "deny, warn or ignore for each severity"],
		[object.remove(table, ["low"]), "deny, warn or ignore for each severity"], [null, "deny, warn or ignore for each severity"],
	] {
		not profile.fits(unfit[0], unfit[1])
	}
}

profile_days := ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

test_any_value_may_be_asked_for_a_field if {
	every value in [null, 1, "a", [], [{"a": 1}], true] {
		shape.get(value, ["a"], 7) == 7
	}
	shape.get({"a": {"b": null}}, ["a", "b"], 7) == null
	shape.get({"a": {"b": null}}, ["a", "c"], 7) == 7
}

test_findings_without_a_name_are_told_by_their_place if {
	findings.malformed([]) == []
	findings.malformed([{"id": "A"}, {"id": "Z"}, {"id": "[]"}]) == []
	every odd in [5, null, false, "", [], {}, ["A"], {"A": "B"}] {
		findings.malformed([{"id": "A"}, {"id": odd}, {"id": "B"}]) == [1]
		findings.malformed([{"id": odd}, {"id": "B"}]) == [0]
		findings.malformed([{"id": odd}]) == [0]
	}
	every odd in [5, null, "A", [], {}] {
		findings.malformed([{"id": "A"}, odd]) == [1]
	}
}

test_findings_stand_in_groups if {
	findings.are_grouped({"findings": {"unreadable": 0, "alike": []}})
	two := {"findings": {"unreadable": 0, "alike": [{"members": ["A", "B"]}, {"members": []}, {"members": ["C"]}]}}
	findings.are_grouped(two)
	findings.size(two) == 3
	every odd in [
		null, [], {}, {"alike": []}, {"unreadable": 1, "alike": []},
		{"unreadable": 0}, {"unreadable": 0, "alike": {"a": {"members": []}}},
		{"unreadable": 0, "alike": [{"members": []}, {}]}, {"unreadable": 0, "alike": [{"members": {}}]},
	] {
		not findings.are_grouped({"findings": odd})
	}
	not findings.are_grouped({})
}

weakness := {
	"id": "eval", "title": "eval of input", "severity": "high", "status": "affected", "help": "take it out",
	"location": {"path": "a.py", "line": 3},
}

notes := {"title": "eval of input", "severity": "high", "status": "affected", "help": "take it out", "path": "a.py", "line": 3}

test_each_odd_field_of_a_finding_is_blank_alone if {
	judging.notes_of(weakness) == notes
	judging.notes_of(object.remove(weakness, ["help"])) == object.union(notes, {"help": ""})
	every field in ["title", "severity", "status", "help"] {
		every odd in [null, 5, false, [], {}, ["a"]] {
			changed := object.union(object.remove(weakness, [field]), {field: odd})
			judging.notes_of(changed) == object.union(notes, {field: ""})
		}
	}
	every odd in [null, 5, false, [], {}] {
		at := object.remove(weakness, ["location"])
		judging.notes_of(object.union(at, {"location": {"path": odd, "line": 3}})) == object.union(notes, {"path": ""})
		judging.notes_of(object.union(at, {"location": odd})) == object.union(notes, {"path": "", "line": 0})
	}
	every odd in [null, "3", false, [], {}] {
		at := object.union(weakness, {"location": {"line": odd}})
		judging.notes_of(at) == object.union(notes, {"line": 0})
	}
	every odd in [null, 5, "x", [], {}] {
		judging.notes_of(odd) == {"title": "", "severity": "", "status": "", "help": "", "path": "", "line": 0}
	}
}

test_what_is_done_about_a_finding if {
	judging.fix_for("a.py:3", "eval", "ten chars.") == "change a.py:3 as eval asks, build and scan again"
	judging.fix_for("a.py:3", "eval", "eleven char") == "eleven char"
	judging.place({"path": "", "line": 3}) == "the artifact"
	judging.place({"path": "a.py", "line": 3}) == "a.py:3"
}

test_only_the_star_is_a_wildcard if {
	every pair in [
		["*", ""],
		["app/*", "app/a/b"],
		["app/[id]/*", "app/[id]/page.tsx"],
		["{a", "{a"],
		["]*", "]"],
		[`a\*`, `a\b`],
		["pkg:deb/debian/curl@7?arch=*", "pkg:deb/debian/curl@7?arch=amd64"],
	] {
		shape.matches(pair[0], pair[1])
	}
	every pair in [["[ab]", "a"], ["{a,b}", "a"], ["a?", "ab"], ["a", "b"], ["a*", "ba"]] {
		not shape.matches(pair[0], pair[1])
	}
}
