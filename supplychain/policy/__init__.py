"""DECIDED: the Rego input, the policy set, the engine and the decision."""
