# METADATA
# scope: package
# title: SBOM
# description: The newest software bill of materials is there, whole, recent, and names a version for every component.
# custom:
#   controls:
#     nist_ssdf: [PS.3.2, PW.4.1]
#     soc2: [CC6.8, CC8.1]
#     iso27001: [A.5.9, A.5.21]
#     pci_dss: ["6.3.2"]
package supplychain.sbom

import data.supplychain.lib.elements
import data.supplychain.lib.freshness
import data.supplychain.lib.profile
import data.supplychain.lib.shape
import data.supplychain.lib.statements

needs := {
	"max_age_hours": "number or null",
	"min_components": "number",
	"allow_missing_versions": "true or false",
	"tolerated_gaps": "list of texts",
	"minimum_elements": "ntia, cisa or none",
	"element_tolerance": "percent by element",
}

about := {
	"code": "SBOM",
	"name": "the SBOM",
	"redo": "make a new SBOM: supplychain run DIR",
}

considered := statements.newest(statements.of_kind("sbom"))

# The considered statements whose document was found and read.
read := [statement | some statement in considered; is_read(statement)]

is_read(statement) if {
	is_number(shape.get(statement, ["document", "components"], null))
	every field in ["without_version", "without_purl", "subjects", "gaps"] {
		is_array(shape.get(statement, ["document", field], null))
	}
}

components_of(statement) := shape.number(statement, ["document", "components"], 0)

# METADATA
# title: An SBOM exists
# description: Somebody whom trust.yaml lets claim it has said what this artifact is made of.
# scope: rule
# custom:
#   code: SBOM_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2, PW.4.1]
#     soc2: [CC8.1]
#     iso27001: [A.5.9, A.5.21]
#     pci_dss: ["6.3.2"]
deny contains violation if {
	count(considered) == 0
	violation := {
		"code": "SBOM_MISSING",
		"message": "0 verified SBOM statements about this artifact, expected at least 1",
		"fix": about.redo,
		"evidence": {},
	}
}

# METADATA
# title: The SBOM is not dated in the future
# description: A statement later than the decision would stay the newest one and hide all others.
# scope: rule
# custom:
#   code: SBOM_FROM_THE_FUTURE
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.8.17]
deny contains violation if {
	some violation in freshness.from_future(about, considered)
}

# METADATA
# title: The SBOM is recent enough
# description: It is no older than the profile's max_age_hours; null sets no limit.
# scope: rule
# custom:
#   code: SBOM_STALE
#   severity: medium
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.5.9]
#     pci_dss: ["6.3.2"]
deny contains violation if {
	limit := profile.threshold("sbom", "max_age_hours", needs.max_age_hours)
	some violation in freshness.stale(about, considered, limit)
}

# METADATA
# title: The SBOM lists components
# description: It lists at least the profile's min_components; an empty list usually means that nothing was recognised.
# scope: rule
# custom:
#   code: SBOM_TOO_FEW_COMPONENTS
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2, PW.4.1]
#     iso27001: [A.5.9, A.5.21]
#     pci_dss: ["6.3.2"]
deny contains violation if {
	wanted := profile.threshold("sbom", "min_components", needs.min_components)
	some statement in read
	found := components_of(statement)
	found < wanted
	violation := {
		"code": "SBOM_TOO_FEW_COMPONENTS",
		"message": sprintf("the SBOM lists %v components, expected at least %v", [found, wanted]),
		"fix": "make the SBOM from the built artifact or its lock file; set sbom.min_components to 0 if it has no dependency",
		"evidence": {"statement": statements.digest_of(statement), "components": found, "wanted": wanted},
	}
}

nameless(field, code, what, fix) := {violation |
	some statement in read
	names := sort(shape.texts(statement, ["document", field]))
	count(shape.list(statement, ["document", field])) > 0
	violation := {
		"code": code,
		"message": sprintf("%v of %v components have no %s, expected 0: %s", [
			count(shape.list(statement, ["document", field])),
			components_of(statement),
			what,
			shape.listing(names, 5),
		]),
		"fix": fix,
		"evidence": {"statement": statements.digest_of(statement), "names": array.slice(names, 0, 20)},
	}
}

versionless := nameless(
	"without_version",
	"SBOM_VERSIONS_MISSING",
	"version",
	"pin them to exact versions and make the SBOM from the installed environment or the lock file",
)

# METADATA
# title: Every component has a version
# description: A component without a version cannot be matched with advisories.
# scope: rule
# custom:
#   code: SBOM_VERSIONS_MISSING
#   severity: high
#   controls:
#     nist_ssdf: [PS.3.2, PW.4.1]
#     iso27001: [A.5.9, A.8.8]
#     pci_dss: ["6.3.2"]
deny contains violation if {
	profile.threshold("sbom", "allow_missing_versions", needs.allow_missing_versions) == false
	some violation in versionless
}

# METADATA
# title: Every component has a version (a warning where the profile allows gaps)
# description: A component without a version cannot be matched with advisories.
# scope: rule
# custom:
#   code: SBOM_VERSIONS_MISSING
#   severity: medium
#   controls:
#     nist_ssdf: [PS.3.2, PW.4.1]
#     iso27001: [A.5.9, A.8.8]
#     pci_dss: ["6.3.2"]
warn contains violation if {
	profile.threshold("sbom", "allow_missing_versions", needs.allow_missing_versions) == true
	some violation in versionless
}

# METADATA
# title: The minimum elements are there
# description: >-
#   Those of NTIA (2021) or of CISA (2025), as the profile says; element_tolerance gives the percentage of components, or for
#   an element of the document 100, that may lack one.
# scope: rule
# custom:
#   code: SBOM_ELEMENT_MISSING
#   severity: medium
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.5.9, A.5.21]
#     pci_dss: ["6.3.2"]
deny contains violation if {
	wanted := elements.wanted(profile.threshold("sbom", "minimum_elements", needs.minimum_elements))
	tolerance := profile.threshold("sbom", "element_tolerance", needs.element_tolerance)
	some statement in read
	some violation in elements.lacking(statement, wanted, tolerance)
}

# METADATA
# title: Every component has a package URL
# description: A package URL names a component across tools and registries.
# scope: rule
# custom:
#   code: SBOM_PURLS_MISSING
#   severity: low
#   controls:
#     nist_ssdf: [PS.3.2]
#     iso27001: [A.5.9]
warn contains violation if {
	some violation in nameless(
		"without_purl",
		"SBOM_PURLS_MISSING",
		"package URL",
		"make the SBOM with a tool that writes package URLs, for instance supplychain sbom",
	)
}
