# METADATA
# scope: package
# title: Elements
# description: >-
#   The minimum elements of an SBOM, by NTIA (2021) and CISA (2025), and how many components may lack one.
package supplychain.lib.elements

import data.supplychain.lib.shape
import data.supplychain.lib.statements

of_components := ["supplier", "name", "version", "unique_id", "dependency", "hash", "license"]

ntia := ["supplier", "name", "version", "unique_id", "dependency", "author", "timestamp"]

cisa := array.concat(ntia, ["hash", "license", "tool", "generation_context"])

wanted(set_name) := {"ntia": ntia, "cisa": cisa, "none": []}[set_name]

fixes := {
	"supplier": "name who supplies each component (supplier or publisher; in SPDX supplier)",
	"name": "name every component",
	"version": "pin components to exact versions",
	"unique_id": "give every component a package URL, CPE or SWID tag",
	"dependency": "list every component among the dependencies, also those that depend on nothing",
	"author": "name the author of the SBOM (metadata.authors; in SPDX a creator that is a person or organization)",
	"timestamp": "give the SBOM a time",
	"hash": "give every component a hash",
	"license": "give every component a licence",
	"tool": "name the tool that made the SBOM",
	"generation_context": "say when in the life of the software it was made (metadata.lifecycles; in SPDX a comment)",
}

# How many lack an element; below zero if nobody has counted.
missing(statement, element) := shape.number(statement, ["document", "missing", element], -1)

# Of how many: of the components, or of the one document.
of_how_many(statement, element) := shape.number(statement, ["document", "components"], 0) if element in of_components

of_how_many(_, element) := 1 if not element in of_components

lacking(statement, elements, tolerance) := {violation |
	some element in elements
	found := missing(statement, element)
	all := of_how_many(statement, element)
	allowed := object.get(tolerance, element, 0)
	found * 100 > allowed * all
	violation := {
		"code": "SBOM_ELEMENT_MISSING",
		"message": sprintf("the SBOM lacks the minimum element %s in %v of %v, at most %v%% may lack it", [
			element,
			found,
			all,
			allowed,
		]),
		"fix": sprintf("%s, and make the SBOM again", [fixes[element]]),
		"evidence": {
			"statement": statements.digest_of(statement),
			"element": element,
			"missing": found,
			"of": all,
			"tolerated_percent": allowed,
		},
	}
}

uncounted(statement, elements) := {violation |
	unknown := [element | some element in elements; missing(statement, element) < 0]
	count(unknown) > 0
	violation := {
		"code": "SBOM_ELEMENTS_UNKNOWN",
		"message": sprintf("nobody has looked for the minimum elements %s in the SBOM", [shape.listing(unknown, 11)]),
		"fix": "decide with a version of supplychain that counts them",
		"evidence": {"statement": statements.digest_of(statement), "elements": unknown},
	}
}
