"""APIs that are mapped and not coded for: two TMS, a community tool, D2L and Blackboard."""
