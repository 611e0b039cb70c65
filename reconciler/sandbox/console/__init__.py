"""What a person does in the vendors' web consoles, out of band."""
